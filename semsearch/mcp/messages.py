"""JSON-RPC 2.0 messages of the Model Context Protocol: requests, results, errors, versions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Message = dict[str, Any]
Id = str | int

# Versions that begin with a handshake (``initialize``), the newest first, and those in which each
# request names its version and nothing is remembered between two.
WITH_HANDSHAKE: Final = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
WITHOUT_HANDSHAKE: Final = ("2026-07-28",)

_VERSION_KEY: Final = "io.modelcontextprotocol/protocolVersion"

# https://www.jsonrpc.org/specification#error_object, and of the Model Context Protocol.
PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
UNSUPPORTED_VERSION: Final = -32022


class ProtocolError(Exception):
    """A message that cannot be answered with a result; ``data`` goes into the error object."""

    def __init__(self, code: int, message: str, data: Message | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


@dataclass(frozen=True, slots=True)
class Request:
    """A request, or a notification, whose ``id`` is None and which gets no answer."""

    id: Id | None
    method: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def meta(self) -> Mapping[str, Any]:
        """What stands beside the parameters: version, capabilities, the token for progress."""
        meta = self.params.get("_meta")
        return meta if isinstance(meta, dict) else {}

    @property
    def version(self) -> str | None:
        """The protocol version that the request names; None in versions with a handshake.

        Raises ``ProtocolError`` for a version that is not spoken here.
        """
        if _VERSION_KEY not in self.meta:
            return None
        version = self.meta[_VERSION_KEY]
        if not isinstance(version, str):
            raise ProtocolError(INVALID_PARAMS, f"_meta: {_VERSION_KEY} must be a string")
        if version not in WITHOUT_HANDSHAKE:
            raise ProtocolError(
                UNSUPPORTED_VERSION,
                f"protocol version {version} is not supported",
                {"supported": list(WITHOUT_HANDSHAKE), "requested": version},
            )
        return version

    @property
    def progress_token(self) -> Id | None:
        """The token under which the client wants to hear of progress."""
        token = self.meta.get("progressToken")
        return token if isinstance(token, (str, int)) and not isinstance(token, bool) else None


def request_of(message: object) -> Request | None:
    """The request in a decoded message; None for a response, which nobody here has asked for.

    Raises ``ProtocolError`` for anything else.
    """
    if isinstance(message, list):
        raise ProtocolError(INVALID_REQUEST, "batches are not supported; send single messages")
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise ProtocolError(INVALID_REQUEST, 'a message is an object with "jsonrpc": "2.0"')
    if "method" not in message and ("result" in message or "error" in message):
        return None
    method, params = message.get("method"), message.get("params", {})
    if not isinstance(method, str):
        raise ProtocolError(INVALID_REQUEST, "a request has a method, which is a string")
    if "id" in message and id_of(message) is None:
        raise ProtocolError(INVALID_REQUEST, "the id of a request is a string or a whole number")
    if not isinstance(params, dict):
        raise ProtocolError(INVALID_PARAMS, "params must be an object")
    return Request(id_of(message), method, params)


def is_notification(message: object) -> bool:
    """Whether a message asks for no answer, be it right or wrong."""
    return isinstance(message, dict) and "id" not in message and "method" in message


def id_of(message: object) -> Id | None:
    """The id of a message; None without a valid one."""
    found = message.get("id") if isinstance(message, dict) else None
    return found if isinstance(found, (str, int)) and not isinstance(found, bool) else None


def result(request_id: Id, value: Message) -> Message:
    """The response to a request."""
    return {"jsonrpc": "2.0", "id": request_id, "result": value}


def error(request_id: Id | None, problem: ProtocolError) -> Message:
    """The response to a request that has no result; without an id if that could not be read."""
    told: Message = {"code": problem.code, "message": str(problem)}
    if problem.data is not None:
        told["data"] = problem.data
    return {"jsonrpc": "2.0", "id": request_id, "error": told}


def progress(token: Id, step: int, steps: int, text: str) -> Message:
    """A notification of progress: ``step`` of ``steps`` has been reached."""
    params = {"progressToken": token, "progress": step, "total": steps, "message": text}
    return {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}
