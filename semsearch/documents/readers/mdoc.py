"""A row of mdoc(7), whose macros stand among its words, as words."""

from collections.abc import Callable, Sequence
from typing import Final

from semsearch.documents.readers.roff import readable

_AROUND: Final = {  # macro: what stands around the words up to the end of the row
    "Op": "[]", "Dq": "“”", "Sq": "‘’", "Ql": "‘’", "Qq": '""', "Pq": "()", "Bq": "[]", "Brq": "{}",
    "Aq": "<>",
}  # fmt: skip
_OPENING: Final = {
    "Oo": "[",
    "Do": "“",
    "So": "‘",
    "Po": "(",
    "Ao": "<",
    "Bo": "[",
    "Qo": '"',
    "Bro": "{",
}
_CLOSING: Final = {
    "Oc": "]",
    "Dc": "”",
    "Sc": "’",
    "Pc": ")",
    "Ac": ">",
    "Bc": "]",
    "Qc": '"',
    "Brc": "}",
}
_NAMES: Final = {
    "Ux": "UNIX", "Bx": "BSD", "Fx": "FreeBSD", "Nx": "NetBSD", "Ox": "OpenBSD", "Dx": "DragonFly",
    "At": "AT&T UNIX", "Nd": "—",
}  # fmt: skip
_WORDS: Final = frozenset(
    """Ad An Ar Cd Cm Dv Em Er Ev Ex Fa Fc Fd Fl Fn Fo Ft Ic In Lb Li Lk Ms Mt Nm No Ns Ap Pa Pf
    Rv St Sx Sy Ta Tn Va Vt Xr %A %B %C %D %I %J %N %O %P %Q %R %T %U %V""".split()
)
MACROS: Final = frozenset({*_AROUND, *_OPENING, *_CLOSING, *_NAMES, *_WORDS})
_AFTER_WORD: Final = frozenset(".,:;)]?!")
_BEFORE_WORD: Final = frozenset("([")


class MdocRow:
    """A row while it is put together."""

    def __init__(self, page: str, text: Callable[[str], str] = readable) -> None:
        self._page = page
        self._text = text
        self._row = ""
        self._is_apart = True  # a space stands before the next word
        self._has_arguments = False  # of a function

    def words(self, words: Sequence[str]) -> str:
        """Return the words of a row, with its macro as the first of them.

        >>> MdocRow("tar").words(["Op", "Fl", "f", "Ar", "archive", "."])
        '[-f archive].'
        """
        end = len(words)
        while end and words[end - 1] in _AFTER_WORD:
            end -= 1
        closing = ""
        macro = ""
        for at, word in enumerate(words[:end]):
            if word not in MACROS:
                self._word(word, macro)
                macro = f"{macro} word" if macro in ("Fn", "Xr") else macro
                continue
            is_alone = at + 1 == end or words[at + 1] in MACROS
            macro = self._macro(word, is_alone=is_alone)
            closing = _AROUND[word][1] + closing if word in _AROUND else closing
        if macro == "Fn word":
            self._row += ")" if self._has_arguments else "()"
        return self._row + closing + "".join(words[end:])

    def _macro(self, name: str, *, is_alone: bool) -> str:
        if name == "Ns":
            self._is_apart = False
        elif name == "Ap":
            self._row, self._is_apart = self._row + "'", False
        elif name in _AROUND or name in _OPENING:
            self._put((_AROUND.get(name) or _OPENING[name])[0])
            self._is_apart = False
        elif name in _CLOSING:
            self._row += _CLOSING[name]
        elif name in _NAMES:
            self._put(_NAMES[name])
        elif name == "Nm" and is_alone:
            self._put(self._page)
        elif name == "Fl" and is_alone:
            self._put("-")
        elif name == "Ar" and is_alone:
            self._put("file ...")
        return name

    def _word(self, word: str, macro: str) -> None:
        text = self._text(word)
        if word in _AFTER_WORD:
            self._row += text
        elif macro == "Xr word":
            self._row += f"({text})"
        elif macro == "Fn word":
            self._row += f", {text}" if self._has_arguments else f"({text}"
            self._has_arguments = True
        elif macro == "Fl":
            self._put("-" + text)
        elif macro == "In":
            self._put(f"#include <{text}>")
        else:
            self._put(text)
        if word in _BEFORE_WORD or macro == "Pf":
            self._is_apart = False

    def _put(self, text: str) -> None:
        is_first = not self._row or not text
        self._row += text if is_first or not self._is_apart else " " + text
        self._is_apart = True
