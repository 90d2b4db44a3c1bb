"""The report of an index run, and the status of an index, as text."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from semsearch.documents.coverage import Coverage, LeftOut, is_empty, is_generated, page_list
from semsearch.documents.formats import is_image, suffix_of
from semsearch.documents.reason import ReasonCode
from semsearch.documents.text.printable import printable_line, printable_path
from semsearch.settings.amounts import counted, usd_text

if TYPE_CHECKING:  # else a status would wait for all that indexes
    from semsearch.indexer.report import IndexReport
    from semsearch.store.maintenance.status import Missing, Status

_FILES: Final = 5  # files that are named
_KINDS: Final = 3  # kinds of generated files that are named
_SOURCE_OF: Final = re.compile("the source of .*(?=, copied)")
_TYPES: Final = 3  # of skipped files that are named; `semsearch missing` names all
_SHOWN: Final = 10  # files that are named; `semsearch status` names all


def report_text(report: "IndexReport") -> str:
    """The counts of an index run, and the files it left out."""
    state = "new generation" if report.is_new_generation else "nothing changed, still generation"
    if report.is_new_generation and not (report.added or report.changed or report.removed):
        state = "no document that can be found was added, changed or removed; new generation"
    files = f"{report.added} added, {report.changed} changed, {report.removed} removed"
    lines = [
        f"{printable_path(str(report.corpus))}{_shard_text(report.shard)}: {files},"
        f" {report.unchanged} unchanged",
        f"passages: {report.passages} ({report.embedded} embedded by"
        f" {printable_line(report.embedder)},"
        f"{f' {report.shared} shared,' if report.shared else ''}"
        f" {report.reused} reused), {counted(report.tokens, 'token')}, {report.seconds:.1f} s",
        f"index: {printable_path(str(report.index))}, {state} {report.generation}",
        *_spent_lines(report),
    ]
    return "\n".join([*lines, *left_out_lines(report.left_out, _SHOWN)])


def report_line(report: "IndexReport") -> str:
    """The counts of an index run in a line, for a watch with many runs."""
    return (
        f"{report.added} added, {report.changed} changed, {report.removed} removed,"
        f" {counted(report.embedded, 'passage')} embedded, {report.seconds:.1f} s, generation"
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
        f"sent to {printable_line(str(plan.host))}: {counted(spent.texts, 'text')},"
        f" {counted(spent.tokens, 'token')},"
        f" {counted(spent.requests, 'request')} ({spent.retries:,} of them again), {price};"
        f" planned: {counted(needs.texts, 'text')}, {counted(needs.tokens, 'token')},"
        f" {needs.requests:,}"
        f" requests{planned}"
    )
    if spent.batch_texts:
        yield (
            f"come back from batch jobs: {counted(spent.batch_texts, 'text')},"
            f" {counted(spent.batch_tokens, 'token')}"
        )
    if spent.lost_tokens:
        yield (
            f"perhaps billed beside that, for answers that were lost: up to"
            f" {counted(spent.lost_tokens, 'token')}"
        )


def status_text(status: "Status") -> str:
    """An index at a glance, with every file that cannot be found and why."""
    rows = [
        ("index", printable_path(str(status.index))),
        ("folder", printable_path(str(status.corpus)) + _shard_text(status.shard)),
        ("generation", f"{status.generation}, made {status.created:%Y-%m-%d %H:%M} UTC"),
        (
            "embedder",
            f"{printable_line(status.embedder)} ({status.dimension or 'no'} dimensions)",
        ),
        *((("recall", f"{status.recall:.3f} of the ten nearest"),) if status.recall else ()),
        ("documents", str(status.documents)),
        ("passages", str(status.passages)),
        *((("vectors", str(status.completeness)),) if status.completeness else ()),
        ("size", f"{status.bytes_on_disk / 1e6:.1f} MB"),
        *((("encodings", _encodings_text(status)),) if status.encodings else ()),
        *((("readers", _readers_text(status)),) if status.page_readers else ()),
        *((("settings", _settings_text(status)),) if _settings_text(status) else ()),
        ("folder now", _changes_text(status)),
    ]
    lines = [f"{name:<11}{value}" for name, value in rows]
    return "\n".join([*lines, *left_out_lines(status.left_out, len(status.left_out))])


def missing_text(found: "Missing") -> str:
    """Each file that queries cannot find: since when, why, and a hint."""
    lines = [
        f"{found.coverage:.1%} of what semsearch reads can be found (each page of a document with"
        " pages counts, any other document counts as one)"
    ]
    for item in found.left_out:
        in_part = " in part" if item.coverage is Coverage.INDEXED else ""
        since = f"{item.since:%Y-%m-%d %H:%M} " if item.since else ""
        hint = f"; {item.hint}" if item.hint else ""
        pages = "" if item.coverage is Coverage.INDEXED else _pages_text(item)
        lines.append(
            f"{since}{item.coverage.value}{in_part}: {printable_path(item.path)}{pages}:"
            f" {printable_line(item.reason)}{hint}"
        )
    if found.skipped:
        lines += skipped_lines(found.skipped, len(found.skipped))
        share = len(found.skipped) / found.files
        lines.append(
            f"skipped files are {share:.1%} of {counted(found.files, 'file')}; they do not count"
            " above"
        )
    return "\n".join(lines)


def _pages_text(item: LeftOut) -> str:
    return f" ({counted(item.page_count, 'page')})" if item.page_count else ""


def _settings_text(status: "Status") -> str:
    """The settings stored in the index, and whether they are in use."""
    own = status.own_settings
    if own is None:
        return printable_line(status.settings_damage or "")
    other = f"for {own.embedder} only; " if own.embedder != status.embedder else ""
    return printable_line(f"{own} ({other}semsearch evaluate --reset takes it back)")


def _encodings_text(status: "Status") -> str:
    """The documents that are not in UTF-8: a wrong guess of an encoding shows nowhere else."""
    return _first_of(status.encodings, "{} more that are not in UTF-8")


def _readers_text(status: "Status") -> str:
    """The pages that a second reader has read, as the first read them badly."""
    pages = {
        path: f"{page_list(reader.pages)} by {reader.name}"
        for path, reader in status.page_readers.items()
    }
    return _first_of(pages, "pages of {} more")


def _first_of(files: Mapping[str, str], rest: str) -> str:
    """The first files with what is told of each; ``rest`` has a place for the others' number."""
    first = islice(files.items(), _FILES)
    named = [f"{printable_path(path)} {printable_line(told)}" for path, told in first]
    more = len(files) - len(named)
    return ", ".join(named) + (f", … and {rest.format(more)}" if more else "")


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
        is_in_part = item.coverage is Coverage.INDEXED
        what = " in part" if is_in_part else ""
        pages = "" if is_in_part else _pages_text(item)
        yield f"{item.coverage.value}{what}: {path}{pages}: {reason}"
    if len(named) > most:
        yield f"… and {len(named) - most} more; semsearch status names them all"
    if generated := Counter(item.reason for item in told if is_generated(item.why)):
        yield from _generated_lines(generated)
    yield from skipped_lines(
        (i for i in told if i.coverage is Coverage.SKIPPED and not is_generated(i.why)), _TYPES
    )


def _generated_lines(generated: Counter[str]) -> Iterator[str]:
    """How many files a program has made of others, with the most frequent kinds."""
    kinds = Counter[str]()
    for reason, count in generated.items():
        kinds[_SOURCE_OF.sub("sources", reason.removeprefix("it is "))] += count
    named = [f"{count} {printable_line(kind)}" for kind, count in kinds.most_common(_KINDS)]
    more = kinds.total() - sum(count for _, count in kinds.most_common(_KINDS))
    kinds_text = ", ".join([*named, *([f"{more} of other kinds"] if more else [])])
    total = kinds.total()
    files, them = (
        ("1 file, made of others, is", "it")
        if total == 1
        else (f"{total} files, made of others, are", "them")
    )
    yield f"generated: {files} left out: {kinds_text}; --generated reads {them}"


def skipped_lines(skipped: Iterable[LeftOut], most: int) -> Iterator[str]:
    """A line for the skipped files of each reason, with at most ``most`` types, most files first.

    What an extra or a program would read comes first.
    """
    groups: dict[str, list[LeftOut]] = {}
    for item in skipped:
        groups.setdefault(_why_skipped(item), []).append(item)
    for why, items in sorted(groups.items(), key=lambda group: group[1][0].why.code.needed is None):
        yield f"skipped: {_endings(items, most)}: {why}"


def _why_skipped(item: LeftOut) -> str:
    if item.why.code.needed is not None:
        return f"need {item.why.code.needed}"
    is_secret = item.why.code is ReasonCode.SECRET_NAME
    if is_secret:
        return "named like files that hold secrets"
    return "read with --ocr" if is_image(item.path) else "not a document type"


def _endings(items: Iterable[LeftOut], most: int) -> str:
    """How many files of each type, the most first; the rest as a number of types."""
    types = Counter(suffix_of(item.path).lower() or "without ending" for item in items)
    named = [f"{count:,} {printable_path(ending)}" for ending, count in types.most_common(most)]
    more = len(types) - len(named)
    return ", ".join(named) + (f" and {counted(more, 'more type')}" if more else "")


def _shard_text(shard: str | None) -> str:
    return "" if shard is None else f" (shard {shard})"
