"""Refusal of a request, independent of a server's wording."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any


class Reason(Enum):
    """All reasons for a refusal."""

    NO_ROUTE = auto()
    NO_KEY = auto()
    INVALID = auto()  # not what the schema says
    NO_MODEL = auto()
    NO_DIMENSION = auto()  # the model has one only
    NO_TEXTS = auto()
    BLANK_TEXT = auto()
    TOO_MANY_TEXTS = auto()
    TEXT_TOO_LONG = auto()
    TOO_MANY_TOKENS = auto()
    PROMPT_TOO_LONG = auto()  # for the context of a chat model
    BODY_TOO_LARGE = auto()
    RATE = auto()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason and its figures; ``position`` is that of a text in its request."""

    reason: Reason
    subject: str = ""
    position: int = 0
    count: int = 0
    most: int = 0
    details: Sequence[dict[str, Any]] = ()


class Refused(Exception):
    """A request is refused and not processed."""

    def __init__(self, reason: Reason, **figures: Any) -> None:
        super().__init__(reason)
        self.refusal = Refusal(reason, **figures)
