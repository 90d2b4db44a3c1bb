"""Chat servers: each gets the request that it takes, and every failure is one line."""

import traceback
from dataclasses import replace
from typing import Any

import pytest

from fakes.chat_runs import MODEL, settings_for
from fakes.mistral_server import (
    KEY,
    ChatScript,
    Fault,
    MistralServer,
    mistral_server,
    named_fault,
)
from semsearch.ask.chat_model import ContextTooSmall, Message, Piece
from semsearch.ask.registry import open_chat_model
from semsearch.errors import (
    EmbedderUnavailable,
    KeyRefused,
    ReplyInvalid,
    RequestRefused,
    SemsearchError,
    SettingsError,
)
from semsearch.settings.schema import Settings
from semsearch.settings.secrets import Secret

MESSAGES = [Message("system", "Answer."), Message("user", "Question: Is it?")]
ANSWER = ChatScript("Für sie: ja.")
CHAT = "POST /v1/chat"


def pieces(server: MistralServer, uri: str = MODEL, **changes: Any) -> list[Piece]:
    """All pieces of an answer."""
    model = open_chat_model(uri, settings_for(server, **changes))
    return list(model.stream(MESSAGES, most_tokens=100))


def text(found: list[Piece]) -> str:
    """The text of an answer."""
    return "".join(piece.text for piece in found)


def of(name: str) -> Fault:
    """A fault of a request for an answer."""
    return replace(named_fault(name), route=CHAT)


def test_mistral_gets_what_its_contract_has(server: MistralServer) -> None:
    """The stand-in refuses other fields with 422, and holds the request to the OpenAPI file."""
    server.chat.scripts.append(ANSWER)
    found = pieces(server)
    assert text(found) == "Für sie: ja."
    (request,) = server.asked
    assert request.authorization == f"Bearer {KEY}"
    assert request.body == {
        "model": "mistral-small-latest",
        "messages": [
            {"role": "system", "content": "Answer."},
            {"role": "user", "content": "Question: Is it?"},
        ],
        "stream": True,
        "temperature": 0.0,
        "max_tokens": 100,
    }
    assert found[-2].usage is not None
    assert found[-2].finish_reason == "stop"


def test_other_servers_are_asked_for_the_usage_and_get_no_key_of_another() -> None:
    """OpenAI's key goes to the server of the settings only."""
    with mistral_server(dialect="ollama") as server:
        pieces(server, f"openai:llama3.2:3b@{server.url}", openai_api_key=Secret(KEY))
        pieces(server, "openai:m", openai_base_url=server.url, openai_api_key=Secret(KEY))
        first, second = server.asked
    assert first.body["model"] == "llama3.2:3b"
    assert first.body["stream_options"] == {"include_usage": True}
    assert (first.authorization, second.authorization) == (None, f"Bearer {KEY}")


def test_a_field_that_a_server_refuses_by_name_is_left_out() -> None:
    """One after the other; the rest of the request stays."""
    with mistral_server(dialect="llama.cpp") as server:
        server.chat.refuses = {"stream_options", "temperature"}
        found = pieces(server, f"openai:m@{server.url}")
        bodies = [request.body for request in server.asked]
    assert text(found) == ""
    assert len(bodies) == 3
    assert bodies[-1].keys() == {"model", "messages", "stream", "max_tokens"}


@pytest.mark.parametrize(
    "shape",
    [
        {"split": "letters"},
        {"bytes_a_packet": 1},
        {"bytes_a_packet": 7, "line_end": "\r\n"},
        {"bytes_a_packet": 5, "line_end": "\r"},
        {"has_comments": True},
        {"as_chunks": True, "thinks": "Hm."},
        {"thinks": "Hm."},
        {"streams": False},
        {"has_usage": False},
        {"has_done": False},
        {"reason": None},
    ],
)
def test_the_answer_is_the_same_however_it_is_sent(
    server: MistralServer, shape: dict[str, Any]
) -> None:
    """Packets within letters and lines, chunks, thoughts, one object, no usage, no end."""
    server.chat.scripts.append(replace(ANSWER, **shape))
    found = pieces(server)
    assert text(found) == "Für sie: ja."
    assert next(piece.finish_reason for piece in found if piece.finish_reason) == "stop"


@pytest.mark.parametrize("name", ["429", "500", "502", "503", "close", "reset-before-answer"])
def test_a_failure_before_the_first_word_is_tried_again(server: MistralServer, name: str) -> None:
    """As long as it may pass."""
    server.faults.append(of(name))
    server.chat.scripts.extend([ANSWER, ANSWER])
    assert text(pieces(server)) == "Für sie: ja."
    assert len(server.asked) == 2


def test_retry_after_is_heeded(server: MistralServer) -> None:
    """In place of the backoff, which would be long here."""
    server.faults.append(Fault(429, b"{}", {"Retry-After": "0"}, route=CHAT))
    server.chat.scripts.append(ANSWER)
    assert text(pieces(server, backoff_seconds=1000.0)) == "Für sie: ja."


def test_a_longer_retry_after_than_anyone_waits_ends_at_once(server: MistralServer) -> None:
    """With the words of the refusal."""
    server.faults.append(Fault(429, b"{}", {"Retry-After": "3600"}, route=CHAT))
    with pytest.raises(EmbedderUnavailable, match="rate limit"):
        pieces(server)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("fault", "error", "requests"),
    [
        ("401", KeyRefused, 1),
        ("403", KeyRefused, 1),
        ("404", RequestRefused, 1),
        ("422", RequestRefused, 1),
        ("redirect-elsewhere", RequestRefused, 1),
        ("html", ReplyInvalid, 1),
        ("gzip", SemsearchError, 1),
    ],
)
def test_what_does_not_pass_is_not_tried_again(
    server: MistralServer, fault: str, error: type[SemsearchError], requests: int
) -> None:
    """A key, a model, an address, a page of HTML."""
    server.faults.append(of(fault))
    with pytest.raises(error):
        pieces(server)
    assert len(server.asked) == requests


@pytest.mark.parametrize("script", [ChatScript("", keeps=1), ChatScript("", keeps=1, error="no")])
def test_a_lost_answer_is_asked_for_twice_at_most(
    server: MistralServer, script: ChatScript
) -> None:
    """It may have been billed; with a budget for one, once."""
    server.chat.scripts.extend([script] * 9)
    with pytest.raises(EmbedderUnavailable):
        pieces(server)
    assert len(server.asked) == 2
    model = open_chat_model(MODEL, settings_for(server))
    with pytest.raises(EmbedderUnavailable):
        list(model.stream(MESSAGES, most_tokens=9, most_lost=0))
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "script",
    [
        ChatScript("One. Two. Three.", keeps=3),
        ChatScript("One. Two. Three.", keeps=3, error={"message": "overloaded"}),
    ],
)
def test_what_came_before_a_break_is_kept(server: MistralServer, script: ChatScript) -> None:
    """Nothing is asked again once a word has come."""
    server.chat.scripts.append(script)
    model = open_chat_model(MODEL, settings_for(server))
    stream = model.stream(MESSAGES, most_tokens=9)
    assert "".join(next(stream).text for _ in range(3)) == "One. Two."
    with pytest.raises(EmbedderUnavailable):
        list(stream)
    assert len(server.asked) == 1


@pytest.mark.parametrize("dialect", ["mistral", "openai", "llama.cpp"])
def test_a_context_that_is_too_small_is_told_in_each_dialect(dialect: str) -> None:
    """The one who asks may ask with less."""
    with mistral_server(dialect=dialect, chat_context=5) as server:
        own = {"openai_base_url": server.url, "openai_api_key": Secret(KEY)}
        uri = MODEL if dialect == "mistral" else "openai:m"
        with pytest.raises(ContextTooSmall, match="context"):
            pieces(server, uri, **own)
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(401, f'{{"detail":"bad key {KEY}"}}'.encode(), route=CHAT),
        Fault(500, KEY.encode(), route=CHAT),
        Fault(drops=True, route=CHAT),
        Fault(200, b"nonsense", route=CHAT),
        Fault(302, b"", {"Location": f"https://elsewhere.invalid/{KEY}"}, route=CHAT),
    ],
)
def test_no_failure_shows_the_key(server: MistralServer, fault: Fault) -> None:
    """No message and no local variable of a traceback, even if the server echoes it."""
    server.faults.extend([fault] * 9)
    with pytest.raises(SemsearchError) as caught:
        pieces(server)
    trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert KEY not in "".join(line for line in trace.format() if "fault" not in line)


def test_an_error_in_a_stream_does_not_show_the_key(server: MistralServer) -> None:
    """Its words are masked as those of a refusal."""
    server.chat.scripts.extend([ChatScript("", keeps=1, error=f"no such key: {KEY}")] * 2)
    with pytest.raises(EmbedderUnavailable, match=r"no such key: \*\*\*") as caught:
        pieces(server)
    trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert KEY not in "".join(line for line in trace.format() if "server" not in line)


def test_an_end_that_has_the_key_in_it_does_not_show_it(server: MistralServer) -> None:
    """The reason of a server is one line of 200 characters at the most."""
    server.chat.scripts.append(ChatScript("Yes.", reason=f"ended\x1b[2J by {KEY}" + " x" * 300))
    reason = next(piece.finish_reason for piece in pieces(server) if piece.finish_reason)
    assert reason.startswith("ended [2J by *** x")
    assert len(reason) == 200


def test_a_server_that_sends_nothing_is_given_up(server: MistralServer) -> None:
    """Before the first byte after ask_seconds."""
    server.faults.extend([of("hang")] * 2)
    with pytest.raises(EmbedderUnavailable, match="did not end its answer"):
        pieces(server, ask_seconds=0.1)


def test_a_server_that_falls_silent_is_given_up() -> None:
    """After read_seconds without a byte."""
    with mistral_server(chat_pause=30.0) as server:
        server.chat.scripts.extend([ANSWER] * 2)
        with pytest.raises(EmbedderUnavailable, match="sent nothing for"):
            pieces(server, read_seconds=0.1)


@pytest.mark.parametrize(
    "uri",
    [
        None, "", " ", "mistral", "mistral:", "gpt-4", "local:minilm", "mistral:m@https://x",
        "openai:m@ftp://x", "openai:m@http://example.com", "openai:m@https://u:p@x", "openai:a b",
    ],
)  # fmt: skip
def test_what_names_no_model_is_refused(uri: str | None) -> None:
    """Before anything is sent; a user in an address is not repeated, as it may be a key."""
    with pytest.raises(SettingsError) as caught:
        open_chat_model(uri, Settings(mistral_api_key=Secret(KEY)))
    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize("uri", [MODEL, "openai:gpt-5"])
def test_without_its_key_a_provider_is_not_asked(uri: str) -> None:
    """The message says where a key is put."""
    with pytest.raises(KeyRefused, match="API_KEY"):
        open_chat_model(uri, Settings())
