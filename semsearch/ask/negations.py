"""Words of negation, next to which no quotation may be cut off."""

import re
from typing import Final

from semsearch.ask.normal_form import PassageForm

# English, German, French, Spanish, Italian (without "mai", which is May in French), Dutch.
_WORDS: Final = (
    "not no never none neither nor without cannot unless except"
    " nicht nie niemals ohne weder außer ausser"
    " ne pas jamais aucun aucune sans sauf"
    " nunca ningun ninguna sin jamás"
    " non senza nessun nessuna"
    " niet geen nooit zonder"
).split()
_NEGATION: Final = rf"(?:{'|'.join(_WORDS)}|kein\w{{0,2}}|n'\w+)"
_BEFORE: Final = re.compile(rf"(?<!\w){_NEGATION} $")
_BEHIND: Final = re.compile(rf"^,? (?:{_NEGATION}|\w+n't)(?!\w)")
_WITHIN: Final = re.compile(rf"(?<!\w)(?:{_NEGATION}|\w+n't)(?!\w)")
_SENTENCE_END: Final = re.compile(r"[.!?。！？] ?")
_AT_SENTENCE_END: Final = re.compile(r"[.!?][)\]]?$")
_NEAR: Final = 20  # characters; the longest word above has eight


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
