"""Rows and words of a page, by the places of its fragments."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from statistics import median
from typing import Final

from semsearch.documents.readers.pdf_fragments import (
    CLOSEST_GAP,
    WORD_GAP,
    Fragment,
    composed,
    marked,
)
from semsearch.documents.readers.pdf_right_to_left import has_right_to_left, logical

_LIKE_GAPS: Final = 0.02  # em between blanks of a tight row, from the wide to the narrow
_RAISED: Final = 0.2  # em between the baseline of a word and that of its footnote's number
_SMALLER: Final = 0.85  # of the size of the word
_LEAST_NOTED: Final = 3  # letters of a word with a footnote; shorter ones are units: m2
_ONE_ROW: Final = 0.8  # em between the baselines of a row, with its indices
_WIDEST_LETTERSPACING: Final = 0.8  # em
_LEAST_LETTERSPACED: Final = 5  # letters, each by itself
_LEAST_OF_WHOLE: Final = 4  # letters of a row of nothing else
_IDEOGRAPHIC_GAP: Final = 0.5  # em between words of Chinese and Japanese
_IDEOGRAPH: Final = re.compile("[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_STACKED: Final = 0.3  # em between baselines of pieces over each other that are two rows of a cell
_LONGEST_LOGO: Final = 2  # letters of a piece that overlaps another in a word, as in LaTeX's
_SAME_ALONG: Final = 0.1  # em within which a text that stands there twice is bold (as in xpdf)
_SAME_ACROSS: Final = 0.2
_COLUMN: Final = 8.0  # points: a text is compared with those of a column or two
_MOST_COLUMNS: Final = 100  # that a letter of any size is compared with
_REMEMBERED: Final = 64  # places of one text


@dataclass(slots=True)
class Row:
    """Fragments on one baseline, in the order of the file."""

    fragments: list[Fragment] = field(default_factory=list)

    @property
    def right(self) -> float:
        """Where the row ends."""
        return max(fragment.right for fragment in self.fragments)

    @property
    def base(self) -> float:
        """The baseline of the first fragment."""
        return self.fragments[0].base

    @property
    def text(self) -> str:
        """The words of the row."""
        return text_of(self.fragments)


def rows_of(fragments: Iterable[Fragment]) -> list[Row]:
    """Return the rows of a page in the order of the file, without what is printed twice."""
    rows: list[Row] = []
    lowest = highest = 0.0
    for fragment in _printed_once(fragments):
        base = fragment.base
        last = rows[-1].fragments[-1] if rows else None
        if last is not None and last.turn == fragment.turn:
            away = lowest - base if base < lowest else base - highest
            if away <= _ONE_ROW * min(last.em, fragment.em):
                if not _is_covered(fragment, rows[-1].fragments):
                    rows[-1].fragments.append(fragment)
                lowest, highest = min(lowest, base), max(highest, base)
                continue
        if fragment.text.strip():
            rows.append(Row([fragment]))
            lowest = highest = base
    return rows


def _printed_once(fragments: Iterable[Fragment]) -> Iterator[Fragment]:
    """Leave out a text that stands where it stands already: bold by printing twice, a shadow."""
    seen: dict[tuple[str, int], list[Fragment]] = {}  # by text and column of the page
    for fragment in fragments:
        text, left, _, base, em, turn = fragment
        if text.isspace():
            yield fragment
            continue
        along, across = _SAME_ALONG * em, _SAME_ACROSS * em
        first, last = int((left - along) // _COLUMN), int((left + along) // _COLUMN)
        for column in range(first, min(last, first + _MOST_COLUMNS) + 1):
            for other in seen.get((text, column), ()):
                if (
                    abs(left - other.left) < along
                    and abs(base - other.base) < across
                    and turn == other.turn
                ):
                    break
            else:
                continue
            break
        else:
            there = seen.setdefault((text, int(left // _COLUMN)), [])
            there.append(fragment)
            del there[:-_REMEMBERED]
            yield fragment


def _is_covered(fragment: Fragment, row: Sequence[Fragment]) -> bool:
    """Whether a word stands in a piece of its row that was printed before, at the same place."""
    slack = _SAME_ALONG * fragment.em
    if len(fragment.text) < 2 or fragment.left >= row[-1].right - slack:
        return False
    return any(
        fragment.text in other.text
        and other.left - slack < fragment.left
        and fragment.right < other.right + slack
        and abs(fragment.base - other.base) < _SAME_ACROSS * fragment.em
        for other in row[-_REMEMBERED:]
    )


def text_of(fragments: Sequence[Fragment]) -> str:
    """Return the words of the fragments of one row, in reading order.

    >>> text_of([Fragment("k", 0, 5, 0, 10), Fragment("eeper", 5, 27, 0, 10),
    ...          Fragment("came", 30, 50, 0, 10)])
    'keeper came'
    """
    if len(fragments) == 1:
        text = fragments[0].text
        return logical(text) if has_right_to_left(text) else text.rstrip()
    is_rtl = any(has_right_to_left(fragment.text) for fragment in fragments)
    ordered = marked(fragments) if is_rtl else composed(fragments)
    if is_rtl or _jumps_back(ordered):
        ordered.sort(key=lambda fragment: fragment.left)
        reaches = accumulate((fragment.right for fragment in ordered), max)
        ordered = [one._replace(right=right) for one, right in zip(ordered, reaches, strict=True)]
    spaced = _letterspacing(ordered)
    least = _least_gap(ordered)
    pieces = [ordered[0].text]
    for at in range(1, len(ordered)):
        before, after = ordered[at - 1], ordered[at]
        is_blank = spaced[at] if at in spaced else _is_blank(before, after, least)
        if is_blank and not pieces[-1].endswith(" ") and not after.text.startswith(" "):
            pieces.append(" ")
        pieces.append(after.text)
    text = "".join(pieces)
    return logical(text) if is_rtl else text.rstrip()


def _jumps_back(fragments: Sequence[Fragment]) -> bool:
    """Whether fragments stand left of those before them, and none over another."""
    if all(after.left >= before.left for before, after in pairwise(fragments)):
        return False
    in_place = sorted(fragments, key=lambda fragment: fragment.left)
    return all(
        after.left >= before.right - WORD_GAP * before.em for before, after in pairwise(in_place)
    )


def _least_gap(fragments: Sequence[Fragment]) -> float:
    """The gap in em from which on a row has blanks: usually ``WORD_GAP``."""
    gaps = (
        (after.left - before.right) / min(before.em, after.em)
        for before, after in pairwise(fragments)
    )
    found = sorted((gap for gap in gaps if CLOSEST_GAP < gap < 2 * WORD_GAP), reverse=True)
    least = WORD_GAP
    last = None
    for gap in found:
        if gap <= WORD_GAP:
            if last is None or last - gap > _LIKE_GAPS:
                break
            least = gap
        last = gap
    return least if least == WORD_GAP else least * (1 - _LIKE_GAPS)


def _is_blank(before: Fragment, after: Fragment, least: float) -> bool:
    """Whether a blank is between two fragments that follow each other."""
    em = min(before.em, after.em)
    gap = after.left - before.right
    if gap <= least * em:
        # Written back to the left it is another cell, and on another baseline another row of one.
        step = abs(after.base - before.base)
        is_stacked = (
            step > _STACKED * em
            and gap < -_STACKED * em
            and min(len(before.text), len(after.text)) > _LONGEST_LOGO
        )
        is_other_cell = after.right <= before.left or step > _ONE_ROW * em or is_stacked
        return is_other_cell or _is_note(before, after)
    if gap <= _IDEOGRAPHIC_GAP * em and _IDEOGRAPH.match(after.text[:1]):
        return _IDEOGRAPH.match(before.text[-1:]) is None
    return True


def _is_note(before: Fragment, after: Fragment) -> bool:
    """Whether one is the raised number of a footnote, which is no part of the word beside it."""
    small, large = (after, before) if after.em < before.em else (before, after)
    return (
        small.em <= _SMALLER * large.em
        and small.base - large.base > _RAISED * large.em
        and small.text.strip().isdigit()
        and (large is after or _ends_in_word(large.text))
    )


def _ends_in_word(text: str) -> bool:
    end = text[-_LEAST_NOTED:]
    return len(end) == _LEAST_NOTED and (end.isalpha() or not end[-1].isalnum())


def _letterspacing(fragments: Sequence[Fragment]) -> dict[int, bool]:
    """Say of each letter in a letterspaced run whether a blank is before it, by its number."""
    runs: list[tuple[int, int]] = []
    start = 0
    for at in range(1, len(fragments) + 1):
        if at == len(fragments) or not _is_apart(fragments[at - 1], fragments[at]):
            if at - start > 1 and not _goes_on(fragments, start, at):
                runs.append((start, at))
            start = at
    is_whole = all(len(fragment.text) == 1 for fragment in fragments)
    least = _LEAST_OF_WHOLE if is_whole else _LEAST_LETTERSPACED
    long = {run for run in runs if _is_letterspaced(fragments[slice(*run)], least)}
    if not long:
        return {}
    usual = median(gap for run in long for gap in _gaps(fragments[slice(*run)]))
    found: dict[int, bool] = {}
    for start, end in runs:
        run = fragments[start:end]
        gaps = _gaps(run)
        if (start, end) not in long and abs(median(gaps) - usual) > WORD_GAP:
            continue
        for at, (before, after) in enumerate(pairwise(run), start=1):
            is_beside_blank = before.text == " " or after.text == " "
            found[start + at] = is_beside_blank or gaps[at - 1] > usual + WORD_GAP
    return found


def _gaps(run: Sequence[Fragment]) -> list[float]:
    return [(after.left - before.right) / after.em for before, after in pairwise(run)]


def _goes_on(fragments: Sequence[Fragment], start: int, end: int) -> bool:
    """Whether a run of letters begins or ends in a word: then its gaps are blanks."""
    before = fragments[start - 1] if start else None
    after = fragments[end] if end < len(fragments) else None
    first, last = fragments[start], fragments[end - 1]
    return (before is not None and first.left - before.right < CLOSEST_GAP * first.em) or (
        after is not None and after.left - last.right < CLOSEST_GAP * last.em
    )


def _is_letterspaced(run: Sequence[Fragment], least: int) -> bool:
    """Whether so many letters stand by themselves that they are words; no names of columns."""
    letters = [one.text for one in run if one.text.isalpha()]
    is_alphabet = all(ord(after) - ord(before) == 1 for before, after in pairwise(letters))
    return len(letters) >= max(least, len(run) // 2) and not is_alphabet


def _is_apart(before: Fragment, after: Fragment) -> bool:
    """Whether two letters stand by themselves, as far apart as letterspacing puts them."""
    gap = (after.left - before.right) / after.em
    is_single = len(before.text) == 1 == len(after.text)
    return is_single and CLOSEST_GAP < gap < _WIDEST_LETTERSPACING
