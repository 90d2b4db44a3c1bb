"""The hashes of all passages, made without a function of SQL: in two thirds of the time."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, Final

from semsearch.store.record.row_hash import HASH_BYTES
from semsearch.store.record.schema import PASSAGE_HASH
from semsearch.store.record.sqlite import Connection

_REFERENCES: Final = (
    "passage left join document on document.id = document left join text on text.id = text"
)
_ROWS: Final = (
    "select passage.id, passage.hash, document.path, text.digest, ordinal, first_line, last_line,"
    " first_page, last_page, iif(typeof(headings) = 'text', cast(headings as blob), null),"
    # As bytes, too: a damaged text and another may decode to the same. A number is no text.
    " iif(typeof(place) = 'text', cast(place as blob), iif(place is null, null, 0)),"
    f" context from {_REFERENCES}"
)
_IS_WHOLE: Final = f"select passage.hash = {PASSAGE_HASH} from {_REFERENCES} where passage.id = ?"


def damaged_passages(connection: Connection) -> Iterator[int]:
    """The ids of the passages whose hash does not fit.

    Rows as semsearch writes them are hashed here, as ``PASSAGE_HASH`` does; it decides wherever
    that does not fit.
    """
    last: tuple[Any, ...] = ()
    start = middle = b""
    # One name a column: rows are many, and taking them apart later would cost as much again.
    for (
        id_,
        stored,
        path,
        digest,
        ordinal,
        first,
        end,
        page,
        to,
        headings,
        place,
        context,
    ) in connection.execute(_ROWS):
        try:
            if (path, headings, place) != last:
                last = path, headings, place
                start = b"%d:%b" % (len(path), path)
                middle = _quoted(headings) + _quoted(place)
            content = b"%b%d:%b%a;%a;%a;%a;%a;%b%a;" % (
                start, len(digest), digest, ordinal, first, end, page, to, middle, context
            )  # fmt: skip
            if blake2b(content, digest_size=HASH_BYTES).digest() == stored:
                continue
        except (TypeError, AttributeError):
            last = ()  # values that semsearch does not write
        if not _is_whole(connection, id_):
            yield id_


def _quoted(text: bytes | None) -> bytes:
    """SQLite's literal of a text, with its length before it."""
    literal = b"NULL" if text is None else b"'%b'" % text.replace(b"'", b"''")
    return b"%d:%b" % (len(literal), literal)


def _is_whole(connection: Connection, passage: int) -> Any:
    found = connection.execute(_IS_WHOLE, (passage,)).fetchone()
    return found is not None and found[0]
