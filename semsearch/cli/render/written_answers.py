"""Written answers as text: forecast, claims as they come, what is left out, tokens and cost.

The text of a model reaches a terminal like that of a document: without a control character.
"""

import sys
import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from semsearch.ask.answer import WrittenAnswer, numbers_of
from semsearch.ask.answer_writer import usd_of_answer
from semsearch.ask.chat_model import STOPS, Message
from semsearch.ask.claims import Claim, Quotation
from semsearch.cli.render.terminal import Style, say, to_json
from semsearch.documents.text.printable import printable, printable_line
from semsearch.settings.amounts import counted

if TYPE_CHECKING:
    from semsearch.ask.answer_writer import AnswerWriter

_WIDEST: Final = 100
_INDENT: Final = "   "
_ENDS: Final = {
    "length": "the answer is cut: it reached its most tokens (setting ask_tokens)",
    "model_length": "the answer is cut: the model's context is full; ask with a smaller --limit",
    "content_filter": "the answer is cut: the server has filtered it",
    "error": "the answer is cut: the server reports an error; try again later",
}


class AnswerPrinter:
    """Prints the answer of a writer while it is written."""

    def __init__(
        self,
        writer: "AnswerWriter",
        width: int,
        style: Style,
        *,
        as_json: bool,
        with_unverified: bool,
        quiet: bool,
    ) -> None:
        self._writer = writer
        self._width = min(width, _WIDEST)
        self._style = style
        self._as_json = as_json
        self._with_unverified = with_unverified
        self._quiet = quiet

    def print(self) -> None:
        """Ask, print each claim when it is verified, then the rest; raises ``SemsearchError``."""
        self._say(forecast_text(self._writer.answer))
        try:
            for claim in self._writer.claims():
                if claim.is_verified and not self._as_json:
                    print(f"\n{claim_text(claim, self._width, self._style)}", flush=True)
        except KeyboardInterrupt:
            self._say_cost()
            raise
        answer = self._writer.answer
        if self._as_json:
            print(to_json(answer.to_dict()))
        elif self._with_unverified and answer.left_out:
            print(f"\n{left_out_text(answer.left_out, self._width, self._style)}")
        sys.stdout.flush()
        for notice in ending_texts(answer, with_unverified=self._with_unverified):
            self._say(notice)
        if answer.failure is not None:
            say(f"semsearch: the answer is cut: {answer.failure}")
        self._say_cost()

    def _say_cost(self) -> None:
        if self._writer.answer.usage is not None:
            self._say(cost_text(self._writer.answer))

    def _say(self, text: str) -> None:
        if not self._quiet:
            sys.stdout.flush()
            say(f"semsearch: {text}")


def forecast_text(answer: WrittenAnswer, verb: str = "sending") -> str:
    """What goes where, and what it can cost."""
    forecast = answer.forecast
    assert forecast is not None  # there are hits
    cost = (
        "its price is not known"
        if forecast.cost is None
        else f"at most {usd_of_answer(forecast.cost)} ({forecast.source})"
    )
    place = "" if "@" in (answer.model or "") else f" at {answer.host}"
    return (
        f"{verb} the question and {counted(forecast.passages, 'passage')}, about"
        f" {counted(forecast.prompt_tokens, 'token')}, to {answer.model}{place}; {cost}"
    )


def messages_text(messages: Sequence[Message]) -> str:
    """The messages as they are sent, safe for a terminal."""
    return "\n\n".join(f"{message.role}:\n{printable(message.text)}" for message in messages)


def claim_text(claim: Claim, width: int, style: Style) -> str:
    """A sentence with the numbers of its passages, then each quotation with its citation."""
    numbers = " ".join(f"[{number}]" for number in numbers_of(claim))
    rows = textwrap.wrap(f"{printable_line(claim.text)} {numbers}", max(width, 20))
    return "\n".join([*rows, *(_quotation(one, width, style) for one in claim.quotations)])


def _quotation(quotation: Quotation, width: int, style: Style) -> str:
    words = " ".join(printable(quotation.text).split())
    rows = textwrap.wrap(
        f"“{words}”", max(width, 20), initial_indent=_INDENT, subsequent_indent=_INDENT
    )
    place = f"[{quotation.passage}] {style.path(printable_line(quotation.citation))}"
    if quotation.is_moved:
        cited = ", ".join(f"[{number}]" for number in quotation.cited)
        place += style.dim(f" (the model gave {cited})")
    return "\n".join([*map(style.dim, rows), f"{_INDENT}{place}"])


def left_out_text(claims: Sequence[Claim], width: int, style: Style) -> str:
    """Sentences that could not be verified, each marked as such, with the reason."""
    rows = []
    for claim in claims:
        text = f"NOT VERIFIED: {printable_line(claim.text)}"
        rows += textwrap.wrap(text, max(width, 20), subsequent_indent=_INDENT)
        rows += [
            style.dim(row)
            for row in textwrap.wrap(
                printable_line(claim.why),
                max(width, 20),
                initial_indent=_INDENT,
                subsequent_indent=_INDENT,
            )
        ]
    return "\n".join(rows)


def ending_texts(answer: WrittenAnswer, *, with_unverified: bool) -> list[str]:
    """What is to be said at the end: what is left out, why the answer ends as it does."""
    told = list(answer.notices)
    if answer.left_out:
        reasons = Counter(claim.reason for claim in answer.left_out if claim.reason)
        words = "; ".join(
            reason.words + (f" ({count})" if len(reasons) > 1 else "")
            for reason, count in reasons.most_common()
        )
        shows = "" if with_unverified else "; --unverified shows them"
        told.append(f"{counted(len(answer.left_out), 'sentence')} left out: {words}{shows}")
    if answer.has_no_answer:
        told.append("the model finds no answer in these passages")
    elif not answer.claims and answer.left_out:
        told.append("nothing of the answer could be verified; the passages are above")
    elif not answer.claims and answer.failure is None and not answer.is_cut:
        told.append("the model wrote nothing")
    if answer.finish_reason not in (None, *STOPS):
        reason = printable_line(str(answer.finish_reason))[:40]
        told.append(_ENDS.get(reason, f"the answer is cut: its server ended it ({reason})"))
    return told


def cost_text(answer: WrittenAnswer) -> str:
    """Model, tokens and cost of an answer."""
    usage = answer.usage
    assert usage is not None
    about = "about " if usage.is_estimated else ""
    cost = "" if answer.cost is None else f", {about}{usd_of_answer(answer.cost)}"
    who = printable_line(answer.answered_by or answer.model or "")[:80]
    return (
        f"{who}: {about}{counted(usage.prompt_tokens, 'token')} read,"
        f" {about}{usage.completion_tokens:,} written{cost}"
    )
