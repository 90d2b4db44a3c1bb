"""The blobs of a segment beside its words: ids, owners, lengths, languages and documents.

- ``texts``: the record's id of each text, its number of words, its language.
- ``digests``: the first eight bytes of the SHA-256 of each text.
- ``owners``: the documents that each text stands in.
- ``documents-N``: what filters ask of all documents, column by column; ``digests-N``: the SHA-256
  of their files.
- ``files-N``: some documents with all that a hit tells of them, and the vectors of their titles.
- ``gone-N``: the texts and documents that have gone.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from semsearch.documents.coverage import Coverage
from semsearch.embedders.lazy_numpy import np
from semsearch.store.collection.blob_format import damaged, damaged_values, packed, unpacked
from semsearch.store.disk.ids import Ids, ascending
from semsearch.store.record.documents import is_inner_path
from semsearch.store.record.json_text import parsed

if TYPE_CHECKING:
    import numpy.typing as npt

    from semsearch.embedders.vectors import Vectors
    from semsearch.store.record.vectors import StoredVectors

LISTED: Final = 50_000  # documents in a blob of columns
_FILED: Final = 8  # documents in a blob with all that is told of them
_COVERAGES: Final = tuple(Coverage)
_NO_LANGUAGE: Final = 255
_DIGEST: Final = 32  # bytes
_HEX: Final = frozenset("0123456789abcdef")


class PublishedDocument(NamedTuple):
    """A document as it is published. ``title_digest`` is the SHA-256 of its title's text."""

    id: int
    path: str
    title: str | None
    size: int
    mtime_ns: int
    digest: bytes | None
    coverage: Coverage
    passages: int
    fingerprint: int  # of all that its row has, but for its stat
    title_digest: bytes | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TextColumns:
    """Columns (n,) over the texts of a segment, by ordinal.

    ids: in the record of the index, ascending. lengths: numbers of words. languages: codes
    (ISO 639-1), None for an unknown one, ``spoken`` by the numbers in the column.
    """

    ids: Ids
    lengths: "npt.NDArray[np.uint32]"
    languages: "npt.NDArray[np.uint8]"
    spoken: tuple[str | None, ...]


def text_columns_blob(columns: TextColumns) -> bytes:
    """Pack the columns of texts."""
    return packed(
        {
            "ids": np.diff(columns.ids, prepend=0),
            "lengths": columns.lengths,
            "languages": columns.languages,
            "spoken": json.dumps(columns.spoken).encode(),
        }
    )


def text_columns(blob: bytes | None, what: str, texts: int) -> TextColumns:
    """Unpack the columns of so many texts; raises ``IndexDamaged``."""
    parts = unpacked(blob, what)
    with damaged_values(what):
        spoken = tuple(parsed(parts["spoken"].tobytes()))
        ids = np.cumsum(parts["ids"].astype(np.int64))
        columns = TextColumns(ids, parts["lengths"], parts["languages"], spoken)
        if {len(ids), len(columns.lengths), len(columns.languages)} != {texts}:
            raise ValueError("another number of texts")
        if not all(isinstance(code, str | None) for code in spoken):
            raise ValueError("a language that is no text")
        return columns


@dataclass(frozen=True, slots=True, eq=False)
class Owners:
    """Pairs (n,) of the ordinal of a text, ascending, and the id of a document that has it."""

    ordinals: Ids
    documents: Ids

    def of_documents(self, documents: Ids) -> Ids:
        """The ordinals of the texts that some documents, ascending, have; each once."""
        from semsearch.store.disk.ids import is_among

        return ascending(self.ordinals[is_among(self.documents, documents)])

    def of_ordinals(self, ordinals: Ids) -> "Owners":
        """The pairs of some ordinals, ascending."""
        from semsearch.store.disk.ids import is_among

        chosen = is_among(self.ordinals, ordinals)
        return Owners(self.ordinals[chosen], self.documents[chosen])


def owners_blob(owners: Owners) -> bytes:
    """Pack owners: of most texts there is one, and neighbours have the same."""
    return packed(
        {
            "ordinals": np.diff(owners.ordinals, prepend=0).astype(np.uint32),
            "documents": np.diff(owners.documents, prepend=0),
        }
    )


def owners_of(blob: bytes | None, what: str, texts: int) -> Owners:
    """Unpack owners; raises ``IndexDamaged``."""
    parts = unpacked(blob, what)
    with damaged_values(what):
        ordinals = np.cumsum(parts["ordinals"].astype(np.int64))
        documents = np.cumsum(parts["documents"].astype(np.int64))
        if len(ordinals) != len(documents) or (len(ordinals) and ordinals[-1] >= texts):
            raise ValueError("a text that the segment does not have")
        return Owners(ordinals, documents)


@dataclass(frozen=True, slots=True, eq=False)
class Gone:
    """What has gone of a segment: ordinals of texts and ids of documents, ascending."""

    texts: Ids
    documents: Ids


def nothing_gone() -> Gone:
    """Nothing has gone."""
    nothing = np.empty(0, dtype=np.int64)
    return Gone(nothing, nothing)


def gone_blob(gone: Gone) -> bytes:
    """Pack what has gone."""
    return packed({"texts": gone.texts, "documents": gone.documents})


def gone_of(blob: bytes | None, what: str) -> Gone:
    """Unpack what has gone; raises ``IndexDamaged``."""
    parts = unpacked(blob, what)
    with damaged_values(what):
        return Gone(parts["texts"].astype(np.int64), parts["documents"].astype(np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class DocumentList:
    """Columns (n,) over documents, in the order of their ids."""

    ids: Ids
    mtimes_ns: Ids
    passages: Ids
    fingerprints: "npt.NDArray[np.uint64]"
    coverages: "npt.NDArray[np.uint8]"
    paths: Sequence[str]

    def coverage(self, at: int) -> Coverage:
        """The coverage of a document by its position."""
        return _COVERAGES[int(self.coverages[at])]


def document_blobs(
    prefix: str,
    documents: Sequence[PublishedDocument],
    titles: "Mapping[bytes, Vectors]",
    dimension: int,
) -> Iterator[tuple[str, bytes]]:
    """The blobs of documents, ascending by id, with the vectors of titles by their digests."""
    for number, start in enumerate(range(0, len(documents), LISTED)):
        some = documents[start : start + LISTED]
        yield f"{prefix}documents-{number}", _list_blob(some)
        digests = b"".join(one.digest or bytes(_DIGEST) for one in some)
        yield f"{prefix}digests-{number}", packed({"digests": digests})
    firsts = []
    left = iter(documents)
    while some := list(islice(left, _FILED)):
        firsts.append(some[0].id)
        yield f"{prefix}files-{len(firsts) - 1}", _files_blob(some, titles, dimension)
    yield f"{prefix}files", packed({"first": np.array(firsts, dtype=np.int64)})


def _list_blob(documents: Sequence[PublishedDocument]) -> bytes:
    return packed(
        {
            "ids": np.array([one.id for one in documents], dtype=np.int64),
            "mtimes": np.array([one.mtime_ns for one in documents], dtype=np.int64),
            "passages": np.array([one.passages for one in documents], dtype=np.int32),
            "fingerprints": np.array([one.fingerprint for one in documents], dtype=np.uint64),
            "coverages": np.array([_COVERAGES.index(one.coverage) for one in documents], np.uint8),
            "paths": b"\0".join(os.fsencode(one.path) for one in documents),
        }
    )


def document_list(blobs: Iterable[tuple[bytes | None, str]], documents: int) -> DocumentList:
    """Unpack the columns of so many documents, of all blobs of a segment."""
    columns: list[Mapping[str, Any]] = []
    joined: dict[str, Any]
    paths: list[str] = []
    for blob, what in blobs:
        parts = unpacked(blob, what)
        with damaged_values(what):
            names = parts["paths"].tobytes().split(b"\0") if len(parts["ids"]) else []
            if not all(map(is_inner_path, names)) or len(names) != len(parts["ids"]):
                raise ValueError("a path that leaves the folder, or too few")
        columns.append(parts)
        paths += map(os.fsdecode, names)
    with damaged_values("a list of documents"):
        joined = {
            name: np.concatenate([np.empty(0, kind), *(one[name] for one in columns)]).astype(kind)
            for name, kind in (
                ("ids", np.int64),
                ("mtimes", np.int64),
                ("passages", np.int64),
                ("fingerprints", np.uint64),
                ("coverages", np.uint8),
            )
        }
    if {len(one) for one in joined.values()} != {documents} or (
        documents and joined["coverages"].max() >= len(_COVERAGES)
    ):
        raise damaged("a list of documents: another number of documents, or an unknown coverage")
    return DocumentList(
        joined["ids"],
        joined["mtimes"],
        joined["passages"],
        joined["fingerprints"],
        joined["coverages"],
        paths,
    )


def digests_of(blob: bytes | None, what: str) -> list[bytes | None]:
    """Unpack the digests of files; None for a file that was not read."""
    parts = unpacked(blob, what)
    with damaged_values(what):
        whole = parts["digests"].tobytes()
    found = [whole[at : at + _DIGEST] for at in range(0, len(whole), _DIGEST)]
    return [part if any(part) else None for part in found]


def _files_blob(
    documents: Sequence[PublishedDocument], titles: "Mapping[bytes, Vectors]", dimension: int
) -> bytes:
    rows, vectors = [], []
    for one in documents:
        vector = titles.get(one.title_digest) if one.title_digest is not None else None
        rows.append(
            [
                one.id,
                one.path,
                one.title,
                one.size,
                one.mtime_ns,
                None if one.digest is None else one.digest.hex(),
                one.coverage.value,
                one.passages,
                None if one.title_digest is None or vector is None else one.title_digest.hex(),
            ]
        )
        if vector is not None:
            vectors.append(vector)
    stored = np.array(vectors, dtype=np.float16).reshape(len(vectors), dimension)
    return packed({"files": json.dumps(rows).encode(), "titles": stored.ravel()})


def files_of(
    blob: bytes | None, what: str, dimension: int
) -> "tuple[list[PublishedDocument], dict[bytes, StoredVectors]]":
    """Unpack documents, and the vectors of their titles by digest; raises ``IndexDamaged``."""
    parts = unpacked(blob, what)
    with damaged_values(what):
        rows = parsed(parts["files"].tobytes())
        vectors = parts["titles"].reshape(-1, dimension) if dimension else parts["titles"]
        documents = [_document(row) for row in rows]
        named = [one.title_digest for one in documents if one.title_digest is not None]
        return documents, dict(zip(named, vectors, strict=True))


def _document(row: Sequence[Any]) -> PublishedDocument:
    number, path, title, size, mtime_ns, digest, coverage, passages, title_digest = row
    are_numbers = all(type(one) is int for one in (number, size, mtime_ns, passages))
    if not are_numbers or not is_inner_path(os.fsencode(path)):
        raise ValueError("a path that leaves the folder, or a value that is no number")
    if not isinstance(title, str | None):
        raise ValueError("a title that is no text")
    known = None if digest is None else bytes.fromhex(digest)
    titled = None if title_digest is None else bytes.fromhex(title_digest)
    return PublishedDocument(
        number, path, title, size, mtime_ns, known, Coverage(coverage), passages, 0, titled
    )
