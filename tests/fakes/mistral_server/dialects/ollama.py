"""Ollama: no key, no input limit, and long texts are truncated silently."""

from typing import Final

from fakes.mistral_server.dialects.dialect import Dialect, Model
from fakes.mistral_server.dialects.openai import error_body
from fakes.mistral_server.exchange import Answer, json_answer
from fakes.mistral_server.refusal import Reason, Refusal


def refuse(refusal: Refusal) -> Answer:
    """The answer to a refused request."""
    if refusal.reason is Reason.NO_MODEL:
        words = f'model "{refusal.subject}" not found, try pulling it first'
        return json_answer(error_body(words, "not_found_error"), 404)
    if refusal.reason is Reason.NO_ROUTE:
        return Answer(404, b"404 page not found", {"Content-Type": "text/plain"})
    return json_answer(error_body("invalid input"), 400)


OLLAMA: Final = Dialect(
    name="ollama",
    refuse=refuse,
    models=(Model(768, 768, renormalises=True, names=("nomic-embed-text",)),),
    max_tokens_a_text=2048,
    truncates=True,
)
