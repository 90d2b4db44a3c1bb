r"""Arguments of LaTeX's commands in a source, and macros that a source defines."""

import re
from dataclasses import dataclass
from typing import Final

from semsearch.documents.readers import latex_commands as commands

_BRACKET: Final = re.compile(r"\\.|[{}\[\]()]", re.DOTALL)
_CLOSING: Final = {"[": "]", "(": ")"}
_GAP: Final = re.compile(r"[ \t]*\n?[ \t]*")
_NAME: Final = re.compile(r"\\([A-Za-z@]+|.)", re.DOTALL)
_PARAMETERS: Final = re.compile(r"(?:#[1-9])*(?=\{)")
_PARAMETER: Final = re.compile(r"#([1-9])")
_LONGEST_OPTION: Final = 500  # characters of [an argument]
_LONGEST_PARAMETERS: Final = 200  # characters between the name of a macro and its text
# Of a macro that computes, the text cannot be told without TeX.
_PROGRAM: Final = re.compile(
    r"\\(?:if[a-zA-Z]*|[egx]?def|let|loop|advance|expandafter|csname|global|futurelet|the|relax"
    r"|setcounter|setlength|addtocounter|newcommand|begingroup|catcode|hbox|vbox|@[a-z]+)(?![a-zA-Z])"
)
_DIMENSION: Final = re.compile(
    r"[ \t]*+=?[ \t]*+-?(?:[\d.]+[ \t]*(?:true)?(?:pt|cm|mm|in|em|ex|bp|pc|sp|dd|cc|mu|fill?l?)?"
    r"|\d*\\[A-Za-z]+)(?:[ \t]*(?:plus|minus)[ \t]*-?[\d.]+[ \t]*[a-z]{2,5})*"
)
_ASSIGNED: Final = re.compile(r"[ \t]*+=[ \t]*+-?(?:\d[\d.]*[ \t]*(?:[a-z]{2}\b)?|\\[A-Za-z]+)")
_OVERLAY: Final = re.compile(r"(?<=[a-z])<[-\d,+.|a-z:*]{1,20}>")  # of beamer


class Source:
    """A text whose braces and brackets are matched once; brackets match within their braces."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._ends: dict[int, int] = {}
        braces: list[int] = []
        opened: dict[str, list[int]] = {sign: [] for sign in _CLOSING.values()}
        for found in _BRACKET.finditer(text):
            sign, at = found[0], found.start()
            if sign == "{":
                braces.append(at)
                for places in opened.values():
                    places.append(-1)  # no bracket before the brace matches behind it
            elif sign == "}" and braces:
                self._ends[braces.pop()] = at + 1
                for places in opened.values():
                    while places.pop() >= 0:
                        continue
            elif sign in _CLOSING:
                opened[_CLOSING[sign]].append(at)
            elif (places := opened.get(sign, [])) and places[-1] >= 0:
                self._ends[places.pop()] = at + 1

    def behind_gap(self, at: int) -> int:
        """The place behind blanks, and behind the end of a row."""
        gap = _GAP.match(self.text, at)
        return gap.end() if gap else at

    def group_end(self, at: int) -> int:
        """The end of the argument {in braces} that begins at a place, or of the only sign there."""
        if self.text[at : at + 1] == "{":
            return self._ends.get(at, at + 1)
        name = _NAME.match(self.text, at)
        return name.end() if name else min(at + 1, len(self.text))

    def inner(self, at: int) -> tuple[str, int]:
        """The text of the argument behind a gap, without its braces, and its end."""
        start = self.behind_gap(at)
        end = self.group_end(start)
        text = self.text[start:end]
        return (text[1:-1] if text[:1] == "{" and text[-1:] == "}" else text), end

    def behind(self, at: int, opening: str = "[") -> int:
        """The end of [an argument] or (an argument) behind a gap; the place itself without one."""
        start = self.behind_gap(at)
        end = self._ends.get(start, at) if self.text[start : start + 1] == opening else at
        return end if end - start <= _LONGEST_OPTION else at

    def behind_hidden(self, at: int, form: str) -> int:
        """The place behind the arguments of a form, as ``latex_commands`` has it."""
        for kind in form:
            if kind == "o":
                at = self.behind(at)
            elif kind == "p":
                at = self.behind(at, "(")
            else:
                at = self.group_end(self.behind_gap(at))
        return at


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro: how many arguments it has, the first of them if it may be left out, its text."""

    count: int
    default: str | None
    body: str

    def expanded(self, source: Source, at: int, longest: int) -> tuple[str, int] | None:
        """The text of the macro with its arguments behind a place, in a row, and their end.

        None where the macro or an argument has more than ``longest`` characters.
        """
        if len(self.body) > longest:
            return None
        given: list[str] = []
        if self.default is not None:
            end = source.behind(at)
            given.append(
                source.text[source.behind_gap(at) + 1 : end - 1] if end > at else self.default
            )
            at = end
        while len(given) < self.count:
            if source.group_end(source.behind_gap(at)) > at + longest:
                return None
            text, at = source.inner(at)
            given.append(text)
        return _PARAMETER.sub(
            lambda found: given[int(found[1]) - 1] if int(found[1]) <= len(given) else "", self.body
        ).replace("\n", " "), at


def macro_at(source: Source, command: str, at: int) -> tuple[str, Macro | None, int]:
    r"""Read a definition behind ``\newcommand`` or ``\def``: name, macro if it is text, and end."""
    named, at = source.inner(at)
    count, default = 0, None
    if command == "def":
        parameters = _PARAMETERS.match(source.text, at)
        if parameters is None:
            place = source.text.find("{", at, at + _LONGEST_PARAMETERS)
            return "", None, source.group_end(place) if place >= 0 else at
        count = len(parameters[0]) // 2
        at = parameters.end()
    else:
        end = source.behind(at)
        if end > at:
            told = source.text[source.behind_gap(at) + 1 : end - 1].strip()
            count = int(told) if told in "123456789" and told else 0
            at = end
            end = source.behind(at)
            default = source.text[source.behind_gap(at) + 1 : end - 1] if end > at else None
            at = end
    body, at = source.inner(at)
    name = named.strip().removeprefix("\\")
    return name, None if _PROGRAM.search(body) else Macro(count, default, body), at


def behind_hidden_of(source: Source, name: str, at: int) -> int:
    """Return the place behind the hidden arguments of a command that shows nothing itself."""
    if overlay := _OVERLAY.match(source.text, at):
        at = overlay.end()
    form = commands.HIDDEN_ARGUMENTS.get(name)
    if form is not None:
        return source.behind_hidden(at, form)
    rule = _DIMENSION if name in commands.DIMENSIONED else _ASSIGNED
    if (found := rule.match(source.text, at)) is not None:
        return found.end()
    if name != "item" and source.text[at : at + 1] == "[":
        return source.behind(at)
    return at
