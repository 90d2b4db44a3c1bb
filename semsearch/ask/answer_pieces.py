"""JSON of a chat server, whole or a chunk of a stream → a piece of an answer.

``content`` is a text or a list of chunks (text, reference, thinking), also in a stream. Thoughts,
references and tool calls are left out.
"""

from typing import Any, Final

from semsearch.ask.chat_model import STOP, Piece, Usage
from semsearch.ask.event_stream import DONE

_MOST_TOKENS: Final = 10_000_000  # a larger count is taken as not stated


class ErrorInStream(Exception):
    """An error object in place of a piece; its text is the server's message."""


def piece_of(content: dict[str, Any]) -> Piece:
    """Return the piece; raises ``ErrorInStream``.

    >>> piece_of({"choices": [{"delta": {"content": [{"type": "text", "text": "Yes"}]}}]}).text
    'Yes'
    """
    if content == DONE:
        return Piece(finish_reason=STOP)
    error = content.get("error")
    if error or content.get("object") == "error":
        raise ErrorInStream(_message(error or content))
    choices = content.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    choice = first if isinstance(first, dict) else {}
    said = choice.get("delta") or choice.get("message")
    text = _text(said.get("content")) if isinstance(said, dict) else ""
    if isinstance(said, dict) and not text and isinstance(said.get("refusal"), str):
        text = said["refusal"]  # OpenAI puts a refusal there
    reason = choice.get("finish_reason")
    model = content.get("model")
    return Piece(
        text,
        reason if isinstance(reason, str) and reason else None,
        _usage(content.get("usage")),
        model if isinstance(model, str) and model else None,
    )


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = []
    for chunk in content:
        if isinstance(chunk, str):
            texts.append(chunk)
        elif isinstance(chunk, dict) and chunk.get("type", "text") == "text":
            text = chunk.get("text")
            texts.append(text if isinstance(text, str) else "")
    return "".join(texts)


def _usage(usage: Any) -> Usage | None:
    """The tokens that a server has counted; None where they are missing or no counts."""
    if not isinstance(usage, dict):
        return None
    prompt, answer = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if type(prompt) is not int or not 0 < prompt <= _MOST_TOKENS:
        return None
    if type(answer) is not int or not 0 <= answer <= _MOST_TOKENS:
        return None
    return Usage(prompt, answer)


def _message(error: Any) -> str:
    if isinstance(error, dict):
        return str(error.get("message") or error.get("detail") or error.get("type") or "an error")
    return str(error)
