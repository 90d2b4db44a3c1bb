"""Requests → results, whatever carries them: both eras of the protocol, tools, cancellation."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, Protocol

from semsearch.documents.text.printable import printable
from semsearch.errors import SemsearchError
from semsearch.mcp.messages import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    WITH_HANDSHAKE,
    WITHOUT_HANDSHAKE,
    Id,
    Message,
    ProtocolError,
    Request,
    error,
    id_of,
    progress,
    result,
)

_FRESH_MILLISECONDS: Final = 3_600_000  # for which a client may keep the list of tools

HANDSHAKE: Final = ("initialize", "server/discover")  # what a client asks first, and waits for

Send = Callable[[Message], None]
Progress = Callable[[int, int, str], None]  # step, of how many, what is done


class Tool(Protocol):
    """What an assistant can call."""

    @property
    def name(self) -> str:
        """Of letters, digits, _ and - only: some clients refuse others."""

    def definition(self) -> Message:
        """Name, description, schema of the arguments, annotations."""

    def call(self, arguments: object, tell: Progress) -> str:
        """The text of the result; raises ``SemsearchError`` with what is wrong and what to do."""


class Server:
    """Answers requests; remembers nothing between two but which ones are under way."""

    def __init__(
        self, tools: Sequence[Tool], version: str, instructions: Callable[[], str]
    ) -> None:
        """``instructions`` are what an assistant is told of the index before its first question."""
        self._tools = {tool.name: tool for tool in tools}
        self._me = {"name": "semsearch", "title": "semsearch", "version": version}
        self._instructions = instructions
        self._under_way: dict[Id, threading.Event] = {}  # set when the client gives the call up

    def accept(self, request: Request, send: Send) -> Callable[[], None] | None:
        """Take a message at once, and return what answers it by ``send``; None for a notification.

        A request may be cancelled from now on; then nothing more is sent for it.
        """
        if request.id is None:
            self._take_note(request)
            return None
        if request.id in self._under_way:
            problem = ProtocolError(INVALID_REQUEST, "a request with this id is under way")
            send(error(request.id, problem))
            return None
        given_up = self._under_way[request.id] = threading.Event()

        def send_unless_given_up(message: Message) -> None:
            if not given_up.is_set():
                send(message)

        return partial(self._answer, request.id, request, send_unless_given_up)

    def _answer(self, request_id: Id, request: Request, send: Send) -> None:
        try:
            response = result(request_id, self._result(request, send))
        except ProtocolError as problem:
            response = error(request_id, problem)
        except Exception:
            import logging  # here: a client that connects does not wait for it

            logging.getLogger(__name__).exception("a request has failed")
            fault = ProtocolError(INTERNAL_ERROR, "this is a fault of semsearch")
            response = error(request_id, fault)
        send(response)
        self._under_way.pop(request_id, None)

    def _take_note(self, notification: Request) -> None:
        """Mark a cancelled request; other notifications ask for nothing."""
        if notification.method == "notifications/cancelled":
            cancelled = id_of({"id": notification.params.get("requestId")})
            if cancelled is not None and (given_up := self._under_way.get(cancelled)) is not None:
                given_up.set()

    def _result(self, request: Request, send: Send) -> Message:
        version = request.version
        if version is None:
            return self._with_handshake(request, send)
        return {
            "resultType": "complete",
            **self._without_handshake(request, send),
            "_meta": {"io.modelcontextprotocol/serverInfo": self._me},
        }

    def _with_handshake(self, request: Request, send: Send) -> Message:
        match request.method:
            case "initialize":
                asked = request.params.get("protocolVersion")
                return {
                    "protocolVersion": asked if asked in WITH_HANDSHAKE else WITH_HANDSHAKE[0],
                    "capabilities": {"tools": {}},
                    "serverInfo": self._me,
                    "instructions": self._instructions(),
                }
            case "ping":
                return {}
            case "server/discover":
                # Without a version in it: a client that probes is answered all the same.
                return {"resultType": "complete", **self._discovered()}
            case _:
                return self._of_tools(request, send)

    def _without_handshake(self, request: Request, send: Send) -> Message:
        match request.method:
            case "server/discover":
                return self._discovered()
            case "tools/list":
                return {**self._of_tools(request, send), **_kept()}
            case _:
                return self._of_tools(request, send)

    def _discovered(self) -> Message:
        return {
            "supportedVersions": list(WITHOUT_HANDSHAKE),
            "capabilities": {"tools": {}},
            "instructions": self._instructions(),
            **_kept(),
        }

    def _of_tools(self, request: Request, send: Send) -> Message:
        match request.method:
            case "tools/list":
                return {"tools": [tool.definition() for tool in self._tools.values()]}
            case "tools/call":
                return self._called(request, send)
            case other:
                raise ProtocolError(METHOD_NOT_FOUND, f"there is no method {other[:80]}")

    def _called(self, request: Request, send: Send) -> Message:
        name = request.params.get("name")
        tool = self._tools.get(name) if isinstance(name, str) else None
        if tool is None:
            there = ", ".join(self._tools)
            raise ProtocolError(INVALID_PARAMS, f"there is no such tool; there are {there}")
        token = request.progress_token
        told = 0

        def tell(step: int, steps: int, text: str) -> None:
            nonlocal told
            if token is not None and step > told:  # the protocol wants it to rise
                told = step
                send(progress(token, step, steps, text))

        try:
            return _text(tool.call(request.params.get("arguments", {}), tell))
        except SemsearchError as problem:
            # Errors of a tool are results: the model reads them and can mend its call.
            return _text(printable(str(problem))) | {"isError": True}
        except OSError as problem:
            return _text(printable(f"{problem}; mend it and call again")) | {"isError": True}


def _text(text: str) -> dict[str, Any]:
    """A result of text alone: clients that also get structured content drop one of the two."""
    return {"content": [{"type": "text", "text": text}], "isError": False}


def _kept() -> Message:
    return {"ttlMs": _FRESH_MILLISECONDS, "cacheScope": "private"}
