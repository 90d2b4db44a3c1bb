"""``POST /v1/chat/completions``: a valid request → the answer of a scripted model."""

import json
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from fakes.mistral_server.chat_catalogue import scripted
from fakes.mistral_server.chat_script import ChatScript
from fakes.mistral_server.dialects import Dialect
from fakes.mistral_server.exchange import Answer, json_answer
from fakes.mistral_server.refusal import Reason, Refused
from fakes.mistral_server.terms import Terms
from fakes.mistral_server.token_counting import token_count

# Of Mistral's published ChatCompletionRequest, which takes no other fields.
_FIELDS: Final = frozenset(
    (
        "model", "messages", "temperature", "top_p", "max_tokens", "stream", "stop", "random_seed",
        "metadata", "response_format", "tools", "tool_choice", "presence_penalty",
        "frequency_penalty", "n", "prediction", "parallel_tool_calls", "reasoning_effort",
        "prompt_mode", "guardrails", "prompt_cache_key", "service_tier", "safe_prompt",
    )
)  # fmt: skip

Maker = Callable[[str], ChatScript]


class Chat:
    """Answers by ``scripts``, one a request, then by the manners of its terms.

    ``refuses`` are fields that the server does not take, beside those of its dialect. ``context``
    is the most tokens of a prompt; a server that ``truncates`` cuts longer ones.
    """

    def __init__(self, terms: Terms, dialect: Dialect) -> None:
        self._terms = terms
        self._dialect = dialect
        self.scripts: deque[ChatScript | Maker] = deque()
        self.refuses: set[str] = set()
        self.context = terms.chat_context
        self.truncates = dialect.truncates

    def answer(self, document: Any) -> Answer:
        """Answer a request; raises ``Refused``."""
        refused = self._check(document)
        if refused is not None:
            return refused
        prompt = "\n".join(str(message["content"]) for message in document["messages"])
        script = self._script(prompt)
        tokens = token_count(prompt)
        if self.context is not None and tokens > self.context:
            if not self.truncates:
                raise Refused(Reason.PROMPT_TOO_LONG, count=tokens, most=self.context)
            tokens = self.context
        written = token_count(script.text)
        usage = {
            "prompt_tokens": tokens,
            "completion_tokens": written,
            "total_tokens": tokens + written,
        }
        if not script.streams:
            return json_answer(script.whole(document["model"], usage))
        return Answer(
            200,
            b"",
            {"Content-Type": "text/event-stream"},
            tokens=tokens,
            packets=tuple(script.packets(document["model"], usage)),
            pause=self._terms.chat_pause,
            is_whole=script.keeps is None or script.error is not None,
            is_odd=script.is_odd,
        )

    def _script(self, prompt: str) -> ChatScript:
        if not self.scripts:
            return scripted(self._terms.chat, prompt)
        script = self.scripts.popleft()
        return script if isinstance(script, ChatScript) else script(prompt)

    def _check(self, document: Any) -> Answer | None:
        fields = _FIELDS if self._dialect.name == "mistral" else None
        given = document if isinstance(document, dict) else {}
        unknown = sorted(given.keys() - fields) if fields is not None else []
        details = [
            {
                "type": "extra_forbidden",
                "loc": ["body", name],
                "msg": "Extra inputs are not permitted",
                "input": json.dumps(given[name]),
            }
            for name in unknown
        ]
        details += [
            {"type": "missing", "loc": ["body", name], "msg": "Field required"}
            for name in ("model", "messages")
            if name not in given
        ]
        if details:
            raise Refused(Reason.INVALID, details=details)
        for name in sorted(self.refuses & given.keys()):
            words = f"Unsupported parameter: '{name}' is not supported with this model."
            return json_answer({"error": {"message": words, "type": "invalid_request_error"}}, 400)
        return None
