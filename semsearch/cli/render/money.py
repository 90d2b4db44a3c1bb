"""Amounts of money as text; a status waits for nothing else that a plan is made of."""

from typing import Final

_CURRENCY: Final = "USD"  # that of the published prices, ``embedders.api.prices.CURRENCY``


def usd_text(amount: float) -> str:
    """Return an amount with as many digits as it takes to see it.

    >>> usd_text(1.5), usd_text(0.00042)
    ('1.50 USD', '0.00042 USD')
    """
    digits = ".2f" if amount >= 0.1 or not amount else ".2g"
    return f"{amount:{digits}} {_CURRENCY}"
