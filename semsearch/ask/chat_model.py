"""Chat models: the protocol, and the values that go to a model and come from it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from semsearch.ask.chat_prices import ChatPrice


@dataclass(frozen=True, slots=True)
class Message:
    """A message to a model; ``role`` is "system" or "user"."""

    role: str
    text: str

    def to_dict(self) -> dict[str, Any]:
        """The message as all servers take it."""
        return {"role": self.role, "content": self.text}


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a request and its answer; ``is_estimated`` where the server has not told them."""

    prompt_tokens: int
    completion_tokens: int
    is_estimated: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The tokens as JSON names and values."""
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "estimated": self.is_estimated,
        }


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an answer as it comes: text, and what the server tells at the end."""

    text: str = ""
    finish_reason: str | None = None
    usage: Usage | None = None
    model: str | None = None


STOP: Final = "stop"  # the finish_reason of an answer that the model has ended itself
STOPS: Final = (STOP, "eos", "end_turn", "stop_sequence")  # as servers say so


class ContextTooSmall(Exception):
    """The model's context does not hold the prompt; nothing was answered or billed."""


class ChatModel(Protocol):
    """Answers messages in pieces."""

    uri: str
    host: str  # where the messages go
    price: ChatPrice | None

    def stream(
        self, messages: Sequence[Message], *, most_tokens: int, most_lost: int | None = None
    ) -> Iterator[Piece]:
        """Send the messages, and yield the pieces of the answer, of at most ``most_tokens``.

        A request that fails before the first piece is sent again; at most ``most_lost`` of those
        that may have been billed. Raises ``EmbedderError`` and ``ContextTooSmall``.
        """
        ...
