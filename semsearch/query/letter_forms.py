"""Spellings of the same words: what a person types is compared with what a document has."""

import unicodedata
from typing import Final

# Typographic marks, and the keys that people press for them.
_KEYS: Final = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u02b9\u2032\u00b4\u0060", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    }
)
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))  # where a line may end


def as_typed(text: str) -> str:
    """Return a text with composed letters and plain marks, without case.

    >>> as_typed("Don\u2019t fa\u0308hrt u\u0308ber") == as_typed("don't fährt über")
    True
    """
    plain = text.translate(_KEYS)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", plain.translate(_INVISIBLE))
    return plain.casefold()


def asked(text: str) -> str:
    """Return a question with composed letters and without invisible characters."""
    return text if text.isascii() else unicodedata.normalize("NFC", text.translate(_INVISIBLE))


def composed(path: str) -> str:
    """Return a path with composed letters and plain apostrophes.

    Some systems keep the names of files with decomposed letters, and a person types them composed.
    """
    if path.isascii():
        return path
    return unicodedata.normalize("NFC", path).replace("\u2019", "'").replace("\u2018", "'")
