"""Amounts of money as text."""

from semsearch.embedders.api.prices import CURRENCY
from semsearch.settings.amounts import usd_text


def test_amounts_are_in_the_currency_of_the_prices() -> None:
    """The renderer names the currency without importing the price list, and it is the same one."""
    assert [usd_text(amount) for amount in (0, 0.000027, 0.042, 1.5)] == [
        f"{shown} {CURRENCY}" for shown in ("0.00", "less than 0.01", "0.042", "1.50")
    ]
