"""Normal form of a text: what chat models change when they quote is the same on both sides.

Equal after it: line breaks, Markdown signs, typographic and plain quotation marks, dashes and
apostrophes, ligatures, soft and line-end hyphens, hyphens within a word, capitals, spaces before
punctuation, commas and colons between words. Still different: every other letter, every digit, and
every sign between digits.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_RAISED: Final = re.compile("(?<=[0-9])(?=[\u2070-\u2079\u00b2\u00b3\u00b9\u2080-\u2089])")  # 10²
_FRACTION: Final = re.compile("(?<=[0-9])(?=[\u00bc-\u00be\u2150-\u215e])")  # 3½
_SIGNS: Final = {
    **dict.fromkeys(
        map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u061c")
    ),  # invisible
    **dict.fromkeys(range(0x202A, 0x202F)),
    **dict.fromkeys(range(0x2066, 0x206A)),
    **dict.fromkeys(map(ord, "“”„‟«»″〝〞「」『』"), '"'),
    **dict.fromkeys(map(ord, "‘’‚‛‹›′ʼ´"), "'"),
    **dict.fromkeys(map(ord, "‐‑‒–−"), "-"),
    **dict.fromkeys(map(ord, "—―"), " - "),
    ord("⁄"): "/",
}
_DOUBLE_DASH: Final = re.compile(r"(?<![-|:])-{2,3}(?![-|:])")
# Markdown that stands at the start of a row, and rows that are nothing else.
_RULE: Final = re.compile(r"^[ \t]*(?:[-=~*_+]{3,}|```.*|~~~.*|[|+:\- \t]*\|[|+:\- \t=]*)$", re.M)
_ROW_SIGN: Final = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|(?:>(?!>)[ \t]?)+)", re.M)
_BULLET: Final = re.compile(r"^[ \t]*[-*+•‣◦·][ \t]+", re.M)
_NUMBERING: Final = re.compile(r"^[ \t]*(?:[-*+•‣◦·]|[0-9]{1,3}[.)]|[a-z][.)])[ \t]+", re.M | re.I)
_LINK: Final = re.compile(r"!?\[([^\]\n]{1,300})\]\([^)\s]{1,500}(?:\s+\"[^\"\n]*\")?\)")
_FOOTNOTE: Final = re.compile(r"\[\^[^\]\s]{1,20}\]")
# Stars and underscores beside a word, but not those in 2*3, 2 * 3 and max_cost.
_STAR: Final = re.compile(r"(?<![0-9])\*+(?=\S)|(?<=\S)\*+(?![0-9])")
_UNDERLINE: Final = re.compile(r"(?<![^\W_])_+(?=\S)|(?<=\S)_+(?![^\W_])")
_DELETED: Final = re.compile(r"`+|~~|\"")
_OUTER_APOSTROPHE: Final = re.compile(r"(?<![^\W_])'+|'+(?![^\W_])")
_WORD_HYPHEN: Final = re.compile(r"(?<=[^\W\d_])-\s*(?=[^\W\d_])")
_LINE_END_HYPHEN: Final = re.compile(r"(?<=\w)-[ \t]*\n\s*(?=\w)")
_DOTS: Final = re.compile(r"\.{3,}|\.(?: \.){2,}")
_SPACES: Final = re.compile(r"\s+")
# Scripts without spaces between words: Chinese, Japanese, Thai, Lao, Khmer, Burmese.
WITHOUT_SPACES: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u9fff\uff00-\uffef"
)
_CJK_SPACE: Final = re.compile(f"(?<=[{WITHOUT_SPACES}]) (?=[{WITHOUT_SPACES}])")
_COMMA: Final = re.compile(r"(?<![0-9])[,;:]")  # of a sentence; those of numbers are theirs
_SPACE_BEFORE: Final = re.compile(r" (?=[,.;:!?%)\]}](?![0-9]))")
_SPACE_BEHIND: Final = re.compile(r"(?<=[(\[{<]) ")
_LEADING_DOTS: Final = re.compile(r"^\.{3} ?")
_BLANK_LINE: Final = re.compile(r"\n[ \t]*\n\s*")
_ENDS: Final = " .,;:!?'\"·•"


def normal_form(text: str) -> str:
    """Return the normal form of a text, with its list signs.

    >>> normal_form("## **Feed** it,\\nlet it “stand” for twenty-\\nfive\\u00a0minutes !")
    'feed it let it stand for twentyfive minutes!'
    """
    text = _FRACTION.sub(" ", _RAISED.sub("^", text))
    text = unicodedata.normalize("NFKC", text).translate(_SIGNS)
    text = _ROW_SIGN.sub("", _RULE.sub("", text))
    text = _FOOTNOTE.sub("", _LINK.sub(r"\1", text))
    text = _DOUBLE_DASH.sub(" - ", _LINE_END_HYPHEN.sub("-", text))
    text = _UNDERLINE.sub("", _STAR.sub("", text.replace("|", " ")))
    text = _OUTER_APOSTROPHE.sub("", _DELETED.sub("", text))
    text = _WORD_HYPHEN.sub("", text).casefold()
    text = _CJK_SPACE.sub("", _SPACES.sub(" ", _COMMA.sub(" ", text)))
    text = _DOTS.sub("...", text)
    return _SPACE_BEHIND.sub("", _SPACE_BEFORE.sub("", text)).strip()


@dataclass(frozen=True, slots=True)
class PassageForm:
    """The normal form of a passage; ``starts`` are the offsets of its paragraphs."""

    text: str
    starts: frozenset[int]

    @classmethod
    def of(cls, text: str) -> "PassageForm":
        """The form of a text, its paragraphs on one line."""
        joined = ""
        starts = []
        for paragraph in _BLANK_LINE.split(text):
            if form := normal_form(paragraph):
                joined += " " if joined else ""
                starts.append(len(joined))
                joined += form
        return cls(joined, frozenset(starts))


def passage_forms(text: str) -> tuple[PassageForm, ...]:
    """Return the normal forms of a passage: as it is, without bullets, without any list signs.

    A model that quotes a list may keep its signs or leave them out.
    """
    texts = (text, _BULLET.sub("", text), _NUMBERING.sub("", text))
    return tuple(dict.fromkeys(map(PassageForm.of, texts)))


def quotation_form(text: str) -> str:
    """Return the normal form of a quotation, without signs at its ends.

    >>> quotation_form("... “It is 5 °C.”"), quotation_form("-5 degrees."), quotation_form("- a b")
    ('it is 5 °c', '-5 degrees', 'a b')
    """
    form = normal_form(text).rstrip(_ENDS + "-")
    form = _LEADING_DOTS.sub("", form)
    while form and (form[0] in _ENDS or form.startswith("- ")):
        if form[0] == "." and form[1:2].isdigit():
            break
        form = form[1:]
    return form
