"""Written answers as a person reads them."""

from pathlib import Path
from typing import Any

import pytest

from semsearch.ask.answer import Forecast, WrittenAnswer
from semsearch.ask.chat_model import Usage
from semsearch.ask.claims import Claim, Draft, Quotation, Reason
from semsearch.cli.render.terminal import Style
from semsearch.cli.render.written_answers import (
    claim_text,
    cost_text,
    ending_texts,
    forecast_text,
    left_out_text,
)
from semsearch.documents.passage import Location
from semsearch.query.hits import Answer

PLAIN = Style(is_on=False)
PLACE = Location("notes/bees.md", (3, 4), None, ())
FOUND = Answer("bees?", Path("i"), Path("c"), 1, "local:minilm", (), ())


def claim(text: str = "They keep warm.", **of_quotation: Any) -> Claim:
    """A verified claim."""
    quotation = Quotation("bees keep warm", 2, PLACE, **of_quotation)
    return Claim(text, (quotation,), Draft(text))


def left(reason: Reason, *detail: str) -> Claim:
    """A claim that is left out."""
    return Claim("They knit.", (), Draft("They knit."), reason, detail)


def answer(**values: Any) -> WrittenAnswer:
    """An answer of a model."""
    return WrittenAnswer(FOUND, model="mistral:small", host="api.mistral.ai", **values)


def test_a_claim_has_its_quotation_and_place_below() -> None:
    """In rows that fit."""
    text = claim_text(claim("They keep " + "very " * 20 + "warm."), 40, PLAIN)
    assert max(map(len, text.splitlines())) <= 40
    assert text.endswith("warm. [2]\n   “bees keep warm”\n   [2] notes/bees.md:3-4")


def test_a_quotation_that_stands_elsewhere_is_told() -> None:
    """With what the model gave."""
    text = claim_text(claim(cited=(1, 3)), 80, PLAIN)
    assert text.endswith("[2] notes/bees.md:3-4 (the model gave [1], [3])")


def test_of_several_indexes_the_place_has_the_name() -> None:
    """As in a query."""
    assert "[2] work: notes/bees.md:3-4" in claim_text(claim(index="work"), 80, PLAIN)


def test_no_control_character_of_a_model_is_printed() -> None:
    """Neither of sentences nor of quotations, names and reasons."""
    odd = "a\x1b[2Jb\r\nc\u202e"
    verified = Claim(odd, (Quotation(odd, 1, PLACE, index=odd),), Draft(odd))
    unverified = Claim(odd, (), Draft(odd), Reason.FACTS, (odd,))
    told = answer(answered_by=odd, usage=Usage(1, 1), finish_reason=odd)
    shown = [
        claim_text(verified, 80, PLAIN),
        left_out_text([unverified], 80, PLAIN),
        cost_text(told),
        *ending_texts(told, with_unverified=False),
    ]
    assert not {"\x1b", "\r", "\u202e"} & set("".join(shown))


def test_what_is_left_out_is_counted_by_its_reason() -> None:
    """The most usual first; a single reason needs no count."""
    claims = (left(Reason.FACTS, "7"), left(Reason.NOT_FOUND), left(Reason.NOT_FOUND))
    (told,) = ending_texts(answer(claims=(claim(),), left_out=claims), with_unverified=False)
    assert told == (
        "3 sentences left out: the quotation is in none of the passages (2); a number or date is"
        " not in the passage (1); --unverified shows them"
    )
    (one,) = ending_texts(answer(claims=(claim(),), left_out=claims[1:2]), with_unverified=True)
    assert one == "1 sentence left out: the quotation is in none of the passages"
    assert left_out_text(claims[:1], 80, PLAIN) == (
        "NOT VERIFIED: They knit.\n   a number or date is not in the passage: 7"
    )


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"has_no_answer": True}, "the model finds no answer in these passages"),
        ({}, "the model wrote nothing"),
        ({"finish_reason": "length"}, "the answer is cut: it reached its most tokens"),
        ({"finish_reason": "odd"}, "the answer is cut: its server ended it (odd)"),
        ({"claims": (claim(),), "finish_reason": "stop"}, None),
    ],
)
def test_an_odd_end_is_said(values: dict[str, Any], told: str | None) -> None:
    """An end in order is not."""
    notices = ending_texts(answer(**values), with_unverified=False)
    assert [notice[: len(told or "")] for notice in notices] == ([told] if told else [])


def test_tokens_and_cost_are_told_before_and_after() -> None:
    """As an estimate, then as the server has counted."""
    forecast = Forecast(5, 1900, 2000, 0.00153, "price list of 2026-08-21")
    assert forecast_text(answer(forecast=forecast)) == (
        "sending the question and 5 passages, about 1,900 tokens, to mistral:small at"
        " api.mistral.ai; at most 0.0015 USD (price list of 2026-08-21)"
    )
    unknown = Forecast(1, 400, 2000, None, None)
    assert forecast_text(answer(forecast=unknown)).endswith("; its price is not known")
    counted = answer(usage=Usage(1904, 131), cost=0.00036, answered_by="small-2603")
    assert cost_text(counted) == "small-2603: 1,904 tokens read, 131 written, 0.00036 USD"
    guessed = answer(usage=Usage(1904, 131, is_estimated=True))
    assert cost_text(guessed) == "mistral:small: about 1,904 tokens read, about 131 written"
