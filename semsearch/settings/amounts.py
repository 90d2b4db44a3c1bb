"""Amounts in words: numbers of things, durations, and money."""

import math
from typing import Final

_CURRENCY: Final = "USD"  # that of the published prices, ``embedders.api.prices.CURRENCY``
LEAST_USD: Final = 0.01  # the least amount of money that is told
_MINUTE: Final = 60  # seconds
_HOUR: Final = 3600
_ES: Final = ("x", "ch", "s")  # endings of nouns whose plural ends with -es


def counted(count: int, noun: str) -> str:
    """Return a number of things in words.

    >>> counted(1, "text"), counted(2400, "text"), counted(0, "index")
    ('1 text', '2,400 texts', '0 indexes')
    """
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun}{'es' if noun.endswith(_ES) else 's'}"


def duration_text(seconds: float) -> str:
    """Return a duration, rounded to a unit that a person expects.

    >>> duration_text(30), duration_text(150), duration_text(9000)
    ('30 s', '3 min', '2.5 h')
    """
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 100 * _MINUTE:
        return f"{max(2, math.ceil(seconds / _MINUTE))} min"
    return f"{seconds / _HOUR:.1f} h"


def usd_text(amount: float) -> str:
    """Return a price, which is an estimate, in two digits.

    >>> usd_text(1.5), usd_text(0.014), usd_text(0.000027)
    ('1.50 USD', '0.014 USD', 'less than 0.01 USD')
    """
    if 0 < amount < LEAST_USD:
        return f"less than {LEAST_USD:g} {_CURRENCY}"
    digits = ".2f" if amount >= 0.1 or not amount else ".2g"
    return f"{amount:{digits}} {_CURRENCY}"


def exact_usd_text(amount: float) -> str:
    """Return an amount that a person has given, such as a budget, with all its digits.

    >>> exact_usd_text(0.000008), exact_usd_text(2.5), exact_usd_text(10)
    ('0.000008 USD', '2.50 USD', '10.00 USD')
    """
    whole, _, digits = f"{amount:.12f}".rstrip("0").partition(".")
    return f"{whole}.{digits:0<2} {_CURRENCY}"
