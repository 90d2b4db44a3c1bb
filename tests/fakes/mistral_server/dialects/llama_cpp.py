"""llama.cpp's server: a text above its physical batch gives a 500, always."""

from typing import Final

from fakes.mistral_server.dialects.dialect import Dialect, Model
from fakes.mistral_server.exchange import Answer, json_answer
from fakes.mistral_server.refusal import Reason, Refusal


def refuse(refusal: Refusal) -> Answer:
    """The answer to a refused request."""
    if refusal.reason is Reason.TEXT_TOO_LONG:
        words = (
            f"input ({refusal.count} tokens) is too large to process. increase the physical batch"
            f" size (current batch size: {refusal.most})"
        )
        return _error(500, words, "server_error")
    if refusal.reason is Reason.PROMPT_TOO_LONG:
        words = (
            f"request ({refusal.count} tokens) exceeds the available context size"
            f" ({refusal.most} tokens), try increasing it"
        )
        return _error(400, words, "exceed_context_size_error")
    if refusal.reason is Reason.NO_ROUTE:
        return _error(404, "File Not Found", "not_found_error")
    return _error(400, '"input" must be provided', "invalid_request_error")


def _error(status: int, message: str, kind: str) -> Answer:
    return json_answer({"error": {"code": status, "message": message, "type": kind}}, status)


LLAMA_CPP: Final = Dialect(
    name="llama.cpp",
    refuse=refuse,
    models=(),
    any_model=Model(384),
    dimension_field=None,
    max_tokens_a_text=512,
)
