"""Mistral, with the bodies that its server was seen to send."""

from typing import Any, Final

from fakes.mistral_server.dialects.dialect import Dialect, Model
from fakes.mistral_server.exchange import Answer, json_answer
from fakes.mistral_server.refusal import Reason, Refusal
from fakes.mistral_server.terms import MAX_INPUTS, MAX_TOKENS, MAX_TOKENS_A_TEXT

CORRELATION_ID: Final = "0190-test"
_INVALID: Final = "invalid_request_error"
_PROMPT: Final = "invalid_request_prompt"


def error_body(
    message: Any, kind: str = _INVALID, code: str | None = None, status: int = 400
) -> dict[str, Any]:
    """An error of Mistral's inference backend."""
    return {
        "object": "error",
        "message": message,
        "type": kind,
        "param": None,
        "code": code,
        "raw_status_code": status,
    }


def refuse(refusal: Refusal) -> Answer:
    """The answer to a refused request."""
    if refusal.reason is Reason.NO_ROUTE:
        return json_answer(
            {"message": "no Route matched with those values", "request_id": "c61f"}, 404
        )
    if refusal.reason is Reason.NO_KEY:
        return json_answer({"detail": "Invalid API Key"}, 401)
    if refusal.reason is Reason.INVALID:
        return json_answer(error_body({"detail": list(refusal.details)}, status=422), 422)
    if refusal.reason is Reason.RATE:
        return json_answer(error_body("Rate limit exceeded", "rate_limited", "1300", 429), 429)
    return json_answer(error_body(*_words(refusal)), 400)


def refuse_as_before_2026(refusal: Refusal) -> Answer:
    """The answer to a refused request, with the older message for too many tokens."""
    if refusal.reason is not Reason.TOO_MANY_TOKENS:
        return refuse(refusal)
    message = f"Too many tokens in batch. Max is {refusal.most} got {refusal.count}"
    return json_answer(error_body(message), 400)


def _words(refusal: Refusal) -> tuple[str, str, str | None]:
    """Message, type and code of a 400."""
    match refusal.reason:
        case Reason.NO_MODEL:
            return f"Invalid model: {refusal.subject}", "invalid_model", "1500"
        case Reason.NO_DIMENSION:
            words = "This model does not support output_dimension."
            return words, "invalid_request_invalid_args", "3051"
        case Reason.NO_TEXTS:
            return "Please provide at least one input element.", _INVALID, None
        case Reason.BLANK_TEXT:
            return "Input must not be blank.", _INVALID, None
        case Reason.TEXT_TOO_LONG:
            words = (
                f"Input id {refusal.position} has {refusal.count} tokens,"
                f" exceeding max {refusal.most} tokens."
            )
            return words, _INVALID, None
        case Reason.PROMPT_TOO_LONG:
            words = (
                f"Prompt contains {refusal.count} tokens and 0 draft tokens, too large for model"
                f" with {refusal.most} maximum context length"
            )
            return words, _PROMPT, "3051"
        case Reason.TOO_MANY_TOKENS:
            return "Too many tokens overall, split into more batches.", _PROMPT, "3210"
        case _:
            return "Too many inputs in request, split into more batches.", _PROMPT, "3210"


MISTRAL: Final = Dialect(
    name="mistral",
    refuse=refuse,
    models=(
        Model(1024, names=("mistral-embed", "mistral-embed-2312")),
        Model(1536, longest_dimension=3072, names=("codestral-embed", "codestral-embed-2505")),
        Model(256, names=("mistral-embed-dim256-2510",)),
        Model(128, names=("mistral-embed-dim128-2510",)),
    ),
    fields=frozenset(
        ("model", "input", "output_dimension", "output_dtype", "encoding_format", "metadata")
    ),
    needs_key=True,
    reads_encoding=False,  # accepted, and floats sent all the same
    dimension_field="output_dimension",
    max_inputs=MAX_INPUTS,
    max_tokens=MAX_TOKENS,
    max_tokens_a_text=MAX_TOKENS_A_TEXT,
    takes_blank=False,
    headers={"mistral-correlation-id": CORRELATION_ID},
)
