r"""The text of roff (groff(7)): escapes as characters, strings and arguments of macros."""

import re
from typing import Final
from unicodedata import normalize

_CHARACTERS: Final = {  # groff_char(7)
    "em": "—", "en": "–", "hy": "-", "aq": "'", "dq": '"', "lq": "“", "rq": "”", "oq": "‘",
    "cq": "’", "bu": "•", "co": "©", "rg": "®", "tm": "™", "de": "°", "mu": "×", "di": "÷",
    "+-": "±", "<=": "≤", ">=": "≥", "!=": "≠", "->": "→", "<-": "←", "rs": "\\", "ti": "~",
    "ha": "^", "ga": "`", "at": "@", "sh": "#", "Do": "$", "ul": "_", "or": "|", "ba": "|",
    "sl": "/", "lB": "[", "rB": "]", "lC": "{", "rC": "}", "ss": "ß", "AE": "Æ", "ae": "æ",
    "OE": "Œ", "oe": "œ", "/O": "Ø", "/o": "ø", "/L": "Ł", "/l": "ł", "Fo": "«", "Fc": "»",
    "fo": "‹", "fc": "›", "bq": "‚", "Bq": "„", "eu": "€", "Eu": "€", "Po": "£", "sc": "§",
    "ps": "¶", "dg": "†", "dd": "‡", "fm": "′", "14": "¼", "12": "½", "34": "¾", "ff": "ff",
    "fi": "fi", "fl": "fl", "pl": "+", "mi": "-", "eq": "=", "~=": "≈", "if": "∞", "OK": "✓",
    "*a": "α", "*b": "β", "*g": "γ", "*d": "δ", "*m": "μ", "*p": "π", "*l": "λ", "*W": "Ω",
    "la": "⟨", "ra": "⟩", "r!": "¡", "r?": "¿", "Of": "ª", "Om": "º", "S2": "²", "S3": "³",
}  # fmt: skip
_ACCENTS: Final = {  # of the names of letters with accents: \(:u, \['e], \(vs
    ":": "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303", "o": "\u030a",
    ",": "\u0327", "v": "\u030c",
}  # fmt: skip
_STRINGS: Final = {  # of man(7) and mdoc(7)
    "lq": "“", "rq": "”", "Lq": "“", "Rq": "”", "L": "“", "R": "®", "Tm": "™", "S": "", "Aq": "'",
    "Am": "&", "Lt": "<", "Gt": ">", "Le": "≤", "Ge": "≥", "Ne": "≠", "Pm": "±", "If": "∞",
    "Ba": "|", "q": '"',
}  # fmt: skip
_NAME: Final = r"(?:\[([^\]\n]{0,80})\]|\((..)|(.))"
_ESCAPE: Final = re.compile(
    r"\\(?:"
    r"(?P<comment>[\"#].*)"
    rf"|(?P<font>[fFmMgkYn])[+-]?{_NAME}"
    rf"|(?P<string>\*)(?:\[([^\]\n]{{0,80}})\]|\((..)|(.))"
    r"|\((?P<two>..)|\[(?P<named>[^\]\n]{1,80})\]|C'(?P<quoted>[^'\n]{1,80})'|N'(?P<number>\d{1,7})'"
    r"|(?P<size>s)(?:[+-]?(?:[1-3]\d|\d|\(\d\d|\[[^\]\n]{0,20}\])|'[^'\n]{0,20}'|[+-]'[^'\n]{0,20}')"
    r"|(?P<drawn>[vhwlLDbXZzAoBRxS])(?:'[^'\n]{0,200}'|\[[^\]\n]{0,200}\])?"
    r"|(?P<one>[\s\S]?))"
)
_ONE: Final = {
    "-": "-", "e": "\\", "E": "\\", "\\": "\\", "'": "'", "´": "'", "`": "`", " ": " ", "~": " ",
    "0": " ", "t": " ", ".": ".",
}  # fmt: skip
_NOTHING: Final = frozenset({"", *"&%:^|/,)!?cdrupa{}\n"})
_ARGUMENT: Final = re.compile(r'"((?:[^"]|"")*)"?|((?:\\.|[^ \t"\\])(?:\\.|[^ \t\\])*)')


def readable(row: str, strings: dict[str, str] | None = None) -> str:
    r"""Return a row of roff as it is printed.

    >>> readable("\\fB\\-\\-help\\fR \\(em don\\(aqt \\*(lqpanic\\*(rq \\[u00E9]")
    "--help — don't “panic” é"
    """
    if "\\" not in row:
        return row
    known = {**_STRINGS, **(strings or {})}
    return _ESCAPE.sub(lambda found: _character(found, known), row)


def arguments(rest: str) -> list[str]:
    r"""Return the arguments of a macro, as they stand.

    >>> arguments('TP "two words" three\\ four')
    ['TP', 'two words', 'three\\ four']
    """
    return [
        quoted.replace('""', '"') if quoted or not bare else bare
        for quoted, bare in _ARGUMENT.findall(rest)
    ]


def _character(found: re.Match[str], strings: dict[str, str]) -> str:
    if found["string"]:
        name = next((group for group in found.group(7, 8, 9) if group is not None), "")
        value = strings.get(name, "")
        return _ESCAPE.sub(lambda inner: _character(inner, {}), value)
    name = found["two"] or found["named"] or found["quoted"]
    if name is not None:
        return _named(name)
    if found["number"]:
        return _of_code(int(found["number"]))
    one = found["one"]
    if one is None or one in _NOTHING:
        return ""
    return _ONE.get(one, one)


def _named(name: str) -> str:
    if name in _CHARACTERS:
        return _CHARACTERS[name]
    if len(name) == 2 and name[0] in _ACCENTS and name[1].isalpha():
        return normalize("NFC", name[1] + _ACCENTS[name[0]])
    if coded := re.fullmatch(r"u([0-9A-F]{4,6}(?:_[0-9A-F]{4,6}){0,3})", name):
        return "".join(_of_code(int(code, 16)) for code in coded[1].split("_"))
    if coded := re.fullmatch(r"char(\d{1,3})", name):
        return _of_code(int(coded[1]))
    return ""


def _of_code(code: int) -> str:
    return chr(code) if 31 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
