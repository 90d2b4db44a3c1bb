"""Check whether a quotation stands in a passage, word for word.

A check of words, without a model. It tells neither that the passage is true nor that a claim
follows from it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from semsearch.ask.negations import cuts_negation, hides_negation
from semsearch.ask.normal_form import (
    WITHOUT_SPACES,
    PassageForm,
    passage_forms,
    quotation_form,
)

_ELLIPSIS: Final = re.compile(r" ?(?:\[\.\.\.\]|\(\.\.\.\)|\.\.\.) ?")
_WORD: Final = re.compile(r"[^\W_]+")
_UNSPACED: Final = re.compile(f"[{WITHOUT_SPACES}]")
_LEAST_WORDS: Final = 3
_LEAST_WITH_NUMBER: Final = 2  # "1,200 euros" tells something, "three months" hardly
_LEAST_UNSPACED: Final = 4  # letters of a script without spaces
# What continues a number, behind its digits and before them: 1.5, 1,200, 14:30, 3/4, 10-12, 5%.
_NUMBER_GOES_ON: Final = re.compile(r"[.,':/^-]?[0-9]|%| [0-9]{3}(?![0-9])|[.,][0-9]")
_NUMBER_CAME: Final = re.compile(r"(?:[0-9][.,':/^-]|(?<![^\W_])[-.,])$")
_GROUP: Final = re.compile(r"[0-9]{3}(?![0-9])")
_GROUP_CAME: Final = re.compile(r"(?<![0-9])[0-9]{1,3} $")
_SHORT_GROUP: Final = re.compile(r"(?<![0-9])[0-9]{1,3}$")


class Standing(StrEnum):
    """How a quotation stands to a passage."""

    VERBATIM = "verbatim"
    STITCHED = "stitched"  # parts in their order, with an ellipsis between them
    NEGATION = "negation"  # it is there, but cut off beside a negation
    TOO_SHORT = "too short"  # it would stand nearly anywhere
    ABSENT = "absent"


FOUND: Final = (Standing.VERBATIM, Standing.STITCHED)


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage in the forms that quotations are compared with."""

    forms: tuple[PassageForm, ...]

    @classmethod
    def of(cls, text: str) -> "Passage":
        """The forms of a passage's text."""
        return cls(passage_forms(text))

    def standing(self, quotation: str) -> Standing:
        """Compare a quotation with the passage.

        >>> passage = Passage.of("The notice period is three\\nmonths. It is *not* negotiable.")
        >>> passage.standing("the notice period is three months").value
        'verbatim'
        >>> passage.standing("The notice period is two months.").value
        'absent'
        """
        form = quotation_form(quotation)
        if not is_telling(form):
            return Standing.TOO_SHORT
        found = Standing.ABSENT
        for own in self.forms:
            standing = _standing(form, own)
            if standing in FOUND:
                return standing
            if standing is Standing.NEGATION:
                found = standing
        return found


def is_telling(form: str) -> bool:
    """Whether a normal form is long enough to tell one passage from another."""
    words = _WORD.findall(form)
    if len(_UNSPACED.findall(form)) >= _LEAST_UNSPACED:
        return True
    has_number = any(word.isdigit() for word in words)
    return len(words) >= (_LEAST_WITH_NUMBER if has_number else _LEAST_WORDS)


def _standing(form: str, passage: PassageForm) -> Standing:
    whole = _standing_of_parts([form], passage, Standing.VERBATIM)
    if whole is not Standing.ABSENT:
        return whole
    parts = [part.strip(" .,;:") for part in _ELLIPSIS.split(form)]
    parts = [part for part in parts if part]
    if len(parts) < 2 or not all(map(is_telling, parts)):
        return Standing.ABSENT
    return _standing_of_parts(parts, passage, Standing.STITCHED)


def _standing_of_parts(parts: list[str], passage: PassageForm, standing: Standing) -> Standing:
    """``standing`` where the parts stand in the passage one behind the other, whole each."""
    end = 0
    spans: list[tuple[int, int]] = []
    for part in parts:
        place = _place(part, passage, end)
        if place is None:
            return Standing.ABSENT
        end = place + len(part)
        spans.append((place, end))
    gaps = [passage.text[left[1] : right[0]] for left, right in pairwise(spans)]
    if any(map(hides_negation, gaps)) or any(cuts_negation(passage, *span) for span in spans):
        return Standing.NEGATION
    return standing


def _place(part: str, passage: PassageForm, start: int) -> int | None:
    """Where a part stands as whole words and numbers; where it can, not beside a negation."""
    places = list(_places(part, passage.text, start))
    free = (at for at in places if not cuts_negation(passage, at, at + len(part)))
    return next(free, places[0] if places else None)


def _places(part: str, passage: str, start: int) -> Iterator[int]:
    at = passage.find(part, start)
    while at >= 0:
        if _is_whole(passage, at, at + len(part)):
            yield at
        at = passage.find(part, at + 1)


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether no word and no number is cut at either end."""
    first, last = text[start], text[end - 1]
    before, behind = text[max(0, start - 5) : start], text[end : end + 5]
    if before and _is_letter(before[-1]) and _is_letter(first):
        return False
    if behind and _is_letter(last) and (_is_letter(behind[0]) or _is_contracted(behind)):
        return False
    if last.isdigit() and (found := _NUMBER_GOES_ON.match(behind)):
        # A space parts the groups of 12 000, but not those of "in 2019 300 bees".
        return found[0][0] == " " and not _SHORT_GROUP.search(text, max(0, end - 4), end)
    if not first.isdigit():
        return True
    is_group = _GROUP.match(text, start) is not None and _GROUP_CAME.search(before) is not None
    return not is_group and _NUMBER_CAME.search(before) is None


def _is_contracted(behind: str) -> bool:
    return behind[0] == "'" and behind[1:2].isalpha()  # "can" of "can't"


def _is_letter(character: str) -> bool:
    return character.isalnum() and not _UNSPACED.match(character)
