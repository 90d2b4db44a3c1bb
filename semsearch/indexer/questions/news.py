"""News: new passages that watched questions have found, and their delivery.

News are delivered after the generation is committed, and recorded as delivered when a channel has
taken them. A process that is killed between the two delivers them again, with the same ``id``: news
told twice do less harm than news never told.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from semsearch.documents.passage import Location
from semsearch.errors import SemsearchError
from semsearch.store.notes.pending_news import NEWS
from semsearch.store.notes.questions import as_note
from semsearch.store.notes.watchlist import Found, found_by
from semsearch.store.record.generations import absolute_corpus
from semsearch.store.record.view import View
from semsearch.store.writer import IndexWriter


@dataclass(frozen=True, slots=True)
class News:
    """A new passage that a watched question finds; ``id`` is the same at each delivery."""

    id: str
    index: Path
    corpus: Path
    question: str
    relevance: float
    generation: int
    location: Location
    text: str
    digest: str

    def to_dict(self) -> dict[str, Any]:
        """The passage and its question as JSON names and values."""
        return {
            "id": self.id,
            "question": self.question,
            "relevance": self.relevance,
            "generation": self.generation,
            **self.location.to_dict(),
            "text": self.text,
            "digest": self.digest,
        }


class Channel(Protocol):
    """A way to deliver news to a person or a program."""

    @property
    def name(self) -> str:
        """The name under which deliveries are recorded."""

    def tell(self, news: Sequence[News]) -> None:
        """Deliver the news; raises ``SemsearchError`` when that fails, to be tried again."""


def tell(writer: IndexWriter, channels: Sequence[Channel]) -> tuple[list[News], list[str]]:
    """Deliver pending news by each channel; returns the news and the delivery errors.

    News whose passage has left the index are dropped. Without a channel the news stay pending.
    """
    known = found_by(writer.view)
    if all(one.told is None for one in known) or writer.committed is None:
        return [], []
    repeats = writer.committed.repeats
    corpus = absolute_corpus(writer.committed.corpus, writer.path)
    shown = {
        (one.question, one.digest): one
        for one in _news(known, writer.shown, repeats, writer.path, corpus)
    }
    failures = []
    for channel in channels:
        waiting = [one for one in known if one.told is not None and channel.name not in one.told]
        news = [shown[one.question, one.digest] for one in waiting if _key(one) in shown]
        try:
            if news:
                channel.tell(news)
        except SemsearchError as error:
            failures.append(str(error))
            continue
        known = [_told(one, channel.name) if one in waiting else one for one in known]
        writer.notes.put(NEWS, as_note(known))
    names = {channel.name for channel in channels}
    if names:
        known = [
            replace(one, told=None) if one.told is not None and names <= set(one.told) else one
            for one in known
        ]
        writer.notes.put(NEWS, as_note(known))
    return list(shown.values()), failures


def _key(one: Found) -> tuple[str, str]:
    return one.question, one.digest


def _told(one: Found, channel: str) -> Found:
    return replace(one, told=(*(one.told or ()), channel))


def _news(
    known: Iterable[Found], view: View, repeats: Mapping[int, int], index: Path, corpus: Path
) -> Iterator[News]:
    """Return the pending news, with passages as the index has them now."""
    waiting = [one for one in known if one.told is not None]
    text_of = view.texts.by_digest([bytes.fromhex(one.digest) for one in waiting])
    for one in waiting:
        texts = text_of.get(bytes.fromhex(one.digest), ())
        for passage in view.passages.of_texts(texts, repeats)[:1]:
            yield News(
                hashlib.sha256(f"{one.question}\0{one.digest}".encode()).hexdigest()[:32],
                index,
                corpus,
                one.question,
                one.relevance,
                one.generation,
                passage.location,
                passage.body,
                one.digest,
            )
