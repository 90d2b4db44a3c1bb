"""Damages found by verify and repair as text."""

from collections.abc import Iterator, Sequence
from typing import Final

from semsearch.documents.text.printable import printable_line, printable_path
from semsearch.settings.amounts import counted, usd_text
from semsearch.store.maintenance.repair import RepairReport
from semsearch.store.maintenance.verify import Verification

_SHOWN: Final = 20  # damages that are named; --json names all


def verification_text(found: Verification) -> str:
    """A line that the index is whole, or the damages."""
    read = "every row and file" if found.is_full else "the newest generation"
    size, seconds = f"{found.bytes_on_disk / 1e6:.1f} MB", f"{found.seconds:.1f} s"
    index = printable_path(str(found.index))
    if not found.damages:
        lines = [f"{index}: {read} as it was written ({size}, {seconds})"]
        return "\n".join([*lines, *(f"removed: {printable_path(name)}" for name in found.removed)])
    count = len(found.damages)
    lines = [f"{index}: {count} damage{'s' if count > 1 else ''} found; run: semsearch repair"]
    return "\n".join([*lines, *_named(found.damages)])


def repair_text(report: RepairReport) -> str:
    """The damages that were removed, and the work left for the next index run."""
    index = printable_path(str(report.index))
    if not report.found:
        return f"{index}: nothing is damaged"
    lines = [f"{index}: {_state(report)}", *_named(report.found)]
    if report.documents_left_out or report.texts_to_embed:
        lines.append(
            "left out until the next semsearch index:"
            f" {counted(report.documents_left_out, 'document')};"
            f" it will embed {counted(report.texts_to_embed, 'text')} again (about"
            f" {counted(report.tokens_to_embed, 'token')}{_price(report)})"
        )
    return "\n".join(lines)


def _price(report: RepairReport) -> str:
    if report.embedder is None or report.cost == 0:
        return ""
    return ", price not known" if report.cost is None else f", {usd_text(report.cost)}"


def _state(report: RepairReport) -> str:
    if report.generation is None:
        return "no generation could be kept, but for its vectors; run: semsearch index FOLDER"
    return f"generation {report.generation} is whole"


def _named(damages: Sequence[str]) -> Iterator[str]:
    yield from (f"damaged: {printable_line(damage)}" for damage in damages[:_SHOWN])
    if len(damages) > _SHOWN:
        yield f"… and {len(damages) - _SHOWN} more; --json names them all"
