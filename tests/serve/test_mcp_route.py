"""The Model Context Protocol over HTTP: by the official client, and by requests of our own."""

import asyncio
import json
from http import HTTPStatus
from typing import Any

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from fakes.mcp_conversation import Conversation
from fakes.web_server import TOKEN, Reply, Web
from semsearch.mcp.library import Library
from semsearch.serve.mcp_route import McpRoute
from semsearch.serve.problems import Problem
from semsearch.serve.work_threads import WorkThreads

VERSION = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientCapabilities": {},
}
JSON = ("Content-Type", "application/json")
BOTH = ("Accept", "application/json, text/event-stream")


def post(web: Web, message: Any, *headers: tuple[str, str]) -> Reply:
    """Send a message, with a token where one is asked for."""
    own = [] if web.access.token is None else [("Authorization", f"Bearer {TOKEN}")]
    names = {name.lower() for name, _ in headers}
    usual = [one for one in (JSON, BOTH) if one[0].lower() not in names]
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return web.send("/mcp", "POST", [*own, *usual, *headers], body)


def request(method: str, **params: Any) -> dict[str, Any]:
    """A request of a version with a handshake."""
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def modern(method: str, **params: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """A request of the version without a handshake, and its headers."""
    headers = [("MCP-Protocol-Version", VERSION), ("Mcp-Method", method)]
    if "name" in params:
        headers.append(("Mcp-Name", params["name"]))
    return request(method, **params, _meta=META), headers


@pytest.mark.parametrize(("mode", "version"), [("auto", VERSION), ("legacy", "2025-11-25")])
def test_the_official_client_finds_reads_and_hears_of_progress(
    guarded: Web, mode: Any, version: str
) -> None:
    """In both eras, with the token as its header."""
    conversation = Conversation(version)

    async def ask() -> None:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx2.AsyncClient(headers=headers) as http:
            transport = streamable_http_client(f"{guarded.address}mcp", http_client=http)
            async with Client(transport, mode=mode) as client:
                await conversation.hold(client, "honey bees keep warm")
                asked = {"question": "honey bees keep warm"}
                several = await asyncio.gather(
                    *(client.call_tool("search", asked) for _ in range(5))
                )
                assert len({one.content[0].text for one in several}) == 1

    asyncio.run(ask())
    conversation.check()


def test_progress_comes_as_events_where_it_is_asked_for(guarded: Web) -> None:
    """Else the answer is JSON."""
    asked = {"name": "search", "arguments": {"question": "bees"}}
    plain = post(guarded, request("tools/call", **asked))
    assert plain.headers["content-type"] == "application/json"
    streamed = post(guarded, request("tools/call", **asked, _meta={"progressToken": "p"}))
    assert streamed.headers["content-type"].startswith("text/event-stream")
    events = [json.loads(line[6:]) for line in streamed.text.split("\n") if line[:6] == "data: "]
    assert [one["params"]["progress"] for one in events[:-1]] == [1, 2, 3]
    assert events[-1]["result"] == plain.json()["result"]
    only_json = post(
        guarded,
        request("tools/call", **asked, _meta={"progressToken": "p"}),
        ("Accept", "application/json"),
    )
    assert only_json.json() == plain.json()


def test_what_is_no_request_is_accepted_or_refused(guarded: Web) -> None:
    """As the protocol says."""
    assert post(guarded, {"jsonrpc": "2.0", "method": "notifications/initialized"}).status == 202
    assert post(guarded, {"jsonrpc": "2.0", "id": 1, "result": {}}).status == 202
    for body, code in ((b"{", -32700), (b"[" * 9999, -32700), (b"[]", -32600), (b"1", -32600)):
        reply = post(guarded, body)
        assert (reply.status, reply.json()["error"]["code"]) == (400, code)
    assert post(guarded, request("ping"), ("Content-Type", "text/plain")).status == 415
    assert post(guarded, request("ping"), ("Accept", "text/html")).status == 406
    got = guarded.get("/mcp")
    assert (got.status, got.headers["allow"]) == (405, "POST")
    other = post(guarded, request("ping"), ("MCP-Protocol-Version", "1999-01-01"))
    assert (other.status, other.json()["error"]["code"]) == (400, -32022)


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({}, 200, None),
        ({"MCP-Protocol-Version": "2025-11-25"}, 400, -32020),
        ({"MCP-Protocol-Version": None}, 400, -32020),
        ({"Mcp-Method": "tools/list"}, 400, -32020),
        ({"Mcp-Name": "read"}, 400, -32020),
        ({"Mcp-Name": "=?base64?c2VhcmNo?="}, 200, None),
        ({"Mcp-Name": "=?base64?c2VhcmN?="}, 400, -32020),
        ({"Mcp-Name": None}, 400, -32020),
    ],
)
def test_headers_say_what_the_message_says(
    guarded: Web, changed: dict[str, str | None], status: int, code: int | None
) -> None:
    """Else the request is refused: what stands between may have looked at them alone."""
    message, headers = modern("tools/call", name="search", arguments={"question": "bees"})
    given = {**dict(headers), **changed}
    kept = [(name, value) for name, value in given.items() if value is not None]
    reply = post(guarded, message, *kept)
    assert (reply.status, reply.json().get("error", {}).get("code")) == (status, code)


def test_errors_have_the_status_of_their_era(guarded: Web) -> None:
    """An unknown method is 404 to a client without handshake, and an answer to one with it."""
    message, headers = modern("no/such")
    assert post(guarded, message, *headers).status == 404
    old = post(guarded, request("no/such"))
    assert (old.status, old.json()["error"]["code"]) == (200, -32601)
    message, headers = modern("server/discover")
    found = post(guarded, message, *headers)
    assert (found.status, found.json()["result"]["supportedVersions"]) == (200, [VERSION])


class Busy(WorkThreads):
    """Threads that take nothing."""

    async def run(self, request: Any, work: Any, task: Any) -> Any:
        """Refuse a task."""
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "too many requests wait")


def test_a_stream_tells_that_too_many_requests_wait() -> None:
    """As an error of the protocol: its status has been sent."""
    threads = Busy(asks_a_server=False)
    route = McpRoute(Library(None, None), threads, "1.2.3")
    app = Starlette(routes=[Route("/mcp", route.answer, methods=["POST"])])
    asked = request("tools/call", name="status", arguments={}, _meta={"progressToken": 1})
    reply = TestClient(app).post("/mcp", json=asked, headers=dict([BOTH]))
    threads.close()
    (line,) = [line for line in reply.text.split("\n") if line.startswith("data: ")]
    assert json.loads(line[6:])["error"]["message"] == "too many requests wait"
    assert json.loads(line[6:])["id"] == 1
