"""Print answers: as text for a person, as JSON, lines of JSON, CSV or Markdown."""

import csv
import io
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from semsearch.cli.render.hit_lines import LineFormat, lines_text, path_from_here
from semsearch.cli.render.hits import answer_text, hit_citation, paths_text
from semsearch.cli.render.showings import shown_text
from semsearch.cli.render.terminal import Style, say, to_json
from semsearch.documents.text.printable import printable, printable_line, printable_path
from semsearch.insights.csv_cells import cell
from semsearch.query.freshness import FreshnessCheck, SeenChanges
from semsearch.query.hits import Answer, Hit
from semsearch.query.relevance import in_words
from semsearch.query.source import files_are_elsewhere

if TYPE_CHECKING:
    from semsearch.query.federated import Failure, JointAnswer
    from semsearch.query.passage_context import Shown

_COLUMNS: Final = (
    "question", "rank", "relevance", "score", "path", "lines", "pages", "place", "headings", "text",
)  # fmt: skip


class Form(StrEnum):
    """The format in which hits are printed."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    MARKDOWN = "md"
    LINE = "line"


@dataclass
class Printer:
    """Prints answers one after the other; ``close`` ends the output.

    ``is_batch`` if there may be several questions. ``surroundings`` reads the rows of the file
    around a hit, to print them instead of the passage. ``line_format`` is that of ``Form.LINE``.
    """

    form: Form
    width: int
    style: Style
    is_full: bool = False
    explains: bool = False
    files_only: bool = False
    ends_with_nul: bool = False
    is_batch: bool = False
    line_format: LineFormat | None = None
    surroundings: "Callable[[Hit, Answer | JointAnswer], Shown] | None" = None
    _shown: int = 0
    _records: list[dict[str, Any]] = field(default_factory=list)

    def show(self, answer: "Answer | JointAnswer") -> None:
        """Print an answer; a JSON list is printed by ``close``."""
        if self.form is Form.JSON:
            self._json(answer)
        elif self.form is Form.JSONL:
            self._jsonl(answer)
        elif self.form is Form.CSV:
            print(_csv(answer, with_head=self._shown == 0), end="")
        elif self.form is Form.MARKDOWN:
            print(_markdown(answer))
        elif self.line_format is not None:
            if answer.hits:
                print(lines_text(answer, self.line_format))
        elif answer.hits or self.is_batch:
            self._text(answer)
        self._shown += 1

    @property
    def is_for_person(self) -> bool:
        """Whether passages are printed as text."""
        return self.form is Form.TEXT and not self.files_only

    def close(self) -> None:
        """Print the JSON list of several answers."""
        if self.form is Form.JSON and self.is_batch:
            print(to_json(self._records))

    def _json(self, answer: "Answer | JointAnswer") -> None:
        record = answer.to_dict(files_only=self.files_only)
        if self.is_batch:
            self._records.append(record)
        else:
            print(to_json(record))

    def _jsonl(self, answer: "Answer | JointAnswer") -> None:
        """A line for each hit, or each path, with the question that it answers."""
        found = (
            [{"path": path} for path in answer.paths]
            if self.files_only
            else [hit.to_dict() for hit in answer.hits]
        )
        for record in found:
            print(to_json({"query": answer.query, **record}, indent=None))

    def _text(self, answer: "Answer | JointAnswer") -> None:
        if self.files_only:
            if self.ends_with_nul:
                sys.stdout.flush()
                sys.stdout.buffer.writelines(_files_for_xargs(answer))
            elif answer.hits:
                print(paths_text(answer))
            return
        if self.is_batch:
            head = self.style.bold(printable_line(answer.query))
            print(("\n" if self._shown else "") + head)
        if self.surroundings is not None:
            shown = [shown_text(self.surroundings(hit, answer), self.style) for hit in answer.hits]
            print("\n\n".join(shown))
        elif answer.hits:
            print(
                answer_text(
                    answer, self.width, self.style, is_full=self.is_full, explains=self.explains
                )
            )


def _files_for_xargs(answer: "Answer | JointAnswer") -> list[bytes]:
    """The files of an answer as they open from here, each ended by NUL, best first.

    Their bytes are those of the file system: a name need not be valid text. No name begins with a
    dash, which other commands would take for an option.
    """
    files = dict.fromkeys(
        path_from_here(answer.corpus_of(hit), place.path)
        for hit in answer.hits
        for place in (hit.location, *hit.copies)
    )
    return [os.fsencode(f"./{file}" if file.startswith("-") else file) + b"\0" for file in files]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether any answer had hits, and whether any index answered.

    ``failed`` are exit codes of the indexes that could not be searched, by their names.
    """

    found: bool
    was_asked: bool
    failed: Mapping[str, int]


def print_answers(
    answers: Iterable["Answer | JointAnswer"],
    printer: Printer,
    check: FreshnessCheck | None,
    *,
    is_filtered: bool,
    quiet: bool,
) -> Outcome:
    """Print answers as they come; notices, failures and a folder that has changed go to stderr."""
    found = was_asked = is_said = False
    failed: dict[str, int] = {}
    for answer in answers:
        found = found or bool(answer.hits)
        was_asked = was_asked or isinstance(answer, Answer) or bool(answer.answers)
        if not isinstance(answer, Answer):
            say_failures(answer.failures, failed)
        if not quiet:
            for notice in answer.notices:
                say(f"semsearch: {notice}")
        if not (quiet or is_said) and answer.hits and printer.is_for_person:
            is_said = say_elsewhere(answer)
        printer.show(answer)
        if check is not None and check.seen:
            say(f"semsearch: {seen_text(check.seen)}")
        check = None  # said once, and only of changes seen during the first answer
        if not answer.hits and was_asked and not quiet:
            say(f"semsearch: {nothing_found(answer, is_filtered=is_filtered)}")
    printer.close()
    return Outcome(found, was_asked, failed)


def say_elsewhere(answer: "Answer | JointAnswer") -> bool:
    """Say where files of collections are; returns whether there was something to say."""
    told = files_are_elsewhere(answer.sources)
    if told is not None:
        say(f"semsearch: {told}")
    return told is not None


def say_failures(failures: "Iterable[Failure]", failed: dict[str, int]) -> None:
    """Say once for each index why it cannot be searched, and note its exit code."""
    for failure in failures:
        if failure.name not in failed:
            say(f"semsearch: {failure.name}: {failure.error}")
        failed[failure.name] = failure.error.exit_code


def nothing_found(answer: "Answer | JointAnswer", *, is_filtered: bool) -> str:
    """The message when there is no hit; it names the closest miss."""
    if answer.closest is None:
        return "nothing found" + (" among what the filters let through" if is_filtered else "")
    miss = answer.closest
    return (
        f"nothing relevant found; the closest is {hit_citation(miss)} (relevance"
        f" {miss.relevance:.2f}), --min-relevance 0 shows it"
    )


def seen_text(seen: SeenChanges) -> str:
    """The message for a folder that has changed since it was indexed."""
    counts = ((seen.new, "added"), (seen.changed, "changed"), (seen.gone, "removed"))
    told = ", ".join(f"{count} {what}" for count, what in counts if count)
    more = "" if seen.is_all else " or more"
    return (
        f"the folder has changed since it was indexed ({told}{more}); run: semsearch index, or ask"
        " with --refresh"
    )


def _csv(answer: "Answer | JointAnswer", *, with_head: bool) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    is_joint = not isinstance(answer, Answer)
    if with_head:
        of_source = ["source"] if answer.sources and not is_joint else []
        writer.writerow([*_COLUMNS, *(["index"] if is_joint else of_source)])
    for hit in answer.hits:
        place = hit.location
        writer.writerow(
            [
                cell(printable_line(answer.query)),
                hit.rank,
                f"{hit.relevance:.4f}",
                f"{hit.score:.6f}",
                cell(printable_path(place.path)),
                _span(place.lines),
                _span(place.pages),
                cell(printable_line(place.place or "")),
                cell(" > ".join(map(printable_line, place.headings))),
                cell(printable(hit.text)),
                *([cell(printable_line(hit.origin or ""))] if is_joint else []),
                *([cell(printable_line(hit.source.name))] if hit.source and not is_joint else []),
            ]
        )
    return written.getvalue()


def _span(bounds: tuple[int, int] | None) -> str:
    return "" if bounds is None else f"{bounds[0]}-{bounds[1]}"


def _markdown(answer: "Answer | JointAnswer") -> str:
    """The question as a heading, then each hit: its citation, and its text in a fence."""
    parts = [f"## {_escaped(printable_line(answer.query))}"]
    for hit in answer.hits:
        trail = " › ".join(printable_line(heading) for heading in hit.location.headings)
        about = f"{in_words(hit.relevance)}, {hit.relevance:.2f}" + (f"; {trail}" if trail else "")
        text = printable(hit.text)
        fence = "```"
        while fence in text:
            fence += "`"
        parts.append(f"{hit.rank}. **{_escaped(hit_citation(hit))}** ({_escaped(about)})")
        parts.append(f"{fence}text\n{text}\n{fence}")
    return "\n\n".join(parts) + "\n"


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>()#+!|" else letter for letter in text)
