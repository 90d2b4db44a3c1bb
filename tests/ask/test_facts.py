"""Numbers and dates of a claim stand in its evidence, whatever their spelling."""

import pytest

from semsearch.ask.facts import Facts, unsupported


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("1,200 euros", "1.200 €"),
        ("1200 euros", "1 200 €"),
        ("1 200 000", "1,200,000"),
        ("1,000,000.50", "1000000.5"),
        ("10.5 degrees", "10,5 Grad"),
        ("1.5 million", "1,500,000 people"),
        ("25k people", "25,000 people"),
        ("2 Mrd.", "2 billion"),
        ("three months", "3 months"),
        ("3 months", "three months"),
        ("drei Monate", "three months"),
        ("25 people", "twenty-five people"),
        ("fünfundzwanzig", "25"),
        ("300 bees", "three hundred bees"),
        ("12 %", "twelve percent"),
        ("12 percent", "12 % of all"),
        ("version 2.3.1", "2.3.1 is out"),
        ("1.0 metre", "1 metre"),
        ("1 bee", "one bee"),
        ("5kg", "5 kg"),
        ("the 3rd", "3rd of all"),
        ("14:30", "at 14:30 h"),
        ("31 January 2026", "2026-01-31"),
        ("January 31, 2026", "31.1.2026"),
        ("31. Januar 2026", "31/01/26"),
        ("31 janvier", "31 January 2026"),
        ("in January 2026", "31 January 2026"),
        ("in May 1978", "It was in May\n1978."),
        ("9 and 100,000", "| 9 | 100,000 |"),
        ("12 300 people", "12\n300"),
        ("31 January 2026", "Minutes 2026\nOn 31 January we met."),
        ("in June", "on 5 June"),
        ("every Tuesday", "jeden Dienstag"),
        ("you may go, one of the two", "the 2 of you"),
        ("2019-2020", "2019–2020"),
        ("³ as a note", "nothing"),
        ("5 m3", "5 m³"),
        ("5 km2", "5 km²"),
    ],
)
def test_a_fact_in_another_spelling_is_the_same_fact(claim: str, evidence: str) -> None:
    """Separators, words, scales, percent, dates in words and in digits."""
    assert unsupported(claim, Facts.of(evidence)) == ()


@pytest.mark.parametrize(
    ("claim", "evidence", "missing"),
    [
        ("1,300 euros", "1,200 euros", ("1,300",)),
        ("1.5 million", "1.5 billion", ("1.5 million",)),
        ("12 %", "12 euros", ("12 %",)),
        ("two months", "three months", ("two",)),
        ("version 2.3.1", "2.3.2", ("2.3.1",)),
        ("1,000 bees", "1 bee", ("1,000",)),
        ("31 January 2026", "30 January 2026", ("31 January 2026",)),
        ("31 January 2026", "31 January 2025", ("31 January 2026",)),
        ("2026-01-31", "2026-02-01 and 31", ("2026-01-31",)),
        ("in June", "in July", ("June",)),
        ("on Monday", "on Tuesday", ("Monday",)),
        ("15:30", "14:30", ("15",)),
        ("3 of 7", "7", ("3",)),
    ],
)
def test_a_fact_that_is_not_there_is_named_as_written(
    claim: str, evidence: str, missing: tuple[str, ...]
) -> None:
    """Also where a part of it is there."""
    assert unsupported(claim, Facts.of(evidence)) == missing


def test_a_sentence_without_facts_needs_none() -> None:
    """Articles and pronouns are no numbers."""
    assert unsupported("One of them, a bee, may march once more.", Facts.of("")) == ()
