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
        ("dreihundertfünf Bienen", "305 bees"),
        ("quatre-vingt-dix-sept", "97"),
        ("veinticinco, ventotto, drieëntwintig", "25 28 23"),
        ("twelve hundred", "1,200"),
        ("a three-month notice", "notice: three months"),
        ("3bn", "3 billion"),
        ("3M people", "3,000,000 people"),
        ("the third of a dozen", "the 3rd of 12"),
        ("the 3rd of 12", "the third of a dozen"),
        ("twice", "two times"),
        ("half of them", "1/2 of them"),
        ("half a year", "0.5 years"),
        ("about half", "half of all"),
        ("10^6 bees", "10⁶ bees"),
        ("2e3 bees", "2e3 bees"),
        ("12 euros", "12² euros"),
        ("12 euros", "€ 12"),
        ("5 kilometres", "5 km"),
        ("30 days", "30 working days, 30 weeks"),
        ("minus 5 °C", "it is -5 °C"),
        ("−5 °C", "five degrees below zero"),
        ("5 apples and more", "10-5 apples"),
        ("١٢ euros", "12 euros"),
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
        ("dreihundert Bienen", "200 bees", ("dreihundert",)),
        ("soixante-dix abeilles", "60 bees", ("soixante-dix",)),
        ("a four-month notice", "3 months", ("four",)),
        ("3bn", "3 euros", ("3bn",)),
        ("3M, 3 trillion", "3", ("3M", "3 trillion")),
        ("the third of them", "the 2nd of them", ("third",)),
        ("half of them", "2/3 of them", ("half",)),
        ("50 %", "half, 3 %", ("50 %",)),
        ("10⁶ times", "10 times, 6", ("10⁶",)),
        ("10 times", "10⁶ times", ("10",)),
        ("12e3 euros", "12 of 3", ("12e3",)),
        ("31 cups", "3½ cups", ("31",)),
        ("5 km", "5 cm", ("5 km",)),
        ("940 dollars", "€ 940", ("940 $",)),
        ("five weeks", "five days", ("five week",)),
        ("12 ‰", "12 %", ("12 ‰",)),
        ("-5 °C", "5 °C", ("-5",)),
        ("12\u200b13 euros", "12 or 13 euros", ("1213",)),
        ("1\u03362 euros", "1 or 2 euros", ("12",)),
        ("١٣ euros", "12 euros", ("13",)),
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
