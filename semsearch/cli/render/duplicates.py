"""Duplicate passages and documents as text."""

from semsearch.cli.render.terminal import Style, beginning
from semsearch.documents.text.printable import printable_path
from semsearch.insights.duplicates import Copy, DocumentCopy, Duplicates, Group
from semsearch.query.citation_text import citation
from semsearch.settings.amounts import counted


def duplicates_text(found: Duplicates, width: int, style: Style) -> str:
    """Groups of documents, then groups of passages with the beginning of their text."""
    passages = sum(len(group.copies) for group in found.passages)
    documents = sum(map(len, found.documents))
    parts = [
        f"{counted(len(found.passages), 'group')} of {counted(passages, 'passage')} that are alike,"
        f" {counted(len(found.documents), 'group')} of {counted(documents, 'document')}",
    ]
    parts += ("\n".join(_document_lines(group)) for group in found.documents)
    parts += ("\n".join(_group_lines(group, width, style)) for group in found.passages)
    return "\n\n".join(parts)


def _document_lines(group: tuple[DocumentCopy, ...]) -> list[str]:
    return [f"{counted(len(group), 'document')}", *map(_document_line, group)]


def _document_line(document: DocumentCopy) -> str:
    return (
        f"{document.share:>6.0%} of {printable_path(document.path)} is in"
        f" {printable_path(document.other)}"
    )


def _group_lines(group: Group, width: int, style: Style) -> list[str]:
    copies = (_copy_line(copy, style) for copy in group.copies)
    return [
        f"{counted(len(group.copies), 'passage')}",
        *copies,
        style.dim(beginning(group.text, width)),
    ]


def _copy_line(copy: Copy, style: Style) -> str:
    how = "same" if copy.is_same else f"{copy.similarity:.3f}"
    return f"{how:>6} {style.path(citation(copy.location))}"
