"""What watched questions have found, and the telling of it.

News are told after the generation is committed, and noted as told when a channel has taken them:
what was told, but not noted because the process was killed between the two, is told again (with
the same ``id``), as news that are lost would be missed by nobody.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from semsearch.documents.passage import Location
from semsearch.errors import SemsearchError
from semsearch.store.notes.questions import as_note
from semsearch.store.notes.watchlist import NEWS, Found, found_by
from semsearch.store.record.generations import absolute_corpus
from semsearch.store.record.view import View
from semsearch.store.writer import IndexWriter


@dataclass(frozen=True, slots=True)
class News:
    """A passage that is new and that a watched question finds; ``id`` is the same each time."""

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
    """Tells news to somebody."""

    @property
    def name(self) -> str:
        """Under which it is noted what it has told."""

    def tell(self, news: Sequence[News]) -> None:
        """Tell them; raises ``SemsearchError`` when that has failed, and they are to come again."""


def tell(writer: IndexWriter, channels: Sequence[Channel]) -> tuple[list[News], list[str]]:
    """Tell by each channel what it has not told; returns what was to be told, and what failed.

    What is not in the index any more is not told. Without channels nothing is, and it stays.
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
        writer.put_note(NEWS, as_note(known))
    names = {channel.name for channel in channels}
    if names:
        known = [
            replace(one, told=None) if one.told is not None and names <= set(one.told) else one
            for one in known
        ]
        writer.put_note(NEWS, as_note(known))
    return list(shown.values()), failures


def _key(one: Found) -> tuple[str, str]:
    return one.question, one.digest


def _told(one: Found, channel: str) -> Found:
    return replace(one, told=(*(one.told or ()), channel))


def _news(
    known: Iterable[Found], view: View, repeats: Mapping[int, int], index: Path, corpus: Path
) -> Iterator[News]:
    """What is still to be told, as it is in the index now."""
    waiting = [one for one in known if one.told is not None]
    text_of = view.texts_of_digests([bytes.fromhex(one.digest) for one in waiting])
    for one in waiting:
        texts = text_of.get(bytes.fromhex(one.digest), ())
        for passage in view.passages(texts, repeats)[:1]:
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
