"""From the hits of a search to a written answer: forecast, request, checked claims as they come."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from semsearch.ask.answer import Forecast, WrittenAnswer
from semsearch.ask.chat_model import ChatModel, ContextTooSmall, Message, Piece, Usage
from semsearch.ask.claim_parser import ClaimParser
from semsearch.ask.claims import Claim
from semsearch.ask.prompt import messages_of
from semsearch.ask.verification import ShownPassage, Verifier
from semsearch.embedders.token_counts import LearnedTokenCounter
from semsearch.errors import (
    BudgetReached,
    EmbedderUnavailable,
    RequestRefused,
    SemsearchError,
    SettingsError,
)
from semsearch.query.parser import parse_question
from semsearch.settings.amounts import counted, exact_usd_text
from semsearch.settings.schema import Settings

if TYPE_CHECKING:
    from semsearch.query.federated import JointAnswer
    from semsearch.query.hits import Answer, Hit

_AROUND: Final = 50  # tokens that a server puts around messages
# A vocabulary of 200,000 pieces needs a third less tokens than the estimate is made for; a server
# that has counted half of it has cut the prompt.
_LEAST_SHARE: Final = 0.5
_CUT: Final = "length"  # the finish_reason of an answer that reaches its most tokens
_LETTERS_OF_TOKEN: Final = 32  # many more than the four of a usual one: spaces are one token
_LEAST_LETTERS: Final = 4000


class AnswerWriter:
    """Writes the answer to one question: iterate ``claims``, then read ``answer``."""

    def __init__(
        self,
        found: "Answer | JointAnswer",
        model: ChatModel,
        settings: Settings,
        *,
        literal: bool = False,
    ) -> None:
        """Make the forecast; nothing is sent.

        The model gets the question without the filters in it, unless the search took it
        ``literal``. Raises ``BudgetReached`` if the forecast is above ``max_cost`` or
        ``max_tokens``, and ``SettingsError`` if there is a ``max_cost`` without a known price.
        """
        self._model = model
        self._settings = settings
        self._passages = [_shown(hit) for hit in found.hits]
        self._question = parse_question(found.query, literal=literal).text or found.query
        self._messages = messages_of(self._question, self._passages)
        self._counter = LearnedTokenCounter()
        self._answered_letters: list[str] = []
        self.answer = WrittenAnswer(found)
        if found.hits:
            forecast = self._forecast()
            self.answer = replace(self.answer, model=model.uri, host=model.host, forecast=forecast)
            self._check(forecast)

    @property
    def messages(self) -> tuple[Message, ...]:
        """What is sent."""
        return self._messages

    def unsent(self) -> WrittenAnswer:
        """The answer of a dry run: the messages and the forecast."""
        return replace(self.answer, messages=self._messages)

    def claims(self) -> Iterator[Claim]:
        """Ask the model, and yield each claim when it is checked, also those that are left out.

        Without a hit nothing is asked. A failure before the first claim raises ``SemsearchError``;
        a later one ends the answer, which tells it.
        """
        if not self._passages:
            return
        parser = ClaimParser()
        verifier = Verifier(self._passages)
        try:
            for piece in self._bounded(self._pieces()):
                self._note(piece)
                yield from map(self._sorted, map(verifier.checked, parser.feed(piece.text)))
            if self.answer.finish_reason is None:
                raise EmbedderUnavailable(
                    f"the answer of {self._model.host} ended in the middle; try again later"
                )
        except SemsearchError as error:
            if not self.answer.claims and not self.answer.left_out:
                raise
            self.answer = replace(self.answer, failure=error)
        else:
            if not self.answer.is_cut:  # else the last line is not whole
                yield from map(self._sorted, map(verifier.checked, parser.close()))
        finally:
            self._end(parser)

    def _bounded(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        """The pieces up to more letters than the most tokens can have, then an end.

        Not every server keeps to ``max_tokens``; a model that repeats itself would never end.
        """
        left = max(_LEAST_LETTERS, _LETTERS_OF_TOKEN * self._settings.ask_tokens)
        for piece in pieces:
            if len(piece.text) > left:
                yield replace(piece, text=piece.text[:left], finish_reason=_CUT)
                return
            left -= len(piece.text)
            yield piece

    def _sorted(self, claim: Claim) -> Claim:
        """Put a claim among those of the answer."""
        if claim.is_verified:
            self.answer = replace(self.answer, claims=(*self.answer.claims, claim))
        else:
            self.answer = replace(self.answer, left_out=(*self.answer.left_out, claim))
        return claim

    def _pieces(self) -> Iterator[Piece]:
        """The pieces of the answer, to fewer passages where the context is too small for all."""
        count = len(self._passages)
        while True:
            self.answer = replace(self.answer, passages_sent=count)
            try:
                yield from self._model.stream(
                    self._messages,
                    most_tokens=self._settings.ask_tokens,
                    most_lost=self._most_lost(),
                )
                return
            except ContextTooSmall as error:
                if count == 1 or self._answered_letters:
                    raise RequestRefused(
                        f'the context of {self._model.uri} is too small: "{error}"; name another'
                        " model, or have the server make it larger"
                    ) from None
            count = (count + 1) // 2
            self._messages = messages_of(self._question, self._passages[:count])

    def _note(self, piece: Piece) -> None:
        """Keep what the server tells beside the text."""
        self._answered_letters.append(piece.text)
        self.answer = replace(
            self.answer,
            finish_reason=self.answer.finish_reason or piece.finish_reason,
            usage=piece.usage or self.answer.usage,
            answered_by=piece.model or self.answer.answered_by,
        )

    def _end(self, parser: ClaimParser) -> None:
        """Settle usage and cost, by an estimate where the server tells nothing."""
        written = "".join(self._answered_letters)
        usage = self.answer.usage
        sent = self._tokens(message.text for message in self._messages)
        if usage is None and written:
            usage = Usage(sent, self._tokens([written]), is_estimated=True)
        price = self._model.price
        cost = None
        if usage is not None:
            if price is not None:
                cost = price.of(usage.prompt_tokens, usage.completion_tokens)
            if usage.prompt_tokens < _LEAST_SHARE * sent:
                self._add_notice(
                    f"{self._model.host} has counted {usage.prompt_tokens:,} tokens of about"
                    f" {sent:,}: it may have cut the passages; is the model's context too small?"
                )
        all_passages, passages = len(self._passages), self.answer.passages_sent
        if written and passages < all_passages:
            first = "passage" if passages == 1 else f"{passages} passages"
            self._add_notice(
                f"the model's context is too small for {counted(all_passages, 'passage')}; it got"
                f" the first {first}"
            )
        has_none = parser.has_no_answer and not self.answer.claims
        self.answer = replace(self.answer, usage=usage, cost=cost, has_no_answer=has_none)

    def _add_notice(self, notice: str) -> None:
        self.answer = replace(self.answer, notices=(*self.answer.notices, notice))

    def _tokens(self, texts: "Iterator[str] | Sequence[str]") -> int:
        return round(sum(self._counter.expect(text).tokens for text in texts))

    def _forecast(self) -> Forecast:
        tokens = self._tokens(message.text for message in self._messages)
        # Not the estimate: a list of codes has three times as many tokens as prose of its length.
        most = sum(self._counter.bound(message.text) for message in self._messages) + _AROUND
        price = self._model.price
        answer = self._settings.ask_tokens
        return Forecast(
            len(self._passages),
            tokens,
            answer,
            None if price is None else price.of(most, answer),
            None if price is None else price.source,
        )

    def _check(self, forecast: Forecast) -> None:
        most_cost, most_tokens = self._settings.max_cost, self._settings.max_tokens
        if most_tokens is not None and forecast.prompt_tokens > most_tokens:
            raise BudgetReached(
                f"the budget of {counted(most_tokens, 'token')} is too small: the passages have"
                f" about {forecast.prompt_tokens:,}; nothing was sent, ask with a smaller --limit"
            )
        if most_cost is None:
            return
        if forecast.cost is None:
            uri = self._model.uri
            raise SettingsError(
                f"the price of {uri} is not known, so --max-cost cannot hold; set it in config.toml"
                f' ([prices], "{uri} input" and "{uri} output" = USD a million tokens)'
            )
        if forecast.cost > most_cost:
            raise BudgetReached(
                f"the answer may cost {usd_of_answer(forecast.cost)}, more than the budget of"
                f" {exact_usd_text(most_cost)}; nothing was sent"
            )

    def _most_lost(self) -> int | None:
        """How many lost answers the budget allows beside one that comes; None without a budget."""
        cost, most = self.answer.forecast and self.answer.forecast.cost, self._settings.max_cost
        return int(most / cost) - 1 if cost and most is not None else None


def _shown(hit: "Hit") -> ShownPassage:
    return ShownPassage(hit.rank, hit.location, hit.text, hit.ranked.parts, hit.origin)


def usd_of_answer(amount: float) -> str:
    """An amount of money in two digits, however small it is.

    >>> usd_of_answer(0.00059123), usd_of_answer(0)
    ('0.00059 USD', '0.00 USD')
    """
    return exact_usd_text(float(f"{amount:.2g}"))
