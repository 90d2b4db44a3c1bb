"""What an index run did and what an index holds, as text for a person and as JSON for a program."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from semsearch.cli.render.plans import needs_record, usd_text
from semsearch.cli.render.terminal import printable_line, printable_path
from semsearch.documents.coverage import Coverage, LeftOut
from semsearch.embedders.api.prices import CURRENCY

if TYPE_CHECKING:  # else a status would wait for all that indexes
    from semsearch.embedders.api.budget import Spent
    from semsearch.indexer.report import IndexReport
    from semsearch.store.maintenance.status import Missing, Status

_ENCODINGS: Final = 5  # files that are named
_SHOWN: Final = 10  # files that are named; `semsearch status` names all


def report_text(report: "IndexReport") -> str:
    """What an index run did, and what it left out."""
    state = "new generation" if report.is_new_generation else "nothing changed, still generation"
    files = f"{report.added} added, {report.changed} changed, {report.removed} removed"
    counted = [
        f"{printable_path(str(report.corpus))}: {files}, {report.unchanged} unchanged",
        f"passages: {report.passages} ({report.embedded} embedded by"
        f" {printable_line(report.embedder)},"
        f" {report.reused} reused), {report.tokens} tokens, {report.seconds:.1f} s",
        f"index: {printable_path(str(report.index))}, {state} {report.generation}",
        *_spent_lines(report),
    ]
    return "\n".join([*counted, *left_out_lines(report.left_out, _SHOWN)])


def report_line(report: "IndexReport") -> str:
    """The same in a line, of one of many runs."""
    return (
        f"{report.added} added, {report.changed} changed, {report.removed} removed,"
        f" {report.embedded} passages embedded, {report.seconds:.1f} s, generation"
        f" {report.generation}"
    )


def _spent_lines(report: "IndexReport") -> Iterator[str]:
    """What was sent to a server, beside what was planned."""
    spent, plan = report.spent, report.plan
    if spent is None or not (spent.requests or spent.batch_texts):
        return
    needs = plan.needs
    price = "price not known" if report.cost is None else usd_text(report.cost)
    planned = "" if plan.cost is None else f", {usd_text(plan.cost)}"
    yield (
        f"sent to {printable_line(str(plan.host))}: {spent.texts:,} texts, {spent.tokens:,} tokens,"
        f" {spent.requests:,} requests ({spent.retries:,} of them again), {price};"
        f" planned: {needs.texts:,} texts, {needs.tokens:,} tokens, {needs.requests:,}"
        f" requests{planned}"
    )
    if spent.batch_texts:
        yield (
            f"come back from batch jobs: {spent.batch_texts:,} texts, {spent.batch_tokens:,} tokens"
        )
    if spent.lost_tokens:
        yield (
            f"perhaps billed beside that, for answers that were lost: up to"
            f" {spent.lost_tokens:,} tokens"
        )


def status_text(status: "Status") -> str:
    """An index at a glance, with every file that cannot be found and why."""
    rows = [
        ("index", printable_path(str(status.index))),
        ("folder", printable_path(str(status.corpus))),
        ("generation", f"{status.generation}, made {status.created:%Y-%m-%d %H:%M} UTC"),
        (
            "embedder",
            f"{printable_line(status.embedder)} ({status.dimension or 'no'} dimensions)",
        ),
        *((("recall", f"{status.recall:.3f} of the ten nearest"),) if status.recall else ()),
        ("documents", str(status.documents)),
        ("passages", str(status.passages)),
        ("size", f"{status.bytes_on_disk / 1e6:.1f} MB"),
        *((("encodings", _encodings_text(status)),) if status.encodings else ()),
        *((("settings", _settings_text(status)),) if _settings_text(status) else ()),
        ("folder now", _changes_text(status)),
    ]
    lines = [f"{name:<11}{value}" for name, value in rows]
    return "\n".join([*lines, *left_out_lines(status.left_out, len(status.left_out))])


def missing_text(found: "Missing") -> str:
    """Each file that cannot be found as it is: since when, why, and what can be done about it."""
    lines = [f"{found.coverage:.1%} of all pages and files can be found"]
    for item in found.left_out:
        in_part = " in part" if item.coverage is Coverage.INDEXED else ""
        since = f"{item.since:%Y-%m-%d %H:%M} " if item.since else ""
        hint = f"; {item.hint}" if item.hint else ""
        lines.append(
            f"{since}{item.coverage.value}{in_part}: {printable_path(item.path)}:"
            f" {printable_line(item.reason)}{hint}"
        )
    return "\n".join(lines)


def missing_record(found: "Missing") -> dict[str, Any]:
    """Each file that cannot be found as it is."""
    return {
        "index": str(found.index),
        "coverage": round(found.coverage, 4),
        "missing": _left_out_records(found.left_out),
    }


def report_record(report: "IndexReport") -> dict[str, Any]:
    """What an index run did."""
    return {
        "index": str(report.index),
        "corpus": str(report.corpus),
        "embedder": report.embedder,
        "generation": report.generation,
        "new_generation": report.is_new_generation,
        "files": {
            "added": report.added,
            "changed": report.changed,
            "removed": report.removed,
            "unchanged": report.unchanged,
        },
        "passages": report.passages,
        "embedded": report.embedded,
        "reused": report.reused,
        "tokens": report.tokens,
        "currency": CURRENCY,
        "cost": None if report.cost is None else round(report.cost, 8),
        "sent": _spent_record(report.spent),
        "planned": needs_record(report.plan),
        "seconds": round(report.seconds, 3),
        "coverage": round(report.coverage, 4),
        "left_out": _left_out_records(report.left_out),
        "notices": report.notices,
    }


def _spent_record(spent: "Spent | None") -> dict[str, int] | None:
    if spent is None:
        return None
    return {
        "requests": spent.requests,
        "retries": spent.retries,
        "texts": spent.texts,
        "tokens": spent.tokens,
        "lost_tokens": spent.lost_tokens,
        "submitted_tokens": spent.submitted_tokens,
        "batch_texts": spent.batch_texts,
        "batch_tokens": spent.batch_tokens,
    }


def status_record(status: "Status") -> dict[str, Any]:
    """An index at a glance."""
    changes = status.changes
    return {
        "index": str(status.index),
        "corpus": str(status.corpus),
        "generation": status.generation,
        "created": status.created.isoformat(),
        "embedder": status.embedder,
        "dimension": status.dimension,
        "recall": None if status.recall is None else round(status.recall, 4),
        "documents": status.documents,
        "passages": status.passages,
        "bytes": status.bytes_on_disk,
        "encodings": status.encodings,
        "settings": None
        if status.own_settings is None
        else {
            "embedder": status.own_settings.embedder,
            **status.own_settings.values(status.own_settings.embedder),
        },
        "left_out": _left_out_records(status.left_out),
        "changed_since": None
        if changes is None
        else {"added": changes.added, "changed": changes.changed, "removed": changes.removed},
    }


def _settings_text(status: "Status") -> str:
    """What the index was set to, and whether that counts."""
    own = status.own_settings
    if own is None:
        return printable_line(status.settings_damage or "")
    other = f"for {own.embedder} only; " if own.embedder != status.embedder else ""
    return printable_line(f"{own} ({other}semsearch evaluate --reset takes it back)")


def _encodings_text(status: "Status") -> str:
    """The documents that are not in UTF-8, as a wrong guess is seen nowhere else."""
    named = [
        f"{printable_path(path)} {printable_line(encoding)}"
        for path, encoding in list(status.encodings.items())[:_ENCODINGS]
    ]
    more = len(status.encodings) - len(named)
    return ", ".join(named) + (f", … and {more} more that are not in UTF-8" if more else "")


def _changes_text(status: "Status") -> str:
    changes = status.changes
    if changes is None:
        return "not there"
    if not changes:
        return "unchanged since"
    return (
        f"{changes.added} added, {changes.changed} changed, {changes.removed} removed since;"
        " run: semsearch index"
    )


def left_out_lines(left_out: Sequence[LeftOut], most: int) -> Iterator[str]:
    """A line for each file that could not be read, and for all skipped that want the same extra."""
    named = [item for item in left_out if item.coverage is not Coverage.SKIPPED]
    for item in named[:most]:
        path, reason = printable_path(item.path), printable_line(item.reason)
        in_part = " in part" if item.coverage is Coverage.INDEXED else ""
        yield f"{item.coverage.value}{in_part}: {path}: {reason}"
    if len(named) > most:
        yield f"… and {len(named) - most} more; semsearch status names them all"
    skipped = [item for item in left_out if item.coverage is Coverage.SKIPPED]
    for extra, items in _by_extra(skipped).items():
        install = f"need an extra: pip install 'semsearch[{extra}]'"
        what = install if extra else "are of types that are not read"
        yield f"skipped: {_endings(items)} {what}"


def _by_extra(skipped: Iterable[LeftOut]) -> dict[str, list[LeftOut]]:
    """Group files by the extra that reads them; files that no extra reads come last, under ""."""
    found: dict[str, list[LeftOut]] = {}
    for item in skipped:
        found.setdefault(item.why.code.extra or "", []).append(item)
    return dict(sorted(found.items(), reverse=True))


def _endings(items: Iterable[LeftOut]) -> str:
    """How many files of each type, the most first."""
    types = Counter(Path(item.path).suffix or "no ending" for item in items)
    return ", ".join(f"{count} {printable_path(ending)}" for ending, count in types.most_common())


def _left_out_records(left_out: Iterable[LeftOut]) -> list[dict[str, Any]]:
    return [
        {
            "path": item.path,
            "coverage": item.coverage.value,
            "reason": item.reason,
            "pages": list(item.pages),
            "hint": item.hint,
            "since": None if item.since is None else item.since.isoformat(),
        }
        for item in left_out
    ]
