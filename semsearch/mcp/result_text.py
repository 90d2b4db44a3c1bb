"""Answers, places and indexes as text for a language model, within a budget of characters.

Rows of documents begin with "> ": what a document says is told apart from what the server says.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from semsearch.documents.text.printable import printable, printable_line, printable_path
from semsearch.query.citation import Standing
from semsearch.query.citation_text import citation
from semsearch.query.relevance import in_words
from semsearch.query.source import files_are_elsewhere
from semsearch.settings.amounts import counted

if TYPE_CHECKING:
    from semsearch.documents.passage import Location
    from semsearch.query.federated import Failure, JointAnswer
    from semsearch.query.hits import Answer, Hit
    from semsearch.query.passage_context import Row, Shown
    from semsearch.query.source import Source
    from semsearch.store.maintenance.outline import Outline
    from semsearch.store.maintenance.status import Status

# Characters. Clients warn at 10,000 tokens and cut at 25,000; a token is two characters or more.
SEARCH_BUDGET: Final = 12_000
READ_BUDGET: Final = 20_000
_LEAST_A_PASSAGE: Final = 600
_LONGEST_NOTICE: Final = 300
_NAMED: Final = 20  # files left out that are named


def answer_text(answer: "Answer | JointAnswer") -> str:
    """The passages with their citations, best first, and what there is to know about them."""
    notes = [f"Note: {_short(notice)}" for notice in answer.notices]
    if (told := files_are_elsewhere(answer.sources)) is not None:
        notes.append(f"Note: {_short(told)}; read gives passages as they were published.")
    notes += [f"Note: {f.name} was not asked: {_short(str(f.error))}" for f in _failures(answer)]
    if not answer.hits:
        return "\n".join([_nothing(answer), *notes])
    each = max(_LEAST_A_PASSAGE, SEARCH_BUDGET // len(answer.hits))
    blocks = [_hit_text(hit, each) for hit in answer.hits]
    head = f"{counted(len(answer.hits), 'passage')}, the best first."
    return "\n\n".join([head, *blocks, *notes])


def _failures(answer: "Answer | JointAnswer") -> "Sequence[Failure]":
    return getattr(answer, "failures", ())


def _nothing(answer: "Answer | JointAnswer") -> str:
    told = "No passage of the index is relevant to that."
    if answer.closest is not None:
        place = hit_citation(answer.closest)
        told += f" The closest is {place}, relevance {answer.closest.relevance:.2f}."
    return f"{told} Ask otherwise, with the words that the documents may use."


def _hit_text(hit: "Hit", most: int) -> str:
    cited = hit_citation(hit)
    head = f"{hit.rank}. {cited} (relevance {hit.relevance:.2f}, {in_words(hit.relevance)})"
    if hit.checked is not None:
        head += _standing_text(hit.checked.standing, hit.checked.location)
    trail = " › ".join(printable_line(heading) for heading in hit.location.headings)
    rows = [head, *([_short(trail)] if trail else []), *_quoted(hit.text, most, cited)]
    if hit.copies:
        places = ", ".join(citation(place) for place in hit.copies[:3])
        rows.append(f"Nearly the same text is in {counted(len(hit.copies), 'place')}: {places}")
    return "\n".join(rows)


def hit_citation(hit: "Hit") -> str:
    """The citation of a hit, as ``read`` takes it."""
    cited = citation(hit.location)
    return cited if hit.origin is None else f"{printable_line(hit.origin)}: {cited}"


def _standing_text(standing: Standing, now: "Location") -> str:
    match standing:
        case Standing.MOVED:
            return f" (the text is at {citation(now)} now)"
        case Standing.CHANGED:
            return " (the file has changed since it was indexed)"
        case Standing.GONE:
            return " (the file is gone)"
        case _:
            return ""


def _quoted(text: str, most: int, cited: str) -> Iterator[str]:
    text = printable(text)
    for row in text[:most].split("\n"):
        yield f"> {row}"
    if len(text) > most:
        yield f"(cut after {most:,} of {len(text):,} characters; read {cited} for the rest)"


def shown_text(shown: "Shown", name: str = "") -> str:
    """Rows of a document behind their lines, pages or places, and where to read on."""
    cited = _named(citation(shown.location), name)
    if not shown.rows:
        return f"{cited} {_why_empty(shown)}"
    head = cited
    if shown.standing is Standing.MOVED:
        head += " (the text has moved here since it was indexed)"
    if shown.source is not None:
        head += f" (as published on {shown.source.published:%Y-%m-%d} from {shown.source.place})"
    rows, used = [head], 0
    for at, row in enumerate(shown.rows):
        line = f"{_label(row)}> {printable_line(row.text)}"
        if used + len(line) > READ_BUDGET:
            if not used:  # a single row may be longer than all that is allowed
                rows.append(f"{line[:READ_BUDGET]} (cut: the row has {len(row.text):,} characters)")
                at += 1
            if at < len(shown.rows):
                rows.append(_rest(shown, at, name))
            break
        rows.append(line)
        used += len(line) + 1
    return "\n".join(rows)


def _rest(shown: "Shown", at: int, name: str) -> str:
    """How many rows are left, and what to read for the next of them."""
    row, last = shown.rows[at], shown.rows[-1]
    path = printable_path(shown.location.path)
    if row.line is not None and row.page is None:
        place = f"{path}:{row.line}-{last.line}"
    elif row.place is not None:
        place = f"{path} {printable_line(row.place)}"
    else:
        place = f"{path} p.{row.page}"
    return f"({counted(len(shown.rows) - at, 'row')} left; read {_named(place, name)} to go on)"


def _why_empty(shown: "Shown") -> str:
    match shown.standing:
        case Standing.CHANGED:
            return "does not have this text any more: the file has changed since it was indexed"
        case Standing.GONE:
            return "is gone since it was indexed"
        case _:
            return "has no text"


def _label(row: "Row") -> str:
    if row.line is not None and row.page is None:
        return f"{row.line} "
    if row.place is not None:
        return f"{printable_line(row.place)} "
    return f"p.{row.page} "


def status_text(status: "Status", name: str = "") -> str:
    """What an index holds, how old it is, and what is left out of it."""
    head = f"{printable_line(name)}: " if name else ""
    rows = [
        f"{head}{printable_path(str(status.corpus))}: {counted(status.documents, 'document')},"
        f" {counted(status.passages, 'passage')}, embedded by {printable_line(status.embedder)},"
        f" indexed {status.created:%Y-%m-%d %H:%M %Z}".rstrip(),
        _age(status),
    ]
    if status.completeness is not None:
        rows.append("The first index is not whole yet: some passages are found by words only.")
    if status.left_out:
        rows.append(f"{counted(len(status.left_out), 'file')} cannot be found, or only in part:")
        rows += [
            f"- {printable_path(item.path)}: {_short(str(item.reason))}"
            for item in status.left_out[:_NAMED]
        ]
        if (more := len(status.left_out) - _NAMED) > 0:
            rows.append(f"- and {more} more")
    return "\n".join(rows)


def collection_text(outline: "Outline", sources: "Sequence[Source]", name: str = "") -> str:
    """What a collection holds, of which folders, and since when."""
    head = f"{printable_line(name)}: " if name else ""
    return "\n".join(
        [
            f"{head}a collection of {counted(outline.documents, 'document')},"
            f" {counted(outline.passages, 'passage')}, embedded by"
            f" {printable_line(outline.embedder)}:",
            *(
                f"- {printable_line(one.name)}: {counted(one.documents, 'document')} of"
                f" {printable_line(one.place)}, published {one.published:%Y-%m-%d %H:%M}"
                for one in sources
            ),
        ]
    )


def _age(status: "Status") -> str:
    changes = status.changes
    if changes is None:
        return "The folder itself is not there any more."
    if not changes:
        return "Nothing has changed in the folder since then."
    return (
        f"Since then {changes.added} files were added, {changes.changed} changed and"
        f" {changes.removed} removed; `semsearch index` takes them in."
    )


def _named(cited: str, name: str) -> str:
    return f"{printable_line(name)}: {cited}" if name else cited


def _short(text: str) -> str:
    line = printable_line(text)
    return line if len(line) <= _LONGEST_NOTICE else f"{line[: _LONGEST_NOTICE - 1]}…"
