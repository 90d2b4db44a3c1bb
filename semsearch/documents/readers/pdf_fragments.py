"""Pieces of text at their places on a page, and those that are set over each other."""

import unicodedata
from collections.abc import Sequence
from typing import Final, NamedTuple

# The gap that is a blank, in em. Kerning moves letters by up to 0.12; the narrowest blanks of
# justified text are 0.17 (TeX shrinks its blank of 0.33 by at most 0.11; others have 0.25).
WORD_GAP: Final = 0.15
# In a row that is set tighter than that, blanks are as wide as its others: down to this, step by
# step.
CLOSEST_GAP: Final = 0.08
_OVERLAP: Final = 0.2  # em that an accent lies over the letter before it
_WIDEST: Final = 1.2  # em of a letter; a piece further back is another
_HIGHEST_ACCENT: Final = 0.4  # em above its place over a small letter
_MOST_MARKED: Final = 2_000  # pieces of a row; comparing each with each is slow
_ACCENTS: Final = {
    "`": "\u0300", "´": "\u0301", "ˆ": "\u0302", "^": "\u0302", "˜": "\u0303", "~": "\u0303",
    "¯": "\u0304", "ˉ": "\u0304", "˘": "\u0306", "˙": "\u0307", "¨": "\u0308", "˚": "\u030a",
    "˝": "\u030b", "ˇ": "\u030c", "¸": "\u0327", "˛": "\u0328", "ˋ": "\u0300", "ˊ": "\u0301",
}  # fmt: skip
_DOTTED: Final = {"ı": "i", "ȷ": "j"}


class Fragment(NamedTuple):
    """A text with no blank gap in it: its ends along the baseline, the baseline, and the em.

    Lengths are in points, and the em is above 0. ``turn`` is the direction of the baseline in
    degrees.
    """

    text: str
    left: float
    right: float
    base: float
    em: float
    turn: int = 0


def composed(fragments: Sequence[Fragment]) -> list[Fragment]:
    """Return fragments with accents put into their letters, and letters printed twice once.

    The fonts of TeX (OT1) have accents apart, groff emboldens letter by letter.
    """
    done = [fragments[0]]
    for at, fragment in enumerate(fragments[1:], start=1):
        last = done[-1]
        after = fragments[at + 1] if at + 1 < len(fragments) else None
        if after is not None and fragment.text.isspace():
            gap = after.left - last.right
            if -fragment.em < gap < CLOSEST_GAP * fragment.em:
                continue  # a blank that its neighbours have taken back
        overlap = (last.right - fragment.left) / fragment.em
        is_near = abs(fragment.base - last.base) <= _HIGHEST_ACCENT * fragment.em
        text = _overlaid(last.text, fragment.text, overlap) if is_near else None
        if text is None:
            done.append(fragment)
            continue
        whole = fragment if len(last.text) == 1 else last  # of an accent alone, its letter's place
        done[-1] = whole._replace(text=text, right=max(last.right, fragment.right))
    return done


def _overlaid(before: str, after: str, overlap: float) -> str | None:
    """Two texts as one, where the second begins over the end of the first; else None."""
    end, start = before[-1:], after[:1]
    letter = ""
    if overlap > _WIDEST:
        return None
    if overlap > WORD_GAP and end == start and not end.isspace():
        letter = end
    elif overlap > WORD_GAP and end in _ACCENTS:
        letter = _accented(start, end)
    elif overlap > _OVERLAP and start in _ACCENTS:
        letter = _accented(end, start)
    return before[:-1] + letter + after[1:] if letter else None


def marked(fragments: Sequence[Fragment]) -> list[Fragment]:
    """Return letters with the vowel signs that are drawn apart, in a row as it looks."""
    if len(fragments) > _MOST_MARKED:
        return list(fragments)
    letters = [one for one in fragments if not _is_marks(one.text)]
    for mark in fragments:
        if not letters or not _is_marks(mark.text):
            continue
        at = min(range(len(letters)), key=lambda number: _distance(letters[number], mark.left))
        host = letters[at]
        share = (mark.left - host.left) / ((host.right - host.left) or 1.0)
        place = max(0, min(len(host.text) - 1, int(share * len(host.text))))
        text = host.text[:place] + mark.text[::-1] + host.text[place:]
        letters[at] = host._replace(text=text)
    return letters or list(fragments)


def _is_marks(text: str) -> bool:
    return bool(text) and all(unicodedata.combining(mark) for mark in text)


def _distance(fragment: Fragment, place: float) -> float:
    """How far a place is from a fragment; nothing within it."""
    return max(fragment.left - place, place - fragment.right, 0.0)


def _accented(letter: str, accent: str) -> str:
    """The letter with the accent; empty where there is no such letter."""
    made = unicodedata.normalize("NFC", _DOTTED.get(letter, letter) + _ACCENTS[accent])
    return made if len(made) == 1 and letter.isalpha() else ""
