"""The stand-in's chat model behaves as tests assume, by Mistral's contract and own client."""

import json
import re
from typing import Any

import pytest
import requests
from mistralai.client import Mistral

from fakes.mistral_server import CHAT_NAMES, KEY, ChatScript, MistralServer, mistral_server

PROMPT = """\
<passage abc 1>
(under the headings: Bees)
Honey bees keep warm.
</passage abc>

<passage abc 2>
Bread dough rises. Bake it hot, and in a warm place.
</passage abc>

Question: Do bees keep warm?"""


def post(server: MistralServer, **fields: Any) -> requests.Response:
    """Ask the model on a new connection."""
    messages = [{"role": "user", "content": PROMPT}]
    return requests.post(
        f"{server.url}/v1/chat/completions",
        json={"model": "mistral-small-latest", "messages": messages, "stream": True, **fields},
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=20,
    )


@pytest.mark.parametrize(
    ("shape", "text"),
    [({}, "Für sie: ja."), ({"as_chunks": True, "thinks": "Hm."}, "Für sie: ja.")],
)
def test_mistrals_own_client_reads_the_stream(shape: dict[str, Any], text: str) -> None:
    """Texts and chunks; the last event has the usage."""
    with mistral_server() as server:
        server.chat.scripts.append(ChatScript("Für sie: ja.", **shape))
        with Mistral(api_key=KEY, server_url=server.url) as client:
            stream = client.chat.stream(
                model="mistral-small-latest", messages=[{"role": "user", "content": PROMPT}]
            )
            chunks = [event.data for event in stream]
    contents = [chunk.choices[0].delta.content for chunk in chunks]
    parts = [part for one in contents for part in (one if isinstance(one, list) else [one])]
    told = [part if isinstance(part, str) else getattr(part, "text", "") for part in parts]
    assert "".join(told) == text
    assert chunks[-1].usage.completion_tokens > 0


@pytest.mark.parametrize("name", CHAT_NAMES)
def test_each_manner_answers_a_prompt(name: str) -> None:
    """What is not odd on purpose is held to the contract when the server ends."""
    with mistral_server(chat=name) as server:
        try:
            body = post(server).content
        except requests.RequestException:
            body = b"broken off"
        assert body


def test_the_honest_model_quotes_the_passages_that_answer() -> None:
    """A claim a line; what shares most words with the question comes first."""
    with mistral_server() as server:
        events = re.findall(r"data: (\{.*\})", post(server).content.decode())
    deltas = [json.loads(event)["choices"][0]["delta"] for event in events]
    assert "".join(delta["content"] for delta in deltas) == (
        '- Honey bees keep warm. [1] "Honey bees keep warm."\n'
        '- Bake it hot, and in a warm place. [2] "Bake it hot, and in a warm place."\n'
    )


@pytest.mark.parametrize("field", ["stream_options", "seed", "max_completion_tokens", "user"])
def test_mistral_takes_no_field_of_openai(field: str) -> None:
    """422, as its contract has no additional properties."""
    with mistral_server() as server:
        assert post(server, **{field: 1}).status_code == 422
    with mistral_server(dialect="openai") as server:
        assert post(server, **{field: 1}).status_code == 200


@pytest.mark.parametrize(
    ("dialect", "status", "words"),
    [
        ("mistral", 400, "too large for model with 9 maximum context length"),
        ("openai", 400, "maximum context length is 9 tokens"),
        ("llama.cpp", 400, "exceeds the available context size"),
        ("ollama", 200, '"prompt_tokens": 9'),
    ],
)
def test_each_dialect_ends_a_prompt_in_its_way(dialect: str, status: int, words: str) -> None:
    """One cuts it in silence."""
    with mistral_server(dialect=dialect, chat_context=9) as server:
        answer = post(server)
    assert (answer.status_code, words in answer.text) == (status, True)
