"""Documents of one generation, read from the record."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from semsearch.documents.coverage import Coverage, LeftOut, is_compared
from semsearch.documents.document import USUAL_READER
from semsearch.documents.reason import Reason, ReasonCode
from semsearch.documents.walk.walker import FileStat
from semsearch.embedders.lazy_numpy import np
from semsearch.store.disk.ids import Ids
from semsearch.store.record.generation_scope import VISIBLE, GenerationScope
from semsearch.store.record.json_text import parsed
from semsearch.store.record.reason_text import reason_of_text
from semsearch.store.record.schema import DOCUMENT_HASH

_COLUMNS: Final = (
    "id, path, size, mtime_ns, ctime_ns, inode, digest, coverage, reason, pages, blank_pages, born,"
    " encoding, since"
)
# Without the text columns that are at their usual value: decoding them takes half of the time.
_COLUMNS_IN_SHORT: Final = (
    "id, path, size, mtime_ns, ctime_ns, inode, digest, nullif(coverage, 'indexed'), reason, pages,"
    " iif(reason is null, null, blank_pages), born,"
    f" iif(encoding glob '{USUAL_READER}:*', encoding, null), iif(reason is null, null, since)"
)
USUAL_ENCODINGS: Final = ("utf-8", "ascii")
_COVERAGES: Final[Mapping[str | None, Coverage]] = {
    None: Coverage.INDEXED,
    **{coverage.value: coverage for coverage in Coverage},
}


_LEADING_OUT: Final = re.compile(rb"(?:\A|/)\.{0,2}(?:/|\Z)|\0")  # "", "." or "..", or a NUL
_STAT_TYPES: Final = (int,) * 4
_NOTHING: Final = type(None)
_PUBLISHABLE: Final = {
    (int, bytes, title, int, int, digest, str, int, int)
    for title in (str, _NOTHING)
    for digest in (bytes, _NOTHING)
}
_NO_REASON: Final = Reason(ReasonCode.UNKNOWN, "")


class StoredDocument(NamedTuple):
    """A file of the corpus as the record has it; ``path`` is relative to the corpus.

    ``encoding`` is as in ``Document.decoded_by``.
    """

    id: int
    path: str
    stat: FileStat
    digest: bytes | None
    coverage: Coverage
    reason: Reason | None
    pages: int | None
    blank_pages: tuple[int, ...]
    born: int
    encoding: str | None = None
    since: datetime | None = None


class DocumentColumns(NamedTuple):
    """What filters by name and date ask of all documents, in any order.

    ``passages`` is None where that number is not known of each document.
    """

    ids: Ids  # (n,)
    paths: list[str]
    mtimes_ns: Ids  # (n,)
    passages: Ids | None


class DocumentView:
    """Reads the documents of one generation.

    Methods that return documents verify each row's hash and leave damaged rows out, but for
    ``unchecked`` and ``after``. What only counts, and ``stats``, verifies none.
    """

    def __init__(self, scope: GenerationScope) -> None:
        self._scope = scope

    def all(self) -> list[StoredDocument]:
        """Every document, ordered by the bytes of its path."""
        return self._checked("true")

    def unchecked(self, ids: Iterable[int] | None = None) -> list[StoredDocument]:
        """Like ``all``, without verifying row hashes (faster); optionally only the given ids.

        A document without a ``reason`` comes without its blank pages and ``since``. Of encodings
        only those come that tell of pages that another reader may read better.
        """
        if ids is None:
            return self._unchecked(f"{VISIBLE} order by path")
        among = "id in (select value from json_each(:ids))"
        return self._unchecked(f"{among} and {VISIBLE} order by path", ids=json.dumps(list(ids)))

    def columns(self) -> DocumentColumns:
        """The ids, paths, times and numbers of passages of all documents, without verifying hashes.

        SQLite lists each column as text, in a twentieth of the time of ``unchecked``.
        """
        ((count, usual, ids, joined, times, passages),) = self._scope.rows(
            "select count(*), sum(typeof(path) = 'blob' and typeof(mtime_ns) = 'integer'"
            " and typeof(passages) = 'integer'), group_concat(id),"
            " cast(group_concat(path, char(0)) as blob), group_concat(mtime_ns),"
            f" group_concat(passages) from document where {VISIBLE}"
        )
        paths = joined.split(b"\0") if count and usual == count else []
        if not paths or len(paths) != count or not _are_inner_paths(joined):
            return _columns_of(self.unchecked())
        columns = [np.fromstring(one, dtype=np.int64, sep=",") for one in (ids, times, passages)]
        return DocumentColumns(columns[0], os.fsdecode(joined).split("\0"), columns[1], columns[2])

    def directly_in(self, ways: Iterable[str]) -> list[StoredDocument]:
        """Like ``unchecked``, the documents directly in some folders, not in those below.

        A folder is given by its path from the corpus, "" or ending in "/".
        """
        found: list[StoredDocument] = []
        for way in ways:
            low = os.fsencode(way)
            found += self._unchecked(
                f"{VISIBLE} and path >= :low and (:high = x'' or path < :high)"
                " and instr(substr(path, length(:low) + 1), x'2f') = 0 order by path",
                low=low,
                high=low[:-1] + b"0" if low else b"",  # "0" follows "/"
            )
        return found

    def after(self, before: Sequence[StoredDocument]) -> list[StoredDocument]:
        """Like ``unchecked``, made from the documents of the generation ``before`` this one.

        Reads only rows that the generation added or ended. A document that both generations have
        keeps the stat that it has in ``before``.
        """
        added = self._unchecked("born = :generation and died is null")
        ended = {
            document
            for (document,) in self._scope.rows("select id from document where died = :generation")
        }
        kept = [document for document in before if document.id not in ended]
        return sorted([*kept, *added], key=lambda document: os.fsencode(document.path))

    def stats(self) -> Iterator[tuple[str, FileStat]]:
        """The path and stat of each file of a supported type, the newest rows first.

        Among them are files that are left out by their content, such as generated ones.
        """
        for path, coverage, *stat in self._scope.rows(
            "select path, coverage, size, mtime_ns, ctime_ns, inode from document"
            f" where {VISIBLE} order by id desc"
        ):
            try:
                name = os.fsdecode(path)
                if is_compared(name, _COVERAGES[coverage]):
                    yield name, FileStat(*stat)
            except (LookupError, TypeError):
                self._scope.withheld.add("a document")

    def count_by_coverage(self) -> dict[Coverage, int]:
        """The number of documents of each state that any document has."""
        rows = self._scope.rows(
            f"select coverage, count(*) from document where {VISIBLE} group by coverage"
        )
        return {_COVERAGES[name]: count for name, count in rows if name in _COVERAGES}

    def notable(self) -> list[StoredDocument]:
        """Documents that are left out, in whole or in part, or have another encoding than UTF-8.

        Ordered by the bytes of their paths.
        """
        usual = ", ".join(f"'{name}'" for name in USUAL_ENCODINGS)
        return self._checked(
            "(coverage is not 'indexed' or reason is not null"
            f" or (encoding is not null and encoding not in ({usual})))"
        )

    def by_id(self, ids: Iterable[int]) -> dict[int, StoredDocument]:
        """Documents by their ids."""
        among = "id in (select value from json_each(:ids))"
        found = self._checked(among, ids=json.dumps(list(ids)))
        return {document.id: document for document in found}

    def at_path(self, path: str) -> StoredDocument | None:
        """The document with a path relative to the corpus; None if there is none."""
        found = self._checked("path = :path", path=os.fsencode(path))
        return found[0] if found else None

    def with_text(self, text: int) -> list[StoredDocument]:
        """The documents that have a passage with this text."""
        return self._checked("id in (select document from passage where text = :text)", text=text)

    def names(self, *, since: int = 0) -> Iterator[tuple[str, str | None]]:
        """(path, title) of the documents that have passages, of rows born in ``since`` or later.

        Row hashes are not verified.
        """
        rows = self._scope.rows(
            f"select path, title from document where {VISIBLE} and born >= :since and passages > 0",
            since=since,
        )
        for path, title in rows:
            if isinstance(path, bytes):
                yield os.fsdecode(path), title if isinstance(title, str) else None

    def publishable(self) -> Iterator[tuple[Any, ...]]:
        """Rows for a publication, ascending by id, without verifying hashes.

        (id, path's bytes, title, size, mtime_ns, digest, coverage, passages, sum of text ids). A
        row with values that semsearch does not write is withheld.
        """
        for row in self._scope.rows(
            "select id, path, title, size, mtime_ns, digest, coverage, passages, text_sum"
            f" from document where {VISIBLE} order by id"
        ):
            kinds = tuple(map(type, row))
            if kinds in _PUBLISHABLE and row[6] in _COVERAGES and is_inner_path(row[1]):
                yield row
            else:
                self._scope.withheld.add(f"document {row[0]}")

    def count(self) -> int:
        """The number of documents, whatever their coverage."""
        return self._scope.number(f"select count(*) from document where {VISIBLE}")

    def _unchecked(self, condition: str, **values: str | bytes) -> list[StoredDocument]:
        rows = self._scope.rows(
            f"select {_COLUMNS_IN_SHORT} from document where {condition}", **values
        )
        return self._documents(rows)

    def _checked(self, condition: str, **values: int | str | bytes) -> list[StoredDocument]:
        rows = self._scope.rows(
            f"select {_COLUMNS}, hash = {DOCUMENT_HASH} from document"
            f" where {VISIBLE} and {condition} order by path",
            **values,
        )
        return self._documents(
            row for row in rows if self._scope.is_whole(row[-1], f"document {row[0]}")
        )

    def _documents(self, rows: Iterable[tuple[Any, ...]]) -> list[StoredDocument]:
        """The documents of rows; a row with values that semsearch does not write is withheld."""
        documents = []
        for row in rows:
            try:
                documents.append(_document_of(row))
            except (LookupError, TypeError, ValueError):
                self._scope.withheld.add(f"document {row[0]}")
        return documents


def _has_types(row: tuple[Any, ...]) -> bool:
    """Whether the stat and the columns that are used as they are have their types."""
    return (
        tuple(map(type, row[2:6])) == _STAT_TYPES
        and type(row[6]) in (bytes, _NOTHING)
        and type(row[9]) in (int, _NOTHING)
        and type(row[12]) in (str, _NOTHING)
    )


def is_inner_path(path: bytes) -> bool:
    """Whether a document's path stays in the corpus: relative, without ``..`` and NUL."""
    is_inner = _LEADING_OUT.search(path) is None
    return is_inner and not (os.name == "nt" and (b"\\" in path or b":" in path))


def _are_inner_paths(joined: bytes) -> bool:
    """Whether ``is_inner_path`` is true for each path of some that are joined by NULs."""
    names = b"/%b/" % joined.replace(b"\0", b"/")
    are_inner = not any(bad in names for bad in (b"//", b"/./", b"/../"))
    return are_inner and not (os.name == "nt" and (b"\\" in names or b":" in names))


def _columns_of(documents: Sequence[StoredDocument]) -> DocumentColumns:
    return DocumentColumns(
        np.array([document.id for document in documents], dtype=np.int64),
        [document.path for document in documents],
        np.array([document.stat.mtime_ns for document in documents], dtype=np.int64),
        None,
    )


def left_out(documents: Iterable[StoredDocument]) -> tuple[LeftOut, ...]:
    """The files and pages that no query can find, with their reasons."""
    return tuple(
        LeftOut(
            document.path,
            document.coverage,
            document.reason or _NO_REASON,
            document.blank_pages,
            document.since,
            document.pages,
        )
        for document in documents
        if is_left_out(document)
    )


def is_left_out(document: StoredDocument) -> bool:
    """Whether no query can find a file, or some of its pages."""
    return document.coverage is not Coverage.INDEXED or document.reason is not None


def _document_of(row: tuple[Any, ...]) -> StoredDocument:
    document, path, size, mtime_ns, ctime_ns, inode, digest, coverage, reason, pages = row[:10]
    blank_pages, born, encoding, since = row[10:14]
    if not is_inner_path(path) or not _has_types(row):
        raise ValueError("a path that leaves the folder, or a value of another type")
    name = os.fsdecode(path)
    if coverage is reason is blank_pages is encoding is since is None:  # nearly all, in short
        stat = FileStat(size, mtime_ns, ctime_ns, inode)
        return StoredDocument(document, name, stat, digest, Coverage.INDEXED, None, pages, (), born)
    return StoredDocument(
        document,
        name,
        FileStat(size, mtime_ns, ctime_ns, inode),
        digest,
        _COVERAGES[coverage],
        reason_of_text(reason),
        pages,
        () if blank_pages in (None, "[]") else tuple(map(int, parsed(blank_pages))),
        born,
        encoding,
        None if since is None else datetime.fromisoformat(since),
    )
