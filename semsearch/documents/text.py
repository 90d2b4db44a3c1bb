"""Plain text → blocks: a paragraph ends at a blank line."""

from collections.abc import Iterable, Iterator

from semsearch.documents.document import Block, BlockKind, Document


def read_text(text: str) -> Document:
    """The paragraphs of a text, each with its lines."""
    return Document(
        tuple(
            Block(BlockKind.PARAGRAPH, "\n".join(rows), range(first, first + len(rows)))
            for first, rows in paragraphs(enumerate(text.split("\n"), start=1))
        )
    )


def paragraphs(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield (first line number, rows) for each run of lines that are not blank."""
    first, rows = 0, list[str]()
    for number, row in lines:
        if row.strip():
            first = first or number
            rows.append(row)
        elif rows:
            yield first, rows
            first, rows = 0, []
    if rows:
        yield first, rows
