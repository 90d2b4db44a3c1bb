"""The report of an index run, and the status of an index, as text."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from semsearch.cli.render.money import usd_text
from semsearch.cli.render.terminal import printable_line, printable_path
from semsearch.documents.coverage import Coverage, LeftOut, is_empty, is_generated

if TYPE_CHECKING:  # else a status would wait for all that indexes
    from semsearch.indexer.report import IndexReport
    from semsearch.store.maintenance.status import Missing, Status

_ENCODINGS: Final = 5  # files that are named
_KINDS: Final = 3  # kinds of generated files that are named
_SOURCE_OF: Final = re.compile("the source of .*(?=, copied)")
_SHOWN: Final = 10  # files that are named; `semsearch status` names all


def report_text(report: "IndexReport") -> str:
    """The counts of an index run, and the files it left out."""
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
    """The counts of an index run in a line, for a watch with many runs."""
    return (
        f"{report.added} added, {report.changed} changed, {report.removed} removed,"
        f" {report.embedded} passages embedded, {report.seconds:.1f} s, generation"
        f" {report.generation}"
    )


def _spent_lines(report: "IndexReport") -> Iterator[str]:
    """Texts, tokens and price sent to a server, beside the plan."""
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
    """Each file that queries cannot find: since when, why, and a hint."""
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


def _settings_text(status: "Status") -> str:
    """The settings stored in the index, and whether they are in use."""
    own = status.own_settings
    if own is None:
        return printable_line(status.settings_damage or "")
    other = f"for {own.embedder} only; " if own.embedder != status.embedder else ""
    return printable_line(f"{own} ({other}semsearch evaluate --reset takes it back)")


def _encodings_text(status: "Status") -> str:
    """The documents that are not in UTF-8: a wrong guess of an encoding shows nowhere else."""
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
    told = [item for item in left_out if not is_empty(item.why)]
    named = [item for item in told if item.coverage is not Coverage.SKIPPED]
    for item in named[:most]:
        path, reason = printable_path(item.path), printable_line(item.reason)
        in_part = " in part" if item.coverage is Coverage.INDEXED else ""
        yield f"{item.coverage.value}{in_part}: {path}: {reason}"
    if len(named) > most:
        yield f"… and {len(named) - most} more; semsearch status names them all"
    if generated := Counter(item.reason for item in told if is_generated(item.why)):
        yield from _generated_lines(generated)
    skipped = [
        item for item in told if item.coverage is Coverage.SKIPPED and not is_generated(item.why)
    ]
    for extra, items in _by_extra(skipped).items():
        install = f"need an extra: pip install 'semsearch[{extra}]'"
        what = install if extra else "are of types that are not read"
        yield f"skipped: {_endings(items)} {what}"


def _generated_lines(generated: Counter[str]) -> Iterator[str]:
    """How many files a program has made of others, with the most frequent kinds."""
    kinds = Counter[str]()
    for reason, count in generated.items():
        kinds[_SOURCE_OF.sub("sources", reason.removeprefix("it is "))] += count
    named = [f"{count} {printable_line(kind)}" for kind, count in kinds.most_common(_KINDS)]
    more = kinds.total() - sum(count for _, count in kinds.most_common(_KINDS))
    kinds_text = ", ".join([*named, *([f"{more} of other kinds"] if more else [])])
    yield (
        f"generated: {kinds.total()} files, made of others, are left out: {kinds_text};"
        " --generated reads them"
    )


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
