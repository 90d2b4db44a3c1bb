"""Quotations stand in their passages word for word, or they do not count."""

from pathlib import Path
from random import Random

import pytest

from quotation_changes import (
    altered_digit,
    altered_word,
    quotable_sentences,
    reformatted,
    shortened,
    vocabulary,
)
from semsearch.ask.normal_form import normal_form
from semsearch.ask.quotation import FOUND, Passage, Standing

CORPUS = Path(__file__).parents[2] / "sample_corpus"
TEXTS = [
    path.read_text(encoding="utf-8")
    for ending in ("*.md", "*.txt", "*.rst")
    for path in sorted(CORPUS.rglob(ending))
]
LEASE = """\
# Agreement

The notice period is **three
months**. The deposit of 1,200 euros is not refunded before 31 January 2026.

- It includes `heating` and water.
- Pets — cats aside – are wel-
  come; the “small” twenty-
  five square metre flat isn't fur\u00adnished.

| Rent | 500 |
|---|---|
| Heating | 12 % of 4.5 |
"""


@pytest.mark.parametrize(
    "quotation",
    [
        "The notice period is three months.",
        "the notice period is three months",
        "“The notice period is three months”",
        "deposit of 1,200 euros is not refunded before 31 January 2026",
        "It includes heating and water.",
        "Pets - cats aside – are welcome",
        "Pets—cats aside—are welcome; the 'small' twenty-five square metre flat isn't furnished",
        "the small twentyfive square metre flat isn’t furnished",
        "It includes heating and water. Pets – cats aside – are welcome",
        "- It includes heating and water. - Pets – cats aside – are welcome",
        "Rent 500 Heating 12% of 4.5",
        "Rent | 500 | Heating",
        "The notice\u00a0period is three months…",
        "ﬂat isn't furnished",
        "deposit of 1,200 euros is not refunded, before 31 January 2026",
    ],
)
def test_what_a_model_changes_when_it_quotes_does_not_matter(quotation: str) -> None:
    """Lines, Markdown, kinds of quotes and dashes, hyphens, capitals, table rules."""
    assert Passage.of(LEASE).standing(quotation) is Standing.VERBATIM


@pytest.mark.parametrize(
    "quotation",
    [
        "The notice period is two months.",
        "The notice periods is three months.",
        "The notice period is three month",  # a word is cut
        "deposit of 1,200 euros is refunded",
        "The deposit of 1,300 euros",
        "before 31 January 202",  # a number is cut
        "Heating 12 % of 4",  # 4.5
        "includes heating or water",
        "cats aside are welcome here",
        "the notice period three months is",
    ],
)
def test_another_word_or_digit_is_another_text(quotation: str) -> None:
    """Also a part of a word or of a number."""
    assert Passage.of(LEASE).standing(quotation) is Standing.ABSENT


@pytest.mark.parametrize(
    ("passage", "quotation"),
    [
        ("It costs 1.5 million a year", "it costs 1"),
        ("From 10-12 days on", "from 10"),
        ("It is -5 degrees here", "5 degrees here"),
        ("About 12 000 people came", "000 people came"),
        ("About 12 000 people came", "about 12"),
        ("At 14:30 the train leaves", "30 the train leaves"),
        ("The area is 10² square metres", "the area is 102 square metres"),
        ("It rose by 5% this year", "it rose by 5"),
        ("2*3 is the size of it", "23 is the size of it"),
    ],
)
def test_a_number_is_quoted_whole(passage: str, quotation: str) -> None:
    """With its sign, its decimals, its groups, its range and its unit of a hundred."""
    assert Passage.of(passage).standing(quotation) is Standing.ABSENT


@pytest.mark.parametrize(
    ("passage", "quotation", "standing"),
    [
        ("You must not enter the room.", "You must", Standing.TOO_SHORT),
        ("As a guest you must not enter.", "as a guest you must", Standing.NEGATION),
        ("The deposit is not refunded to you.", "refunded to you", Standing.NEGATION),
        ("We cannot take it back now.", "take it back now", Standing.NEGATION),
        ("Der Hund darf nicht in die Wohnung.", "in die Wohnung", Standing.NEGATION),
        ("You can't open the valve now.", "open the valve now", Standing.NEGATION),
        ("You need not to pay it at all.", "pay it at all", Standing.NEGATION),
        ("It is no longer paid back to you.", "paid back to you", Standing.NEGATION),
        ("It isn't true that bees do sleep.", "bees do sleep", Standing.NEGATION),
        ("He denied that bees do sleep.", "bees do sleep", Standing.NEGATION),
        ("That bees do sleep is false.", "bees do sleep", Standing.NEGATION),
        ("There is hardly any rain in summer.", "rain in summer", Standing.NEGATION),
        ("Er muss keineswegs die Kaution zahlen.", "die Kaution zahlen", Standing.NEGATION),
        ("If !is_open and c then stop", "is_open and c then stop", Standing.NEGATION),
        ("They sat! The dog ran away.", "The dog ran away", Standing.VERBATIM),
        ("It does not. The dog ran away.", "dog ran away", Standing.VERBATIM),
        ("What you may NOT\n\nThis leaflet is free.", "This leaflet is free", Standing.VERBATIM),
        ("They come. Not in May they go.", "in May they go", Standing.NEGATION),
        ("It is free of charge. Not so the tea.", "it is free of charge", Standing.VERBATIM),
        (
            "The fee is, as we said, not to be paid by you.",
            "the fee is ... to be paid by you",
            Standing.ABSENT,
        ),
        (
            "The monthly fee is, as we said, never to be paid by you.",
            "the monthly fee is … to be paid by you",
            Standing.NEGATION,
        ),
    ],
)
def test_no_quotation_leaves_out_a_not(passage: str, quotation: str, standing: Standing) -> None:
    """Neither at its ends, within the paragraph, nor behind its ellipsis."""
    found = Passage.of(passage).standing(quotation)
    if standing is Standing.ABSENT:
        assert found not in FOUND
    else:
        assert found is standing


@pytest.mark.parametrize(
    ("quotation", "standing"),
    [
        ("Feed it every day … rub it with flour", Standing.STITCHED),
        ("Feed it every day [...] rub it with flour", Standing.STITCHED),
        ("rub it with flour … Feed it every day", Standing.ABSENT),  # in another order
        ("Feed it every day … bake it with salt", Standing.ABSENT),
        ("Feed it … rub it with flour", Standing.ABSENT),  # two words stand nearly anywhere
    ],
)
def test_parts_with_an_ellipsis_stand_in_their_order(quotation: str, standing: Standing) -> None:
    """Each part is a quotation of its own."""
    passage = Passage.of("Feed it every day at noon. For longer, rub it with flour.")
    assert passage.standing(quotation) is standing


@pytest.mark.parametrize("quotation", ["", "the", "of the", "...", "🐝", "— —"])
def test_too_little_is_no_quotation(quotation: str) -> None:
    """It would stand nearly anywhere."""
    assert Passage.of("It is of the sort … — —").standing(quotation) is Standing.TOO_SHORT


def test_scripts_without_spaces_are_quoted_too() -> None:
    """A break between their letters is none; a part of the text is no part of a word."""
    passage = Passage.of("蜜蜂在冬天\n聚集成团以保持温暖。")
    assert passage.standing("冬天聚集成团以保持温暖") is Standing.VERBATIM
    assert passage.standing("夏天聚集成团以保持温暖") is Standing.ABSENT


def test_code_is_quoted_without_its_indentation() -> None:
    """And without the signs of code spans."""
    passage = Passage.of("def f(max_cost):\n    if `max_cost` > 5:\n        return __name__")
    assert passage.standing("if max_cost > 5: return __name__") is Standing.VERBATIM
    assert passage.standing("if max_cost < 5: return __name__") is Standing.ABSENT


def test_of_many_true_quotations_hardly_any_is_refused_and_no_altered_one_passes() -> None:
    """Sentences of the sample corpus: scripts/bench/quotations has more of them."""
    random = Random(3)
    words = vocabulary(TEXTS)
    true = passed = false = 0
    for text in TEXTS:
        passage = Passage.of(text)
        for sentence in random.choices(quotable_sentences(text), k=12):
            rewritten = reformatted(sentence, random)
            forms = [form for form in (rewritten, shortened(rewritten, random)) if form]
            true += len(forms)
            passed += sum(passage.standing(form) in FOUND for form in forms)
            for altered in (
                altered_word(rewritten, random, words),
                altered_digit(rewritten, random),
            ):
                if altered is not None and normal_form(altered) != normal_form(rewritten):
                    assert passage.standing(altered) not in FOUND, (sentence, altered)
                    false += 1
    assert false > 200
    assert passed >= 0.99 * true > 200
