"""Which texts and documents of a generation a filter lets through: exactly those."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from semsearch.asking import Filter
from semsearch.errors import SettingsError
from semsearch.store.keywords import KeywordIndex
from semsearch.store.snapshot import Snapshot
from semsearch.store.tags import tags_of
from semsearch.store.view import StoredDocument

_NANOSECONDS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Allowed:
    """Documents whose passages may be hits, by their ids, and the texts that may; None is all."""

    documents: frozenset[int] | None
    texts: Sequence[int] | None


EVERYTHING: Final = Allowed(None, None)


def allowed(snapshot: Snapshot, wanted: Filter, keywords: KeywordIndex | None) -> Allowed:
    """What a filter lets through.

    ``keywords`` makes it quicker to find texts with a word; languages are known to it alone.
    Raises ``SettingsError`` for a glob that is none, and where the index has no keyword index and
    is asked for a language, and for a tag that there is not.
    """
    if not wanted:
        return EVERYTHING
    documents = _documents(snapshot, wanted)
    texts: set[int] | None = None
    if documents is not None:
        texts = set(snapshot.view.text_ids_in(documents))
    if wanted.languages or wanted.not_languages:
        texts = _in_languages(wanted, texts, keywords, snapshot)
    for phrase in wanted.phrases:
        texts = _with_words(snapshot, phrase, texts, keywords)
    for phrase in wanted.without:
        found = _with_words(snapshot, phrase, texts, keywords)
        texts = (_all_texts(snapshot) if texts is None else texts) - found
    return Allowed(documents, None if texts is None else sorted(texts))


def _documents(snapshot: Snapshot, wanted: Filter) -> frozenset[int] | None:
    by_file = wanted.paths or wanted.types or wanted.not_types or wanted.since or wanted.before
    if not (by_file or wanted.tags or wanted.not_tags):
        return None
    documents = snapshot.view.documents()
    if len(documents) < snapshot.generation.documents:
        snapshot.view.withheld.add("a document")
    if wanted.paths:
        documents = _of_paths(documents, wanted.paths)
    if wanted.tags or wanted.not_tags:
        documents = _of_tags(documents, wanted, tags_of(snapshot.view))
    return frozenset(document.id for document in documents if _fits(document, wanted))


def _of_paths(documents: list[StoredDocument], globs: Sequence[str]) -> list[StoredDocument]:
    import pathspec  # here: a question without a filter does not wait for it

    # Where all take out, the rest is what is meant.
    lines = ["*", *globs] if all(glob.startswith("!") for glob in globs) else list(globs)
    try:
        spec = pathspec.GitIgnoreSpec.from_lines(lines)
    except ValueError as error:
        raise SettingsError(f"a path filter is no glob: {error}") from error
    return [document for document in documents if spec.match_file(document.path)]


def _of_tags(
    documents: list[StoredDocument], wanted: Filter, tags: Mapping[str, frozenset[bytes]]
) -> list[StoredDocument]:
    for name in (*wanted.tags, *wanted.not_tags):
        if name not in tags:
            has = f"tags are {', '.join(sorted(tags))}" if tags else "nothing is tagged"
            raise SettingsError(
                f"there is no tag {name!r} in the index; {has} (semsearch classify --apply does)"
            )
    taken = frozenset().union(*(tags[name] for name in wanted.tags or tags))
    left = frozenset().union(*(tags[name] for name in wanted.not_tags))
    return [
        document
        for document in documents
        if (document.digest in taken or not wanted.tags) and document.digest not in left
    ]


def _fits(document: StoredDocument, wanted: Filter) -> bool:
    ending = PurePosixPath(document.path).suffix.lower().removeprefix(".")
    changed = document.stat.mtime_ns / _NANOSECONDS
    return (
        (not wanted.types or ending in wanted.types)
        and ending not in wanted.not_types
        and (wanted.since is None or changed >= wanted.since.timestamp())
        and (wanted.before is None or changed < wanted.before.timestamp())
    )


def _in_languages(
    wanted: Filter, texts: set[int] | None, keywords: KeywordIndex | None, snapshot: Snapshot
) -> set[int]:
    if keywords is None:
        raise SettingsError(
            "the languages are in the keyword index, which is missing; run: semsearch index"
        )
    found = _all_texts(snapshot) if texts is None else texts
    if wanted.languages:
        found = found & keywords.texts_in(wanted.languages)
    return found - keywords.texts_in(wanted.not_languages) if wanted.not_languages else found


def _with_words(
    snapshot: Snapshot, phrase: str, texts: set[int] | None, keywords: KeywordIndex | None
) -> set[int]:
    """The texts in which a phrase stands word for word, whatever the case and the spaces."""
    maybe: Iterable[int] = _all_texts(snapshot) if texts is None else texts
    if keywords is not None:
        having = keywords.texts_with_all(phrase)
        maybe = having if texts is None else texts & having
    words = r"\s+".join(re.escape(word) for word in phrase.split())
    pattern = re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)
    return {text for text, body in snapshot.view.bodies(maybe) if pattern.search(body)}


def _all_texts(snapshot: Snapshot) -> set[int]:
    return set(snapshot.view.text_ids().tolist())
