"""OpenAI: one envelope for all errors."""

from typing import Any, Final

from fakes.mistral_server.dialects.dialect import Dialect, Model
from fakes.mistral_server.exchange import Answer, json_answer
from fakes.mistral_server.refusal import Reason, Refusal

_INVALID: Final = "invalid_request_error"


def error_body(message: str, kind: str = _INVALID, code: Any = None) -> dict[str, Any]:
    """The error envelope of OpenAI and most compatible servers."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def refuse(refusal: Refusal) -> Answer:
    """The answer to a refused request."""
    match refusal.reason:
        case Reason.NO_ROUTE:
            return json_answer(error_body(f"Invalid URL ({refusal.subject})"), 404)
        case Reason.NO_KEY:
            words = "Incorrect API key provided."
            return json_answer(error_body(words, code="invalid_api_key"), 401)
        case Reason.NO_MODEL:
            words = f"The model `{refusal.subject}` does not exist or you do not have access to it."
            return json_answer(error_body(words, code="model_not_found"), 404)
        case Reason.RATE:
            words = "Rate limit reached for requests"
            return json_answer(error_body(words, "requests", "rate_limit_exceeded"), 429)
        case Reason.PROMPT_TOO_LONG:
            words = (
                f"This model's maximum context length is {refusal.most} tokens. However, your"
                f" messages resulted in {refusal.count} tokens."
            )
            return json_answer(error_body(words, code="context_length_exceeded"), 400)
        case _:
            return json_answer(error_body(_words(refusal)), 400)


def _words(refusal: Refusal) -> str:
    match refusal.reason:
        case Reason.TOO_MANY_TEXTS:
            return f"'input' is too long. Maximum length is {refusal.most}."
        case Reason.TOO_MANY_TOKENS:
            return f"Requested {refusal.count} tokens, max {refusal.most} tokens per request"
        case Reason.TEXT_TOO_LONG:
            return (
                f"This model's maximum context length is {refusal.most} tokens, however you"
                f" requested {refusal.count} tokens. Please reduce your prompt."
            )
        case _:
            return "'$.input' is invalid. Please check the API reference."


OPENAI: Final = Dialect(
    name="openai",
    refuse=refuse,
    models=(
        Model(1536, 1536, renormalises=True, names=("text-embedding-3-small",)),
        Model(3072, 3072, renormalises=True, names=("text-embedding-3-large",)),
        Model(1536, names=("text-embedding-ada-002",)),
    ),
    fields=frozenset(("model", "input", "dimensions", "encoding_format", "user")),
    needs_key=True,
    max_inputs=2048,
    max_tokens=300_000,
    max_tokens_a_text=8192,
    takes_blank=False,
    headers={"x-request-id": "req_0190"},
)
