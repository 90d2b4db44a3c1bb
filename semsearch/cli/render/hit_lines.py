"""A line for each hit in a format of the user's, for editors, fzf and scripts."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Final

from semsearch.cli.render.hits import corpus_of, hit_citation
from semsearch.documents.text.printable import printable_line, printable_path
from semsearch.errors import SettingsError
from semsearch.query.hits import Hit

if TYPE_CHECKING:
    from semsearch.query.federated import JointAnswer
    from semsearch.query.hits import Answer

# As `grep -Hn --column` and `rg --vimgrep` print it: the 'grepformat' %f:%l:%c:%m of editors.
VIMGREP: Final = "{file}:{line}:{column}:{text}"

_SPEC: Final = re.compile(r"[<>^]?[+0]?[0-9]{0,3}(?:\.[0-9]{1,4})?[a-zA-Z%]?")
_HOW_TO_FORMAT: Final = (
    "give an alignment, a width, digits (of a text: characters, up to 9999) and a letter, as in >8,"
    " .2f or .400s"
)
_TOO_MANY_DIGITS: Final = re.compile(r"\.[0-9]{3}")  # more than a number may have

_Value = Callable[[Hit, Path], str | int | float]


@dataclass(frozen=True, slots=True)
class LineFormat:
    """A template such as ``{path}:{line}: {text}``, checked."""

    template: str

    @classmethod
    def of(cls, template: str) -> "LineFormat":
        r"""Check a template; ``\t`` and ``\n`` in it are a tab and a new line.

        Raises ``SettingsError`` for a field that there is not, and for a format that does not fit.
        """
        template = template.replace("\\t", "\t").replace("\\n", "\n")
        try:
            parts = list(Formatter().parse(template))
        except ValueError as error:
            raise SettingsError(f"the format {template!r} cannot be read: {error}") from error
        for _, name, spec, conversion in parts:
            if name is None:
                continue
            if name not in _FIELDS or conversion is not None:
                field = f"{{{name}{'' if conversion is None else f'!{conversion}'}}}"
                raise SettingsError(
                    f"there is no {field} in a format; there are {', '.join(_FIELDS)}; a brace is"
                    " {{ or }}"
                )
            _check_spec(name, spec or "")
        return cls(template)

    def line(self, hit: Hit, corpus: Path) -> str:
        """The line for a hit, whose folder is ``corpus``."""
        wanted = {name for _, name, _, _ in Formatter().parse(self.template) if name}
        return self.template.format_map({name: _FIELDS[name](hit, corpus) for name in wanted})


def lines_text(answer: "Answer | JointAnswer", form: LineFormat) -> str:
    """A line for each hit, best first."""
    return "\n".join(form.line(hit, corpus_of(answer, hit)) for hit in answer.hits)


def _check_spec(name: str, spec: str) -> None:
    """Raise ``SettingsError`` for a format of a field that does not fit, or is wide."""
    sample = 0.5 if name in ("relevance", "score") else 1 if name in _NUMBERS else ""
    try:
        is_number = not isinstance(sample, str)
        if not _SPEC.fullmatch(spec) or (is_number and _TOO_MANY_DIGITS.search(spec)):
            raise ValueError(_HOW_TO_FORMAT)
        format(sample, spec)
    except ValueError as error:
        raise SettingsError(f"{{{name}}} cannot be printed as {spec!r}: {error}") from error


def path_from_here(corpus: Path, path: str) -> str:
    """A document's file as it opens from here: below the current directory relative to it."""
    file = (corpus / path).absolute()
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


def _file(hit: Hit, corpus: Path) -> str:
    return printable_path(path_from_here(corpus, hit.location.path))


def _row_of_sentence(hit: Hit) -> tuple[int, int, str]:
    """Line, column and row of the best sentence; the first row where nothing is marked."""
    start = 0 if hit.marked is None else hit.marked[0]
    row_start = hit.text.rfind("\n", 0, start) + 1
    row = hit.text[row_start:].partition("\n")[0]
    lines = hit.location.lines
    rows = hit.text.count("\n", 0, row_start)
    is_whole = lines is not None and hit.text.count("\n") == lines[1] - lines[0]
    line = 1 if lines is None else lines[0] + (rows if is_whole else 0)
    column = start - row_start + 1 if hit.marked is not None and (is_whole or not lines) else 1
    # Editors count bytes: https://vimhelp.org/quickfix.txt.html, %c
    return line, len(row[: column - 1].encode("utf-8", "replace")) + 1, row


def _text(hit: Hit, _corpus: Path) -> str:
    """The row of the best sentence; of a document without lines behind its place."""
    row = printable_line(_row_of_sentence(hit)[2]).strip()
    location = hit.location
    if location.lines is None and location.pages is not None:
        return f"p.{location.pages[0]}: {row}"
    return row if location.place is None else f"{printable_line(location.place)}: {row}"


_FIELDS: Final[Mapping[str, _Value]] = {
    "path": lambda hit, _: printable_path(hit.location.path),
    "file": _file,
    "line": lambda hit, _: _row_of_sentence(hit)[0],
    "column": lambda hit, _: _row_of_sentence(hit)[1],
    "last_line": lambda hit, _: hit.location.lines[1] if hit.location.lines else 1,
    "page": lambda hit, _: hit.location.pages[0] if hit.location.pages else 1,
    "citation": lambda hit, _: hit_citation(hit),
    "headings": lambda hit, _: " > ".join(map(printable_line, hit.location.headings)),
    "text": _text,
    "passage": lambda hit, _: printable_line(" ".join(hit.text.split())),
    "rank": lambda hit, _: hit.rank,
    "relevance": lambda hit, _: hit.relevance,
    "score": lambda hit, _: hit.score,
    "digest": lambda hit, _: hit.digest,
}
_NUMBERS: Final = frozenset({"line", "column", "last_line", "page", "rank"})
