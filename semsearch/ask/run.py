"""The line from a question to a written answer: search, forecast, request, checked claims."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Unpack

from semsearch.ask.answer import WrittenAnswer
from semsearch.ask.answer_writer import AnswerWriter
from semsearch.ask.chat_model import ChatModel
from semsearch.ask.claims import Claim
from semsearch.ask.registry import open_chat_model
from semsearch.query.options import SearchKeywords, SearchOptions
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings

if TYPE_CHECKING:
    from semsearch.query.searcher import Searcher


def write_answer(
    open_searcher: "Callable[[], Searcher]",
    question: str,
    options: SearchOptions | None,
    *,
    model: str | ChatModel | None,
    max_cost: float | None,
    settings: Settings | None,
    on_claim: Callable[[Claim], None] | None,
    **changes: Unpack[SearchKeywords],
) -> WrittenAnswer:
    """Search, and have a chat model write an answer from the hits; see ``Index.ask``."""
    named = model if isinstance(model, str) else None
    values = run_settings(settings, ask_model=named, max_cost=max_cost)
    if model is None or isinstance(model, str):
        model = open_chat_model(values.ask_model, values)  # first: its errors cost nothing
    wanted = (options or SearchOptions()).changed(**changes)
    with open_searcher() as search:
        found = search(question, wanted)
    writer = AnswerWriter(found, model, values, literal=wanted.literal)
    for claim in writer.claims():
        if on_claim is not None:
            on_claim(claim)
    return writer.answer
