"""Duplicate passages and documents as text."""

from semsearch.cli.render.hits import citation
from semsearch.cli.render.terminal import Style, beginning, printable_path
from semsearch.insights.duplicates import Copy, DocumentCopy, Duplicates, Group


def duplicates_text(found: Duplicates, width: int, style: Style) -> str:
    """Groups of documents, then groups of passages with the beginning of their text."""
    passages = sum(len(group.copies) for group in found.passages)
    documents = sum(map(len, found.documents))
    parts = [
        f"{_counted(len(found.passages), 'group')} of {passages:,} passages that are alike,"
        f" {_counted(len(found.documents), 'group')} of {documents:,} documents",
    ]
    parts += ("\n".join(_document_lines(group)) for group in found.documents)
    parts += ("\n".join(_group_lines(group, width, style)) for group in found.passages)
    return "\n\n".join(parts)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _document_lines(group: tuple[DocumentCopy, ...]) -> list[str]:
    return [f"{len(group)} documents", *map(_document_line, group)]


def _document_line(document: DocumentCopy) -> str:
    return (
        f"{document.share:>6.0%} of {printable_path(document.path)} is in"
        f" {printable_path(document.other)}"
    )


def _group_lines(group: Group, width: int, style: Style) -> list[str]:
    copies = (_copy_line(copy, style) for copy in group.copies)
    return [f"{len(group.copies)} passages", *copies, style.dim(beginning(group.text, width))]


def _copy_line(copy: Copy, style: Style) -> str:
    how = "same" if copy.is_same else f"{copy.similarity:.3f}"
    return f"{how:>6} {style.path(citation(copy.location))}"
