"""Rows of what is published: passages, texts and vectors, as ``store.protocol`` asks for them.

The id of a text is its key.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from semsearch.documents.passage import Location, text_digest
from semsearch.embedders.lazy_numpy import np
from semsearch.embedders.vectors import Vectors
from semsearch.store.collection.blob_format import damaged, damaged_values
from semsearch.store.collection.engine import ORDINAL_BITS
from semsearch.store.collection.published_documents import (
    MOST_DOCUMENTS,
    SOURCE_SHIFT,
    PublishedDocuments,
    document_id,
)
from semsearch.store.collection.published_notes import joint_note
from semsearch.store.collection.published_source import PublishedSource, numbered_segments
from semsearch.store.disk.ids import Ids, is_among, no_ids
from semsearch.store.record.json_text import parsed
from semsearch.store.record.passages import StoredPassage
from semsearch.store.record.sentences import rows_of
from semsearch.store.record.vectors import unit_rows

if TYPE_CHECKING:
    import numpy.typing as npt

    from semsearch.store.collection.engine import Engine
    from semsearch.store.record.generations import StoredEmbedder

_AT_ONCE: Final = 5_000  # texts of a request
_MOST_KEPT: Final = 10_000  # vectors of a request, and then not kept, as of all texts
_DIGITS: Final = 16  # hexadecimal, of the first eight bytes of a digest


class PublishedRows:
    """Implements ``Rows`` over the segments of some sources."""

    def __init__(self, engine: "Engine", sources: Sequence[PublishedSource]) -> None:
        self.withheld: set[str] = set()
        self.is_partial = False
        self._sources = sources
        self.documents = PublishedDocuments(sources)
        places = _Places(engine, sources)
        self.passages = PublishedPassages(engine, self.documents, places)
        self.texts = PublishedTexts(engine, sources, places)
        self.vectors = PublishedVectors(engine, self.documents)
        self.sentences = PublishedSentences(engine)

    def note(self, name: str) -> str | None:
        """The value of a note over all sources; raises ``IndexDamaged``."""
        return joint_note(self._sources, name)


class _Places:
    """Where texts stand, kept as several parts of a search ask for the same."""

    def __init__(self, engine: "Engine", sources: Sequence[PublishedSource]) -> None:
        self._engine = engine
        self._kept: dict[int, list[list[Any]]] = {}
        self._source_of = {segment.entry.number: at for at, segment in numbered_segments(sources)}

    def owner(self, key: int, place: Sequence[Any]) -> int:
        """The id of the document of a place of a text."""
        return document_id(place[0], self._source_of[key >> ORDINAL_BITS])

    def of(self, keys: Sequence[int]) -> Mapping[int, list[list[Any]]]:
        """The places of each text as they are stored; raises ``IndexDamaged``."""
        lacking = [key for key in keys if key not in self._kept]
        if lacking:
            wanted = np.array(sorted(lacking), dtype=np.int64)
            for key, stored in self._engine.places(wanted).items():
                self._kept[key] = _places_of(stored, key)
        _require_all(keys, self._kept)
        return {key: self._kept[key] for key in keys}


def _require_all(keys: Iterable[int], found: Container[int]) -> None:
    """Raise ``IndexDamaged`` where a text that a manifest names lacks: no answer is short of it."""
    if (lacking := next((key for key in keys if key not in found), None)) is not None:
        raise damaged(f"text {lacking} is not there")


def _places_of(stored: bytes, key: int) -> list[list[Any]]:
    with damaged_values(f"the places of text {key}"):
        found: list[list[Any]] = parsed(stored.decode())
        for document, ordinal, lines, pages, headings, place, context in found:
            is_usual = (
                all(map(_is_number, (document, ordinal, context)))
                and all(one is None or _is_range(one) for one in (lines, pages))
                and isinstance(headings, list)
                and all(isinstance(heading, str) for heading in headings)
                and isinstance(place, str | None)
            )
            if not is_usual or document >= MOST_DOCUMENTS:
                raise ValueError("a value that semsearch does not write")
        return found


def _is_number(value: object) -> bool:
    return type(value) is int and value >= 0


def _is_range(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))


class PublishedPassages:
    """Implements ``Passages``."""

    def __init__(self, engine: "Engine", documents: PublishedDocuments, places: _Places) -> None:
        self._engine = engine
        self._documents = documents
        self._places = places

    def of_texts(self, texts: Iterable[int], repeats: Mapping[int, int]) -> list[StoredPassage]:
        """Every passage with one of the texts, by path and order in the document."""
        keys = [int(text) for text in texts]
        places = self._places.of(keys)
        bodies = self._engine.bodies(np.array(sorted(keys), dtype=np.int64)) if keys else {}
        _require_all(keys, bodies)
        documents = dict(self._documents.published(self._owners(places)))
        found: list[StoredPassage] = []
        for key, body in bodies.items():
            digest = text_digest(body)
            for row in places[key]:
                number = self._places.owner(key, row)
                if (owner := documents.get(number)) is not None:
                    found.append(_passage(key, number, row, owner.path, body, digest))
        return sorted(found, key=lambda one: (one.location.path, one.ordinal))

    def _owners(self, places: Mapping[int, list[list[Any]]]) -> set[int]:
        return {self._places.owner(key, row) for key, rows in places.items() for row in rows}

    def names_of(
        self, texts: Iterable[int], repeats: Mapping[int, int]
    ) -> list[tuple[int, str, str | None, int]]:
        """(text id, path, title, passages) of the document of every place of some texts."""
        places = self._places.of([int(text) for text in texts])
        documents = dict(self._documents.published(self._owners(places)))
        return [
            (key, owner.path, owner.title, owner.passages)
            for key, rows in places.items()
            for row in rows
            if (owner := documents.get(self._places.owner(key, row))) is not None
        ]


def _passage(
    key: int, document: int, row: Sequence[Any], path: str, body: str, digest: bytes
) -> StoredPassage:
    _, ordinal, lines, pages, headings, place, context = row
    location = Location(
        path,
        None if lines is None else tuple(lines),
        None if pages is None else tuple(pages),
        tuple(headings),
        place,
    )
    return StoredPassage(key, document, ordinal, location, body[context:], digest)


class PublishedTexts:
    """Implements ``Texts``."""

    def __init__(
        self, engine: "Engine", sources: Sequence[PublishedSource], places: _Places
    ) -> None:
        self._engine = engine
        self._sources = sources
        self._places = places

    def ids(self) -> Ids:
        """All keys, ascending."""
        every = [one.keys(one.live_ordinals) for _, one in numbered_segments(self._sources)]
        return np.sort(np.concatenate([no_ids(), *every]))

    def ids_in(self, documents: Iterable[int]) -> Ids:
        """The keys of the texts of some documents, ascending."""
        wanted = np.sort(np.array(list(documents), dtype=np.int64))
        found = [no_ids()]
        for at, segment in numbered_segments(self._sources):
            own = wanted[wanted >> SOURCE_SHIFT == at] & (MOST_DOCUMENTS - 1)
            ordinals = segment.owners.of_documents(own)
            if segment.entry.gone_texts:
                ordinals = ordinals[~is_among(ordinals, segment.gone.texts)]
            found.append(segment.keys(ordinals))
        return np.sort(np.concatenate(found))

    def are_in(self, texts: Ids, documents: Ids) -> "npt.NDArray[np.bool_]":
        """For each of some texts, whether one of the documents, ascending, has it."""
        places = self._places.of(texts.tolist())
        rows = [(at, key, row) for at, key in enumerate(texts.tolist()) for row in places[key]]
        owners = np.array([self._places.owner(key, row) for _, key, row in rows], dtype=np.int64)
        found = np.zeros(len(texts), dtype=np.bool_)
        found[np.array([at for at, _, _ in rows], dtype=np.int64)[is_among(owners, documents)]] = 1
        return found

    def bodies(self, texts: Iterable[int]) -> Iterator[tuple[int, str]]:
        """(key, body) of some texts."""
        remaining = iter(texts)
        while some := [int(text) for text in islice(remaining, _AT_ONCE)]:
            yield from self._engine.bodies(np.array(sorted(some), dtype=np.int64)).items()

    def sample(self, among: Ids, count: int) -> Ids:
        """At most ``count`` of some keys, ascending: those with the least digests."""
        segments = [one for _, one in numbered_segments(self._sources)]
        every = [one.keys(one.live_ordinals) for one in segments]
        keys = np.concatenate([no_ids(), *every])
        numbers = [one.text_digests[one.live_ordinals] for one in segments]
        digests = np.concatenate([np.empty(0, dtype=np.uint64), *numbers])
        is_wanted = is_among(keys, among)
        return np.sort(keys[is_wanted][np.argsort(digests[is_wanted], kind="stable")[:count]])

    def with_digest_prefix(self, prefix: str) -> list[int]:
        """Keys of at most two texts whose SHA-256 begins with some hexadecimal digits."""
        found: list[int] = []
        first, last = (int((prefix + rest * _DIGITS)[:_DIGITS], 16) for rest in "0f")
        for _, segment in numbered_segments(self._sources):
            live = segment.live_ordinals
            digests = segment.text_digests[live]
            keys = segment.keys(live[(digests >= first) & (digests <= last)])
            found += [
                key
                for key, body in self.bodies(keys.tolist())
                if text_digest(body).hex().startswith(prefix.lower())
            ]
        return found[:2]


class PublishedVectors:
    """Implements ``TextVectors``."""

    def __init__(self, engine: "Engine", documents: PublishedDocuments) -> None:
        self._engine = engine
        self._documents = documents
        self._kept: dict[int, Vectors] = {}

    def of_texts(
        self, embedder: "StoredEmbedder", texts: Sequence[int] | Ids
    ) -> tuple[Ids, Vectors]:
        """Keys, ascending, and unit vectors (n, dimension), of those that are there."""
        wanted = sorted({int(text) for text in texts})
        if len(wanted) > _MOST_KEPT:
            keys, stored = self._engine.vectors(np.array(wanted, dtype=np.int64))
            _require_all(wanted, {*keys.tolist()})
            return keys, unit_rows(stored)
        lacking = np.array([key for key in wanted if key not in self._kept], dtype=np.int64)
        if len(lacking):
            keys, stored = self._engine.vectors(lacking)
            self._kept |= dict(zip(keys.tolist(), unit_rows(stored), strict=True))
        _require_all(wanted, self._kept)
        rows = [self._kept[key] for key in wanted]
        shape = (len(wanted), embedder.dimension or 0)
        return np.array(wanted, dtype=np.int64), np.array(rows, dtype=np.float32).reshape(shape)

    def by_digest(
        self, embedder: "StoredEmbedder", digests: Sequence[bytes]
    ) -> Mapping[bytes, Vectors]:
        """Unit vectors (dimension,) of titles of documents that were read, by their SHA-256."""
        found = self._documents.title_vectors(digests)
        if not found:
            return {}
        return dict(zip(found, unit_rows(np.stack(list(found.values()))), strict=True))

    def probes(self, embedder: "StoredEmbedder") -> Vectors | None:
        """None: what they are for is in the notes."""
        return None


class PublishedSentences:
    """Implements ``SentenceVectors``."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def of_texts(
        self, embedder: "StoredEmbedder", texts: Sequence[int] | Ids
    ) -> tuple[Ids, Vectors]:
        """Unit rows (n, dimension), and the key of the text of each, ascending."""
        dimension = embedder.dimension or 0
        wanted = np.array(sorted({int(text) for text in texts}), dtype=np.int64)
        stored = self._engine.sentences(wanted) if len(wanted) else {}
        rows = {key: rows_of(one, dimension) for key, one in sorted(stored.items()) if one}
        if any(row is None for row in rows.values()):
            raise damaged("vectors of sentences")
        found = [row for row in rows.values() if row is not None]
        counts = [len(row) for row in found]
        owners = np.repeat(np.array(list(rows), dtype=np.int64), counts)
        return owners, np.concatenate([np.empty((0, dimension), np.float32), *found])
