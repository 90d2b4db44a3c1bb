r"""The source of LaTeX in letters: commands that stand for letters are these, without comments.

Each row keeps its line. Listings stay as they are.
"""

import re
from collections.abc import Iterator
from typing import Final
from unicodedata import normalize

_LISTINGS: Final = frozenset("verbatim Verbatim lstlisting minted alltt filecontents".split())
_BEGIN: Final = re.compile(r"\\begin\s*\{([A-Za-z]{1,40})\*?\}")
_COMMENT: Final = re.compile(r"(?<!\\)((?:\\\\)*)%.*")
_LITERAL: Final = re.compile(  # a sign of percent in them begins no comment
    r"\\(?:url|href|path|nolinkurl)\*?\{[^{}]*\}|\\verb\*?([^A-Za-z\s*]).{0,500}?\1"
)
_NEVER: Final = re.compile(r"\\iffalse(?![a-zA-Z])")
_IF_ENDS: Final = re.compile(r"\\(fi|else|if[a-zA-Z]*)(?![a-zA-Z])")
_NO_CONDITION: Final = frozenset({"iff", "ifthenelse"})  # a sign, and one with arguments
_END: Final = "\\end{document}"

_COMBINING: Final = {  # LaTeX2e, "Accents"; the letters are commands of their own
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308", "=": "\u0304",
    ".": "\u0307", "u": "\u0306", "v": "\u030c", "H": "\u030b", "r": "\u030a", "c": "\u0327",
    "k": "\u0328", "d": "\u0323", "b": "\u0331", "t": "\u0361", "C": "\u030f", "G": "\u030f",
    "h": "\u0309",
}  # fmt: skip
_LETTERS: Final = {
    "ss": "ß", "SS": "ẞ", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ",
    "OE": "Œ", "aa": "å", "AA": "Å", "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ",
    "TH": "Þ", "dj": "đ", "DJ": "Đ", "ng": "ŋ", "NG": "Ŋ", "textquoteright": "’",
    "textendash": "–", "textemdash": "—", "textellipsis": "…", "ldots": "…", "dots": "…",
    "texteuro": "€", "euro": "€", "pounds": "£", "textsterling": "£", "copyright": "©", "S": "§",
    "textdegree": "°", "degree": "°", "glqq": "„", "grqq": "“", "flqq": "«", "frqq": "»",
    "guillemotleft": "«", "guillemotright": "»", "textregistered": "®", "texttrademark": "™",
}  # fmt: skip
# A dotless letter below an accent has the accent in place of the dot.
_BASE: Final = (
    r"(?:\{\s*(?:\\([ij])(?:\s|\{\})?|([A-Za-z]{1,2}))\s*\}|\\([ij])(?![A-Za-z])[ \t]*|([A-Za-z]))"
)
_ACCENT: Final = re.compile(
    r"(?P<line>\\\\)|(?P<open>\{)?\\(?:([`'^~\"=.])\s*|([uvHrckdbtCGh])(?:\s+|(?=[{\\])))"
    + _BASE
    + r"(?(open)(?P<close>\})?)"
)
_LETTER: Final = re.compile(
    r"\\\\|\{\\([A-Za-z]{1,20})\s*\}|\\([A-Za-z]{1,20})(?![A-Za-z])(?:\{\}|\\(?= )|[ \t]+)?"
)
_GERMAN: Final = re.compile(
    r"\\usepackage\[[^\]\n]{0,200}german[^\]\n]{0,200}\]\{babel\}"
    r"|\\usepackage\{n?german\}"
)
_SHORTHAND: Final = re.compile(r"(?<!\\)\"(?:([aouAOU])|(s)|([`'])|([-~=|]))")
_NO_TABS: Final = frozenset("\\= \\' \\`".split())


def readable(text: str) -> str:
    r"""Return a source with its letters written out, and without what is not printed.

    >>> readable("M\\\"uller {\\'E}cole \\v{S}koda % a note")
    'Müller École Škoda '
    """
    is_german = _GERMAN.search(text) is not None
    return "\n".join(
        row if is_listing else _printed(row, is_german=is_german, in_tabs=in_tabs)
        for row, is_listing, in_tabs in _rows(text.split("\n"))
    )


def _rows(rows: list[str]) -> Iterator[tuple[str, bool, bool]]:
    """Each row without comments, with whether it is of a listing, and between tabs."""
    listing = ""  # end of the listing, or of the comment, that the row is in
    is_comment = in_tabs = is_over = False
    never = 0  # conditions that are open within one that never holds
    for row in rows:
        if is_over:
            yield "", True, False
            continue
        if listing:
            is_end = listing in row
            yield (
                row.partition(listing)[2] if is_comment and is_end else "" if is_comment else row,
                True,
                False,
            )
            listing = "" if is_end else listing
            continue
        row = _without_comment(row)
        row, never = _without_never(row, never)
        begin = _BEGIN.search(row)
        if begin and (begin[1] == "comment" or begin[1] in _LISTINGS):
            is_comment = begin[1] == "comment"
            closing = row[begin.start() : begin.end()].replace("begin", "end")
            if closing not in row[begin.end() :]:
                listing = closing
            elif is_comment:
                row = row[: begin.start()] + row.rpartition(closing)[2]
            yield row[: begin.start()] if is_comment and listing else row, not is_comment, False
            continue
        in_tabs = in_tabs or "\\begin{tabbing}" in row
        row, end, _ = row.partition(_END)
        is_over = bool(end)
        yield row, False, in_tabs
        in_tabs = in_tabs and "\\end{tabbing}" not in row


def _without_comment(row: str) -> str:
    if "%" not in row:
        return row
    hidden = _LITERAL.sub(lambda found: found[0].replace("%", "\0"), row)
    return _COMMENT.sub(r"\1", hidden).replace("\0", "%")


def _without_never(row: str, depth: int) -> tuple[str, int]:
    r"""A row without what stands between \iffalse and its \fi or \else, and how many are open."""
    kept = []
    at = 0
    while at <= len(row):
        if not depth:
            begin = _NEVER.search(row, at)
            kept.append(row[at : begin.start() if begin else len(row)])
            if begin is None:
                break
            at, depth = begin.end(), 1
            continue
        found = _IF_ENDS.search(row, at)
        if found is None:
            break
        at = found.end()
        if found[1] == "fi" or (found[1] == "else" and depth == 1):
            depth -= 1
        elif found[1] != "else" and found[1] not in _NO_CONDITION:
            depth += 1
    return "".join(kept), depth


def _printed(row: str, *, is_german: bool, in_tabs: bool) -> str:
    if is_german and '"' in row:
        row = _SHORTHAND.sub(_of_shorthand, row)
    if "\\" not in row:
        return row
    row = _ACCENT.sub(lambda found: _accented(found, in_tabs), row)
    return _LETTER.sub(_letter, row)


def _accented(found: re.Match[str], in_tabs: bool) -> str:
    if found["line"] or (in_tabs and found[0][:2] in _NO_TABS):
        return found[0]
    mark = _COMBINING[found[3] or found[4]]
    base = next(letters for letters in found.groups()[4:8] if letters)
    whole = normalize("NFC", base[0] + mark + base[1:])
    return whole if found["close"] or not found["open"] else "{" + whole


def _letter(found: re.Match[str]) -> str:
    return _LETTERS.get(found[1] or found[2] or "", found[0])


def _of_shorthand(found: re.Match[str]) -> str:
    if found[1]:
        return normalize("NFC", found[1] + "\u0308")
    return "ß" if found[2] else {"`": "„", "'": "“"}.get(found[3] or "", "")
