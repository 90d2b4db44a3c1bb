"""The reports of rollback, forget, export and import as text."""

from typing import Final

from semsearch.documents.text.printable import printable_line, printable_path
from semsearch.insights.vector_export import ExportedVectors
from semsearch.settings.amounts import counted
from semsearch.store.maintenance.bundle import Carried
from semsearch.store.maintenance.forget import ForgetReport
from semsearch.store.maintenance.rollback import RollbackReport

_SHOWN: Final = 10  # files that are named; --json names all


def rollback_text(report: RollbackReport) -> str:
    """The restored generation."""
    return (
        f"{printable_path(str(report.index))}: generation {report.generation} is as generation"
        f" {report.restored} was, made {report.created:%Y-%m-%d %H:%M} UTC:"
        f" {counted(report.documents, 'file')}, {counted(report.passages, 'passage')}"
    )


def forget_text(report: ForgetReport) -> str:
    """The forgotten documents."""
    index, count = printable_path(str(report.index)), len(report.forgotten)
    lines = [f"{index}: {count} forgotten, new generation {report.generation}"]
    lines += (f"forgotten: {printable_path(path)}" for path in report.forgotten[:_SHOWN])
    return "\n".join(lines + ([f"… and {count - _SHOWN} more"] if count > _SHOWN else []))


def exported_text(done: Carried) -> str:
    """The exported file and its contents."""
    return f"{printable_path(str(done.file))}: {_what(done)}, {done.bytes / 1e6:.1f} MB"


def imported_text(done: Carried) -> str:
    """The imported index and its folder."""
    index, corpus = printable_path(str(done.index)), printable_path(str(done.corpus))
    return f"{index}: {_what(done)}, now of {corpus}"


def _what(done: Carried) -> str:
    embedder = printable_line(done.embedder)
    return (
        f"generation {done.generation}, {counted(done.passages, 'passage')} embedded by {embedder}"
    )


def vectors_text(done: ExportedVectors) -> str:
    """The files of vectors and passages."""
    files = [str(file) for file in (done.vectors, done.table) if file is not None]
    return (
        f"{' and '.join(map(printable_path, files))}: {counted(done.passages, 'passage')},"
        f" {done.dimension}"
        f" numbers each by {printable_line(done.embedder)}"
    )
