"""The hashes of a document's row and of its passages' rows, in Python, before they are inserted.

They are those that ``DOCUMENT_HASH`` and ``PASSAGE_HASH`` tell by SQL of the stored rows: so a row
is written once, and not again for its hash.
"""

from semsearch.store.record.row_hash import row_hash


def document_hash(
    path: bytes,
    digest: bytes | None,
    coverage: str,
    reason: str | None,
    pages: int | None,
    blank_pages: str,
    passages: int,
    text_sum: int,
    born: int,
    encoding: str | None,
    since: str | None,
    title: str | None,
) -> bytes:
    """The hash of a document that has not ended."""
    values = (
        path, digest, _quoted(coverage), _quoted(reason), pages, _quoted(blank_pages), passages,
        text_sum, born, None, _quoted(encoding), _quoted(since),
    )  # fmt: skip
    return row_hash(*values) if title is None else row_hash(*values, _quoted(title))


def passage_hash(
    path: bytes,
    text_digest: bytes,
    ordinal: int,
    lines: tuple[int | None, int | None],
    pages: tuple[int | None, int | None],
    headings: str,
    place: str | None,
    context: int,
) -> bytes:
    """The hash of a passage of the document at a path; ``text_digest`` is that of its text."""
    return row_hash(
        path, text_digest, ordinal, *lines, *pages, _quoted(headings), _quoted(place), context
    )


def _quoted(text: str | None) -> bytes:
    """The SQL literal of a text, as SQLite's ``quote`` makes it: up to the first NUL."""
    if text is None:
        return b"NULL"
    return b"'%b'" % text.partition("\0")[0].replace("'", "''").encode()
