"""The Model Context Protocol over HTTP: a request in a POST, its answer as JSON or as a stream.

Both eras of the protocol, without sessions: nothing is remembered between two requests. The answer
is a stream of server-sent events where the client has asked to hear of progress.
"""

import asyncio
import base64
import binascii
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse

from semsearch.mcp.library import Library
from semsearch.mcp.messages import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    UNSUPPORTED_VERSION,
    WITH_HANDSHAKE,
    WITHOUT_HANDSHAKE,
    Message,
    ProtocolError,
    Request,
    error,
    id_of,
    request_of,
)
from semsearch.mcp.server import Server
from semsearch.mcp.tools import instructions, tools_of
from semsearch.serve.json_response import json_response
from semsearch.serve.problems import Problem
from semsearch.serve.work_threads import Work, WorkThreads

HEADER_MISMATCH: Final = -32020

_STREAM: Final = "text/event-stream"
# Of the version of 2026-07-28; errors of earlier ones are answers like any.
_STATUS: Final = {
    PARSE_ERROR: HTTPStatus.BAD_REQUEST,
    INVALID_REQUEST: HTTPStatus.BAD_REQUEST,
    INVALID_PARAMS: HTTPStatus.BAD_REQUEST,
    HEADER_MISMATCH: HTTPStatus.BAD_REQUEST,
    UNSUPPORTED_VERSION: HTTPStatus.BAD_REQUEST,
    METHOD_NOT_FOUND: HTTPStatus.NOT_FOUND,
}


@dataclass(frozen=True, slots=True)
class McpRoute:
    """Answers the requests of assistants."""

    library: Library
    threads: WorkThreads
    version: str

    async def answer(self, http: HttpRequest) -> Response:
        """Answer a POST; raises ``Problem`` for one that is no message of the protocol."""
        kind = http.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send application/json")
        accepted = http.headers.get("accept", "*/*")
        if not any(kind in accepted for kind in ("application/json", "application/*", "*/*")):
            raise Problem(HTTPStatus.NOT_ACCEPTABLE, "the answer is application/json")
        message: object = None
        try:
            message = _decoded(await http.body())
            request = request_of(message)
            if request is None or request.id is None:
                return Response(status_code=HTTPStatus.ACCEPTED)
            _check_headers(request, http.headers)
        except ProtocolError as problem:
            return _error_response(id_of(message), problem, HTTPStatus.BAD_REQUEST)
        if request.progress_token is not None and _STREAM in accepted:
            return StreamingResponse(self._events(http, request), media_type=_STREAM)
        said: list[Message] = []
        await self._run(http, request, said.append)
        return json_response(said[-1], _status_of(said[-1], request))

    async def _run(
        self, http: HttpRequest, request: Request, send: Callable[[Message], None]
    ) -> None:
        # A server for each request: ids of several clients may be equal.
        server = Server(tools_of(self.library), self.version, lambda: instructions(self.library))
        answer = server.accept(request, send)
        assert answer is not None  # it has an id
        is_search = request.params.get("name") == "search"
        await self.threads.run(http, Work.SEARCH if is_search else Work.READ, answer)

    async def _events(self, http: HttpRequest, request: Request) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        said: asyncio.Queue[Message | None] = asyncio.Queue()

        def send(message: Message | None) -> None:
            loop.call_soon_threadsafe(said.put_nowait, message)

        running = asyncio.ensure_future(self._run(http, request, send))
        running.add_done_callback(lambda _: send(None))
        try:
            while (message := await said.get()) is not None:
                yield _event(message)
            await running
        except Problem as problem:  # the stream has begun: no status can tell it
            yield _event(error(request.id, ProtocolError(INTERNAL_ERROR, str(problem))))
        finally:
            running.cancel()


def _event(message: Message) -> bytes:
    return b"event: message\ndata: " + json.dumps(message).encode("ascii") + b"\n\n"


def _decoded(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as reason:
        raise ProtocolError(PARSE_ERROR, "the message is no JSON") from reason


def _check_headers(request: Request, headers: Headers) -> None:
    """Raise ``ProtocolError`` for headers that say something else than the message.

    https://modelcontextprotocol.io/specification/2026-07-28/basic/transports: a request names its
    version, method and tool in headers, too, for what stands between client and server.
    """
    given = headers.get("mcp-protocol-version")
    version = request.version
    if version is None:
        if given is not None and given not in (*WITH_HANDSHAKE, *WITHOUT_HANDSHAKE):
            known = {"supported": [*WITHOUT_HANDSHAKE, *WITH_HANDSHAKE], "requested": given}
            raise ProtocolError(UNSUPPORTED_VERSION, "protocol version not supported", known)
        if given in WITHOUT_HANDSHAKE:
            raise ProtocolError(HEADER_MISMATCH, "the message names no protocol version")
        return
    wanted: Mapping[str, object] = {
        "mcp-protocol-version": version,
        "mcp-method": request.method,
        **({"mcp-name": request.params.get("name")} if request.method == "tools/call" else {}),
    }
    for name, value in wanted.items():
        if [_header_text(text) for text in headers.getlist(name)] != [value]:
            raise ProtocolError(HEADER_MISMATCH, f"the header {name} is not as in the message")


def _header_text(value: str) -> str | None:
    """The text of a header, which is in base64 where it is not ASCII; None where that is none."""
    if not (value.startswith("=?base64?") and value.endswith("?=")):
        return value
    try:
        return base64.b64decode(value[9:-2], validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None


def _status_of(message: Message, request: Request) -> HTTPStatus:
    try:
        is_new = request.version is not None
    except ProtocolError:
        is_new = True
    code: Any = message.get("error", {}).get("code")
    return _STATUS.get(code, HTTPStatus.OK) if is_new else HTTPStatus.OK


def _error_response(
    request_id: str | int | None, problem: ProtocolError, status: HTTPStatus
) -> Response:
    return json_response(error(request_id, problem), status)
