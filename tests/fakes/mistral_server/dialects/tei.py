"""Text Embeddings Inference: 32 inputs, 2 MB, errors without an envelope, any model name."""

from typing import Final

from fakes.mistral_server.dialects.dialect import Dialect, Model
from fakes.mistral_server.exchange import Answer, json_answer
from fakes.mistral_server.refusal import Reason, Refusal


def refuse(refusal: Refusal) -> Answer:
    """The answer to a refused request."""
    match refusal.reason:
        case Reason.TOO_MANY_TEXTS:
            words = f"batch size {refusal.count} > maximum allowed batch size {refusal.most}"
            return _error(422, words, "Validation")
        case Reason.BODY_TOO_LARGE:
            body = b"Failed to buffer the request body: length limit exceeded"
            return Answer(413, body, {"Content-Type": "text/plain"})
        case Reason.RATE:
            return _error(429, "Model is overloaded", "Overloaded")
        case Reason.NO_ROUTE:
            return Answer(404, b"")
        case _:
            return _error(400, "`inputs` cannot be empty", "Empty")


def _error(status: int, message: str, kind: str) -> Answer:
    return json_answer({"message": message, "code": status, "type": kind}, status)


TEI: Final = Dialect(
    name="tei",
    refuse=refuse,
    models=(),
    any_model=Model(384, 384, renormalises=True),
    max_inputs=32,
    max_tokens_a_text=512,
    max_body=2_000_000,
    truncates=True,
)
