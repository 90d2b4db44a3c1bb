"""Requests → results in both eras of the protocol."""

import threading
from typing import Any

import pytest

from semsearch.errors import IndexMissing
from semsearch.mcp.messages import Message, Request
from semsearch.mcp.server import Progress, Server

MODERN = {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}


class Echo:
    """A tool that says what it is given, fails, or waits."""

    name = "echo"

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.has_begun = threading.Event()

    def definition(self) -> Message:
        """Of a tool."""
        return {"name": self.name, "inputSchema": {"type": "object"}}

    def call(self, arguments: object, tell: Progress) -> str:
        """As told."""
        match arguments:
            case {"fail": "missing"}:
                raise IndexMissing("there is no index; run: semsearch index")
            case {"fail": "disk"}:
                raise OSError("the disk has failed")
            case {"fail": str()}:
                raise ZeroDivisionError
            case {"wait": True}:
                tell(1, 2, "begun")
                self.has_begun.set()
                self.may_end.wait(10)
                tell(2, 2, "ended")
            case {"steps": list(steps)}:
                for step in steps:
                    tell(step, 9, "on the way")
        return f"{arguments}"


class Client:
    """Sends requests to a server, and keeps what comes back."""

    def __init__(self) -> None:
        self.echo = Echo()
        self.server = Server([self.echo], "9.9", lambda: "There are notes.")
        self.messages: list[Message] = []

    def ask(self, method: str, request_id: int | None = 1, **params: Any) -> Message:
        """The last message after a request."""
        answer = self.server.accept(Request(request_id, method, params), self.messages.append)
        if answer is not None:
            answer()
        return self.messages[-1] if self.messages else {}


@pytest.fixture
def client() -> Client:
    """Of a server with one tool."""
    return Client()


@pytest.mark.parametrize(
    ("asked", "agreed"),
    [
        ("2025-11-25", "2025-11-25"),
        ("2024-11-05", "2024-11-05"),
        ("1999-01-01", "2025-11-25"),
        (None, "2025-11-25"),
        (["2025-11-25"], "2025-11-25"),
    ],
)
def test_the_handshake_agrees_on_a_version(client: Client, asked: object, agreed: str) -> None:
    """The client's, if it is spoken here, else the newest with a handshake."""
    found = client.ask("initialize", protocolVersion=asked)["result"]
    assert found["protocolVersion"] == agreed
    assert found["serverInfo"] == {"name": "semsearch", "title": "semsearch", "version": "9.9"}
    assert (found["capabilities"], found["instructions"]) == ({"tools": {}}, "There are notes.")
    assert client.ask("ping")["result"] == {}


def test_without_a_handshake_each_result_says_all(client: Client) -> None:
    """Its type, the server, and how long lists may be kept."""
    found = client.ask("server/discover", _meta=MODERN)["result"]
    assert found["supportedVersions"] == ["2026-07-28"]
    assert (found["resultType"], found["cacheScope"]) == ("complete", "private")
    assert found["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "semsearch"
    tools = client.ask("tools/list", _meta=MODERN)["result"]
    assert (tools["resultType"], tools["cacheScope"]) == ("complete", "private")
    assert "ttlMs" in tools
    called = client.ask("tools/call", _meta=MODERN, name="echo", arguments={})["result"]
    assert (called["resultType"], called["content"][0]["text"]) == ("complete", "{}")
    assert client.ask("ping", _meta=MODERN)["error"]["code"] == -32601


def test_with_a_handshake_results_have_no_newer_fields(client: Client) -> None:
    """As clients of that time expect."""
    assert client.ask("tools/list")["result"] == {"tools": [client.echo.definition()]}
    called = client.ask("tools/call", name="echo")["result"]
    assert called == {"content": [{"type": "text", "text": "{}"}], "isError": False}


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("resources/list", {}, -32601),
        ("tools/call", {"name": "delete"}, -32602),
        ("tools/call", {"name": ["echo"]}, -32602),
        ("tools/call", {}, -32602),
        ("tools/list", {"_meta": {**MODERN, next(iter(MODERN)): "2030-01-01"}}, -32022),
        ("tools/call", {"name": "echo", "arguments": {"fail": "bug"}}, -32603),
    ],
)
def test_what_cannot_be_answered_has_a_code(
    client: Client, method: str, params: dict[str, Any], code: int
) -> None:
    """And the server goes on."""
    assert client.ask(method, **params)["error"]["code"] == code
    assert client.ask("ping")["result"] == {}


@pytest.mark.parametrize(
    ("fail", "told"),
    [
        ("missing", "there is no index; run: semsearch index"),
        ("disk", "the disk has failed; mend it and call again"),
    ],
)
def test_an_error_of_a_tool_is_a_result_that_the_model_reads(
    client: Client, fail: str, told: str
) -> None:
    """With what to do."""
    called = client.ask("tools/call", name="echo", arguments={"fail": fail})["result"]
    assert called == {"content": [{"type": "text", "text": told}], "isError": True}


def test_progress_rises_and_is_sent_only_to_who_wants_it(client: Client) -> None:
    """A step that does not rise is left out."""
    steps = {"steps": [1, 1, 3, 2]}
    client.ask("tools/call", name="echo", arguments=steps)
    assert len(client.messages) == 1
    client.ask("tools/call", name="echo", arguments=steps, _meta={"progressToken": "t"})
    told = [one["params"]["progress"] for one in client.messages[1:-1]]
    assert told == [1, 3]
    assert client.messages[1]["params"]["progressToken"] == "t"


def test_a_cancelled_call_is_not_heard_of_again(client: Client) -> None:
    """The next one is answered; cancelling what is over, or nothing, does nothing."""
    arguments = {"name": "echo", "arguments": {"wait": True}, "_meta": {"progressToken": 1}}
    answer = client.server.accept(Request(5, "tools/call", arguments), client.messages.append)
    assert answer is not None
    thread = threading.Thread(target=answer)
    thread.start()
    assert client.echo.has_begun.wait(10)
    again = client.ask("ping", 5)
    assert again["error"]["message"] == "a request with this id is under way"
    before = len(client.messages)
    client.ask("notifications/cancelled", None, requestId=5, reason="too slow")
    client.echo.may_end.set()
    thread.join(10)
    assert len(client.messages) == before
    for other in (5, "unknown", None, [1]):
        client.ask("notifications/cancelled", None, requestId=other)
    assert client.ask("ping", 5)["result"] == {}


def test_a_request_is_cancelled_before_it_has_begun(client: Client) -> None:
    """From the moment at which it was taken."""
    answer = client.server.accept(Request(6, "ping"), client.messages.append)
    client.ask("notifications/cancelled", None, requestId=6)
    assert answer is not None
    answer()
    assert client.messages == []
