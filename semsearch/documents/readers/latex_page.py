r"""A source of LaTeX as its page shows it: the text of commands, without their names.

Macros of the source are expanded as far as they are text; there is no TeX. Each row keeps its line.
Preambles, references by number and what draws pictures are left out; labels in pictures are text.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection
from typing import Final, NamedTuple

from semsearch.documents.readers import latex_commands as commands
from semsearch.documents.readers.latex_arguments import Macro, Source, behind_hidden_of, macro_at

_TOKEN: Final = re.compile(
    r"\\(?P<name>[A-Za-z@]+)\*?|\\(?P<sign>.)|(?P<brace>[{}])|(?P<mark>\$\$?|\^\^.|[~^_&]|``|''|-{2,3})",
    re.DOTALL,
)
_BLANK_ROW: Final = re.compile(r"\n[ \t]*\n")
_MATH: Final = re.compile(
    r"(?:math|displaymath|equation|eqnarray|align|alignat|aligned|gather|gathered|multline|array|cases"
    r"|split|flalign|[bBpvV]?(?:small)?matrix|dmath)\*?\Z"
)
_BLANKS: Final = re.compile(r"[ \t]*")
_NODE: Final = re.compile(r"\bnode\b(?:\[[^\]]{0,500}\]|\([^)]{0,200}\)|at\b|[ \t\n]){0,9}(?=\{)")
_VERB: Final = re.compile(r"\*?([^A-Za-z\s*{])(.{0,500}?)\1")
_DEFINED: Final = frozenset(
    "newcommand renewcommand providecommand DeclareRobustCommand DeclareMathOperator def".split()
)
_PROGRAMS: Final = frozenset("gdef edef xdef".split())
_LITERAL: Final = frozenset("verb lstinline mintinline url path nolinkurl".split())
_FRACTIONS: Final = frozenset("frac dfrac tfrac cfrac nicefrac".split())
_NOTES: Final = frozenset("footnote footnotetext thanks".split())
_TEXT: Final = re.compile(r"\{[\s{]*(?:[A-Z\d(]|[^\W\d_]{2,}[,.]? +[^\W\d_])[^=#@]*+\Z")
_MARKS: Final = {"~": " ", "``": "“", "''": "”", "--": "–", "---": "—", "&": " | "}
_SPACES: Final = {",": " ", ";": " ", ":": " ", ">": " ", " ": " ", "\n": "\n", "\\": " "}
_SHOWN_SIGNS: Final = "&%$#_{}|"
_NAMED: Final = {"proof": "Proof. "}
_DEEPEST: Final = 8  # macros and fractions within others
_MOST_EXPANDED: Final = 500_000  # characters of the macros that a source uses
_LONGEST: Final = 2_000  # characters of a macro with its arguments
_TITLE_PIECES: Final = 300  # pieces of text of which a title is made
_SHORT_OPTION: Final = 5  # [htbp] says where a float stands; longer ones are names


class Heading(NamedTuple):
    """A heading: its command, its last row, and its title."""

    command: str
    last: int
    title: str


class Environment(NamedTuple):
    """An environment: its name, and its last row."""

    name: str
    last: int


class Page(NamedTuple):
    """What a source shows, row by row; headings and environments by their first rows, from 0.

    ``body`` is the row at which the preamble ends.
    """

    rows: list[str]
    headings: dict[int, Heading]
    environments: dict[int, Environment]
    body: int


def page_of(text: str, levels: Collection[str]) -> Page:
    r"""Return what a source without comments shows; ``levels`` are the commands of headings.

    >>> page_of("\\section{Tea}\nSee \\emph{this}~\\cite{a}: $x_1$", {"section": 1}).rows
    ['Tea', 'See this : x1']
    """
    walker = _Walker(levels, is_shown="\\begin{document}" not in text)
    walker.walk(Source(text), 0, len(text), 0)
    rows = "".join(walker.pieces).split("\n")
    return Page(rows, walker.headings, walker.environments, walker.body)


class _Walker:
    """Goes through a source once; ``pieces`` are what it shows."""

    def __init__(self, levels: Collection[str], *, is_shown: bool) -> None:
        self.pieces: list[str] = []
        self.headings: dict[int, Heading] = {}
        self.environments: dict[int, Environment] = {}
        self.body = 0
        self._levels = levels
        self._is_shown = is_shown  # not so in a preamble
        self._is_math = False
        self._row = 0
        self._closings: list[Callable[[], None] | None] = []  # what the ends of open braces do
        self._opened: list[tuple[str, int]] = []  # environments with their first rows
        self._open_names: Counter[str] = Counter()
        self._macros: dict[str, Macro] = {}
        self._theorems = dict(_NAMED)
        self._expanded = 0
        self._missing: set[str] = set()  # ends of listings that were looked for in vain

    def walk(self, source: Source, at: int, end: int, depth: int) -> int:
        """Show a part of a source; its end, or that of the arguments of its last command."""
        while at < end and (token := _TOKEN.search(source.text, at, end)):
            self._show(source.text[at : token.start()])
            row = self._row
            at = max(token.end(), self._token(source, token, depth))
            left_out = source.text.count("\n", token.start(), at) - (self._row - row)
            self._show("\n" * left_out)
        self._show(source.text[at:end])
        return max(at, end)

    def _show(self, text: str) -> None:
        rows = text.count("\n")
        self._row += rows
        if rows > 1 and self._is_math and _BLANK_ROW.search(text):
            self._is_math = False  # no formula goes on in the next paragraph
        self.pieces.append(text if self._is_shown else "\n" * rows)

    def _pass(self, source: Source, start: int, end: int) -> int:
        """Leave a part of the source out; its rows stay."""
        self._show("\n" * source.text.count("\n", start, end))
        return end

    def _token(self, source: Source, token: re.Match[str], depth: int) -> int:
        """Show what a token stands for; the place behind it and its hidden arguments."""
        end = token.end()
        if token["name"]:
            return self._command(source, token["name"], end, depth)
        if sign := token["sign"]:
            if sign == "\\":
                end = source.behind(end)
            self._is_math = sign in "([" or (self._is_math and sign not in ")]")
            self._show(sign if sign in _SHOWN_SIGNS else _SPACES.get(sign, ""))
        elif token["brace"] == "{":
            self._closings.append(None)
        elif token["brace"]:
            closing = self._closings.pop() if self._closings else None
            if closing is not None:
                closing()
        elif token["mark"][0] == "$":
            self._is_math = not self._is_math
        elif token["mark"] in "_^" and depth < _DEEPEST:
            if self._is_in_formula or depth:
                return self._script(source, end, depth)
            self._show(token["mark"])
        elif token["mark"] == "&" and self._is_in_formula:
            self._show(" ")
        else:
            self._show(_MARKS.get(token["mark"], " " if len(token["mark"]) == 3 else ""))
        return end

    @property
    def _is_in_formula(self) -> bool:
        return self._is_math or any(_MATH.match(name) for name, _ in self._opened[-3:])

    def _script(self, source: Source, at: int, depth: int) -> int:
        """What stands lower or higher, at the sign before it and apart from the next."""
        start = source.behind_gap(at)
        end = source.group_end(start)
        is_group = source.text[start : start + 1] == "{"
        end = max(end, self.walk(source, start + is_group, end - is_group, depth + 1))
        self._show(" " if source.text[end : end + 1].isalnum() else "")
        return end

    def _command(self, source: Source, name: str, at: int, depth: int) -> int:
        if name in ("begin", "end"):
            return self._environment(source, name, at)
        if name in _DEFINED:
            return self._definition(source, name, at)
        if name in _PROGRAMS:
            return macro_at(source, "def", at)[2]
        if name == "newtheorem":
            return self._theorem(source, at)
        if name in _LITERAL:
            return self._literal(source, at)
        if name in self._levels or name in commands.OF_TITLE_PAGE or name in _NOTES:
            return self._titled(source, name, at)
        if name in _FRACTIONS and depth < _DEEPEST:
            return self._fraction(source, at, depth)
        if sign := commands.SIGNS.get(name):
            self._show(sign)
            blanks = _BLANKS.match(source.text, at)
            if len(sign) > 1 and sign.isalpha():
                self._show(" " if source.text[at : at + 1] == "_" else "")
                return at
            return blanks.end() if blanks else at
        if name in self._macros:
            return self._macro(source, self._macros[name], at, depth)
        if not self._is_shown and name not in commands.OF_PREAMBLE:
            return self._of_preamble(source, name, at)
        return behind_hidden_of(source, name, at)

    def _macro(self, source: Source, macro: Macro, at: int, depth: int) -> int:
        """The text of a macro; of one that is too long or too deep the arguments are text."""
        if depth >= _DEEPEST or self._expanded > _MOST_EXPANDED:
            return at
        expanded = macro.expanded(source, at, _LONGEST)
        if expanded is None:
            return at
        text, end = expanded
        self._expanded += max(len(text), len(macro.body))
        if len(text) > _LONGEST:
            return at
        self.walk(Source(text), 0, len(text), depth + 1)
        return end

    def _of_preamble(self, source: Source, name: str, at: int) -> int:
        """A command of the preamble that no package is known for: a class shows its text."""
        is_first = source.text[at - len(name) - 2 : at - len(name) - 1] in ("", "\n")
        end = self._pass(source, at, behind_hidden_of(source, name, at))
        is_known = name in commands.HIDDEN_ARGUMENTS or name in commands.DIMENSIONED
        while is_first and not is_known and source.text[end : end + 1] == "{":
            stop = source.group_end(end)
            if _TEXT.match(source.text, end, stop):
                self._is_shown = True
                stop = max(stop, self.walk(source, end + 1, stop - 1, 0))
                self._is_shown = False
                self.pieces.append(" ")
            else:
                self._pass(source, end, stop)
            end = stop
        return end

    def _definition(self, source: Source, name: str, at: int) -> int:
        known, macro, end = macro_at(source, name, at)
        is_known = known in commands.HIDDEN_ARGUMENTS or known in commands.SIGNS
        if macro is not None and not is_known and known not in self._levels:
            self._macros[known] = macro
        return end

    def _theorem(self, source: Source, at: int) -> int:
        name, end = source.inner(at)
        end = source.behind(end)
        title, end = source.inner(end)
        self._theorems[name] = f"{' '.join(title.split())}. "
        return source.behind(end)

    def _literal(self, source: Source, at: int) -> int:
        end = source.behind(at)
        if verb := _VERB.match(source.text, end):
            self._show(verb[2])
            return verb.end()
        text, end = source.inner(end)
        self._show(text)
        return end

    def _fraction(self, source: Source, at: int, depth: int) -> int:
        for sign in ("/", ""):
            start = source.behind_gap(at)
            end = source.group_end(start)
            is_group = source.text[start : start + 1] == "{"
            if is_group and end == start + 1:
                return at  # the brace is never closed
            is_one = source.text[start:end].strip("{} \t").isalnum()
            self._show("" if is_one else "(")
            end = max(end, self.walk(source, start + is_group, end - is_group, depth + 1))
            self._show(sign if is_one else f"){sign}")
            at = end
        return at

    def _titled(self, source: Source, name: str, at: int) -> int:
        """A heading, a note, or a line of the title page, which is told in the preamble, too."""
        end = source.behind_gap(source.behind(at))
        if source.text[end : end + 1] != "{":
            return at
        self._pass(source, at, end)
        was_shown, self._is_shown = self._is_shown, True
        first, started = self._row, len(self.pieces)
        if name in _NOTES:
            self._show(" [")

        def close() -> None:
            if name in self._levels:
                title = " ".join("".join(self.pieces[started : started + _TITLE_PIECES]).split())
                self.headings[first] = Heading(name, self._row, title)
            elif name in _NOTES:
                self._show("]")
            if name not in _NOTES:
                self._show(" ")  # the next may stand in the same row
            self._is_shown = was_shown

        self._closings.append(close)
        return end + 1

    def _environment(self, source: Source, command: str, at: int) -> int:
        name, end = source.inner(at)
        if command == "end":
            while self._open_names[name]:
                last, first = self._opened.pop()
                self._open_names[last] -= 1
                if last == name:
                    self.environments[first] = Environment(name, self._row)
                    break
            return end
        if name == "document":
            self._is_shown, self.body = True, self._row
            return end
        form = commands.HIDDEN_OF_ENVIRONMENT.get(name)
        if name in commands.LISTINGS or name in commands.UNSEEN:
            start = self._pass(source, at, source.behind_hidden(end, form or ""))
            return self._raw(source, name, start)
        self._opened.append((name, self._row))
        self._open_names[name] += 1
        self._show(self._theorems.get(name, ""))
        if form is not None:
            return source.behind_hidden(end, form)
        option = source.behind(end)
        is_name = option - end > _SHORT_OPTION + 2 and "=" not in source.text[end:option]
        return end if is_name else option

    def _raw(self, source: Source, name: str, start: int) -> int:
        """A listing, which is shown as it is, or a picture, of which its labels are."""
        closing = f"\\end{{{name}}}"
        end = -1 if closing in self._missing else source.text.find(closing, start)
        if end < 0:
            self._missing.add(closing)
            return start
        first = self._row
        if name in commands.LISTINGS:
            self._show(source.text[start:end])
        else:
            at = start
            for node in _NODE.finditer(source.text, start, end):
                if node.start() < at:
                    continue  # within the last
                at = self._pass(source, at, node.end())
                at = self.walk(source, at, min(end, source.group_end(at)), _DEEPEST)
                self._show(" ")
            end = self._pass(source, at, max(at, end))
        self.environments[first] = Environment(name, self._row)
        return end + len(closing)
