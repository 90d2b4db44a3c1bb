"""The written answer to a question: verified claims, what was left out, and what it cost."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from semsearch.ask.chat_model import STOPS, Message, Usage
from semsearch.ask.claims import Claim
from semsearch.errors import SemsearchError

if TYPE_CHECKING:
    from semsearch.query.federated import JointAnswer
    from semsearch.query.hits import Answer


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a request will take: its tokens, the most tokens of an answer, the most it can cost.

    ``cost`` is in USD, None where the price is not known; ``source`` names the price list.
    """

    passages: int
    prompt_tokens: int
    answer_tokens: int
    cost: float | None
    source: str | None

    def to_dict(self) -> dict[str, Any]:
        """The forecast as JSON names and values."""
        return {
            "passages": self.passages,
            "prompt_tokens": self.prompt_tokens,
            "answer_tokens": self.answer_tokens,
            "cost": self.cost,
            "price_source": self.source,
        }


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
    """An answer of a chat model to the passages of a search.

    ``claims`` are verified, ``left_out`` are not, both in the model's order. ``found`` is the
    answer of the search. Where it has no hit no model is asked, and ``model`` is None.
    ``has_no_answer`` is the model's word that the passages do not answer. ``finish_reason`` is the
    server's word for the end, None where none came. ``failure`` broke the answer off. ``messages``
    are what is sent, for a dry run. Usage and cost are None where nothing was sent.
    """

    found: "Answer | JointAnswer"
    claims: tuple[Claim, ...] = ()
    left_out: tuple[Claim, ...] = ()
    model: str | None = None
    host: str | None = None
    answered_by: str | None = None
    forecast: Forecast | None = None
    passages_sent: int = 0
    has_no_answer: bool = False
    finish_reason: str | None = None
    usage: Usage | None = None
    cost: float | None = None
    failure: SemsearchError | None = None
    notices: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()

    @property
    def is_cut(self) -> bool:
        """Whether the answer ended before the model had ended it."""
        return self.failure is not None or self.finish_reason not in (None, *STOPS)

    @property
    def text(self) -> str:
        """The verified sentences, each with the numbers of its passages."""
        return "\n".join(
            f"{claim.text} {' '.join(f'[{number}]' for number in numbers_of(claim))}"
            for claim in self.claims
        )

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON names and values; the hits have the names of a search."""
        found = self.found.to_dict()
        record = {
            "question": found.pop("query"),
            **found,
            "claims": [claim.to_dict() for claim in self.claims],
            "left_out": [claim.to_dict() for claim in self.left_out],
            "no_answer": self.has_no_answer,
            "model": self.model,
            "host": self.host,
            "answered_by": self.answered_by,
            "forecast": None if self.forecast is None else self.forecast.to_dict(),
            "passages_sent": self.passages_sent,
            "usage": None if self.usage is None else self.usage.to_dict(),
            "cost": self.cost,
            "finish_reason": self.finish_reason,
            "cut": self.is_cut,
            "error": None if self.failure is None else str(self.failure),
            "notices": list(self.notices),
        }
        if self.messages:
            record["messages"] = [message.to_dict() for message in self.messages]
        return record


def numbers_of(claim: Claim) -> list[int]:
    """The passages that a claim stands on, each once."""
    return list(dict.fromkeys(quotation.passage for quotation in claim.quotations))
