"""Where sentences end, in languages with and without spaces."""

import re
from collections.abc import Iterator
from typing import Final

# A sentence ends at . ! ? … (with closing quotes and brackets) before white space, or at one of the
# full-width marks of Chinese and Japanese, or the danda of Indic scripts, with or without space.
# A match begins at the first of several marks only, and nothing is tried twice: linear time.
_END: Final = re.compile(
    r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+\s++|(?<![。！？｡।॥])[。！？｡।॥]++[」』”’）]*+\s*+"
)
_WORD_START: Final = re.compile(r"[\s(.\"'„“]")
_ABBREVIATIONS: Final = frozenset(
    "al approx art bd bsp bzw ca cf chap co dr ed eds eg etc fig figs inc jr ltd mr mrs ms no nos"
    " nr p pp prof resp sect sr st str tel usw vgl vol vs z".split()
)
_LONGEST_ABBREVIATION: Final = 12


def sentence_ends(text: str) -> Iterator[int]:
    """Yield the offset after each sentence and the white space behind it; the last is len(text).

    >>> list(sentence_ends("It rained, e.g. today. We stayed in."))
    [23, 36]
    """
    for match in _END.finditer(text):
        end = match.end()
        if end < len(text) and not _is_abbreviation(text, match):
            yield end
    yield len(text)


def _is_abbreviation(text: str, match: re.Match[str]) -> bool:
    """True for a single full stop after an abbreviation, an initial, or before a small letter."""
    if match.group().rstrip() != ".":
        return False
    if text[match.end()].islower():
        return True
    before = text[max(0, match.start() - _LONGEST_ABBREVIATION) : match.start()]
    word = _WORD_START.split(before)[-1]
    return (len(word) == 1 and word.isalpha()) or word.lower() in _ABBREVIATIONS
