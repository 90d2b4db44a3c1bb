"""What stands in a text and is no text: soft hyphens, codes of terminals, data in URIs.

Rows stay on their lines.
"""

import re
from dataclasses import replace
from typing import Final

from semsearch.documents.document import Document

# Soft hyphen, zero-width space, word joiner, byte order mark: they say where a line may end.
# (Zero-width joiners stay: words of Persian and of Indic scripts are spelled with them.)
_INVISIBLE: Final = dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF))
_INVISIBLE_LETTERS: Final = tuple(map(chr, _INVISIBLE))
_NOT_IN_PLACE: Final = re.compile(  # controls, and what turns the direction of text
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_CUT_WORD: Final = re.compile("\u00ad[^\\S\n]*+\n[^\\S\n]*+(\\w\\S*+)(?:[^\\S\n]*+(?=(\n|\\Z)))?")
_BEGINNING_OF_WORD: Final = re.compile("[\\w\u00ad]*\\Z")
_LONGEST_BEGINNING: Final = 60  # letters of a word before the end of its row

# Colours, places of the cursor, titles of windows (ECMA-48, 5.4 and 8.3.89), and a letter that is
# printed again over itself, as pages of manuals are bold.
_TERMINAL_CODE: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]{0,100}[ -/]{0,10}[@-~]"
    r"|\x1b[\]PX^_][^\x07\x1b\n]{0,1000}(?:\x07|\x1b\\)?"
    r"|\x1b[ -/]{0,10}[0-~]?|[^\n\b]?\x08"
)

# Every repetition is possessive or ends at the next beginning: a text takes linear time.
_MEDIA: Final = (
    r"(?<![\w-])data:(?:[\w.+-]++\\?/[\w.+-]++)?+(?:;(?!base64,)[\w.+-]++(?:=[\w.+-]*+)?+)*+"
)
_DATA_URI: Final = re.compile(  # RFC 2397
    rf"""url\(\s*+
      (?:"data:[^"\n]*+"|'data:[^'\n]*+'|data:[^)\nu]*+(?:u(?!rl\()[^)\nu]*+)*+)\s*+\)
    | {_MEDIA};base64,[A-Za-z0-9+/=_%\\-]*+
      (?:[^\S\n]*+\n[^\S\n]*+[A-Za-z0-9+/_-]{{40,}}+={{0,2}}(?=[\s)>"']|$))*+
      (?:[^\S\n]*+\n[^\S\n]*+[A-Za-z0-9+/_-]{{2,}}+={{1,2}}(?=[\s)>"']|$))?+
    | (?<![\w-])data:(?:application|audio|font|image|video)\\?/[\w.+-]++(?:;[\w.+=-]++)*+,
      [^\s"'()<>]{{32,}}+
    """,
    re.VERBOSE,
)
_MEDIA_BEGIN: Final = re.compile(r"data:(?:application|audio|font|image|video)")
_DATA_MARKS: Final = (";base64,", "url(")  # each URI has one of them, or begins as above
_EMPTY_TARGET: Final = r"[^\S\n]*+(?:<>[^\S\n]*+)?+(?:\"[^\"\n]*+\")?+"
_PICTURE: Final = re.compile(
    rf"!\[([^\]\n!]*+(?:!(?!\[)[^\]\n!]*+)*+)\]\({_EMPTY_TARGET}\)"  # not over the next picture
)
_PICTURE_DEFINED: Final = re.compile(
    rf"^ {{0,3}}+\[[^\]\n]++\]:{_EMPTY_TARGET}[^\S\n]*+$", re.MULTILINE
)


def without_invisible(text: str) -> str:
    """Return a text without the characters that only say where a line may end.

    >>> without_invisible("cro\\u00adco\\u00addile")
    'crocodile'
    """
    if text.isascii() or not any(letter in text for letter in _INVISIBLE_LETTERS):
        return text
    return _with_whole_words(text).translate(_INVISIBLE)


def _with_whole_words(text: str) -> str:
    """Join words that the end of a row cuts, on the upper row or on a lower without other words."""
    pieces: list[str] = []
    end = 0
    for cut in _CUT_WORD.finditer(text):
        before = text[end : cut.start()]
        beginning = _BEGINNING_OF_WORD.search(before, max(0, len(before) - _LONGEST_BEGINNING))
        at = beginning.start() if beginning is not None else len(before)
        word = before[at:] + cut[1]
        pieces += [before[:at], f"{word}\n" if cut[2] is None else f"\n{word}"]
        end = cut.end()
    return "".join(pieces) + text[end:] if pieces else text


def without_data(text: str) -> str:
    """Return a text without ``data:`` URIs; of a Markdown picture its description stays.

    >>> without_data("![a boat](data:image/png;base64,iVBORw0KGgo=) at sea")
    'a boat at sea'
    """
    if "data:" not in text:
        return text
    if not any(mark in text for mark in _DATA_MARKS) and not _MEDIA_BEGIN.search(text):
        return text
    kept = _DATA_URI.sub(lambda found: "\n" * found[0].count("\n"), text)
    if kept == text:
        return text
    return _PICTURE_DEFINED.sub("", _PICTURE.sub(r"\1", kept))


def without_terminal_codes(text: str) -> str:
    """Return a text without the codes that colour it on a terminal.

    >>> without_terminal_codes("\\x1b[31mfailed\\x1b[0m")
    'failed'
    """
    if "\x1b" not in text and "\x08" not in text and "\x9b" not in text:
        return text
    return _TERMINAL_CODE.sub("", text)


def clean_text(text: str) -> str:
    """Return a text without invisible characters, codes of terminals and data."""
    if text.isascii() and "\x1b" not in text and "\x08" not in text and "data:" not in text:
        return text
    return without_data(without_invisible(without_terminal_codes(text)))


def cleaned(document: Document) -> Document:
    """Return a document with clean text, headings and title; blocks of nothing else are gone."""
    titles: dict[tuple[str, ...], tuple[str, ...]] = {}
    blocks = []
    for block in document.blocks:
        headings = titles.get(block.headings)
        if headings is None:
            headings = titles[block.headings] = _clean_headings(block.headings)
        text = clean_text(block.text)
        if block.places and not all(map(str.isprintable, block.places)):
            block = block._replace(places=[_shown_place(place) for place in block.places])
        if text is block.text and headings is block.headings:
            blocks.append(block)
        elif text.strip():
            blocks.append(block._replace(text=text, headings=headings))
    title = clean_text(document.title).strip() or None if document.title else document.title
    return replace(document, blocks=tuple(blocks), title=title)


def _shown_place(place: str) -> str:
    """A place, with the name of a file in it, as a terminal shows it: so it is cited."""
    return _NOT_IN_PLACE.sub("\ufffd", " ".join(place.split()))


def _clean_headings(headings: tuple[str, ...]) -> tuple[str, ...]:
    clean = tuple([title for title in map(clean_text, headings) if title.strip()])
    return headings if clean == headings else clean
