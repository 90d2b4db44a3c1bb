"""Words of negation, next to which no quotation may be cut off."""

import re
from typing import Final

from semsearch.ask.normal_form import PassageForm

# English, German, French, Spanish, Italian (without "mai", which is May in French), Dutch; also
# what nearly negates, and what denies a sentence that follows.
_WORDS: Final = (
    "not no never none nobody nothing nowhere neither nor without cannot unless except"
    " hardly barely scarcely rarely seldom false untrue denies denied"
    " nicht nichts nie niemals ohne weder außer ausser keineswegs keinesfalls kaum selten falsch"
    " ne pas jamais aucun aucune sans sauf rien guère faux"
    " nunca ningun ninguna sin jamás nadie tampoco"
    " non senza nessun nessuno nessuna niente"
    " niet niets geen nooit zonder"
).split()
_NEGATION: Final = rf"(?:{'|'.join(_WORDS)}|niemand\w{{0,2}}|kein\w{{0,2}}|\w+n't|n'\w+)"
# Words that may stand between a negation and what it negates: not to be …, no longer …, not true
# that …, under no circumstances will …
_BETWEEN: Final = (
    "to be been being have has had ever even yet any a an the true that case circumstances way"
    " event longer more will would shall does is are zu werden mehr der die das den dass daß wahr"
    " umständen fall plus que de la le les vrai cas más que più che meer dat"
).split()
_BEFORE: Final = re.compile(rf"(?<!\w){_NEGATION} (?:(?:{'|'.join(_BETWEEN)}) ){{0,4}}$|[!¬]$")
_BEHIND: Final = re.compile(rf"^,? (?:(?:is|was|are|were|ist|war|est|sind) )?{_NEGATION}(?!\w)")
_WITHIN: Final = re.compile(rf"(?<!\w){_NEGATION}(?!\w)")
_SENTENCE_END: Final = re.compile(r"[.!?。！？] ?")
_AT_SENTENCE_END: Final = re.compile(r"[.!?][)\]]?$")
_NEAR: Final = 60  # characters: a negation with four words between, or behind a verb


def cuts_negation(form: PassageForm, start: int, end: int) -> bool:
    """Whether a negation stands right before ``start`` or right behind ``end``, in its paragraph.

    >>> form = PassageForm.of("The deposit is not refunded. No pets.")
    >>> cuts_negation(form, 0, 14), cuts_negation(form, 19, 27), cuts_negation(form, 0, 27)
    (True, True, False)
    """
    text = form.text
    if start not in form.starts and _BEFORE.search(text[max(0, start - _NEAR) : start]):
        return True
    if end + 1 in form.starts or _AT_SENTENCE_END.search(text, max(start, end - 2), end):
        return False
    return bool(_BEHIND.match(text[end : end + _NEAR]))


def hides_negation(left_out: str) -> bool:
    """Whether a gap within a sentence has a negation; a gap of several sentences may have any."""
    return not _SENTENCE_END.search(left_out) and bool(_WITHIN.search(left_out))
