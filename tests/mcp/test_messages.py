"""Messages → requests, and what is none."""

from typing import Any

import pytest

from semsearch.mcp.messages import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    UNSUPPORTED_VERSION,
    ProtocolError,
    Request,
    id_of,
    request_of,
)

VERSION = "io.modelcontextprotocol/protocolVersion"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ([], INVALID_REQUEST),
        ("hello", INVALID_REQUEST),
        (None, INVALID_REQUEST),
        ({"id": 1, "method": "ping"}, INVALID_REQUEST),
        ({"jsonrpc": "1.0", "id": 1, "method": "ping"}, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": 1}, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": 1, "method": 7}, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": None, "method": "ping"}, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": True, "method": "ping"}, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": [1], "method": "ping"}, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": [1]}, INVALID_PARAMS),
    ],
)
def test_a_malformed_message_has_the_code_of_its_fault(message: object, code: int) -> None:
    """As JSON-RPC has them."""
    with pytest.raises(ProtocolError) as raised:
        request_of(message)
    assert raised.value.code == code


def test_a_request_a_notification_and_a_response() -> None:
    """The first has an id, the second none, and the third nobody has asked for."""
    asked = request_of({"jsonrpc": "2.0", "id": "a", "method": "ping"})
    assert asked == Request("a", "ping")
    told = request_of({"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert told is not None and told.id is None
    assert request_of({"jsonrpc": "2.0", "id": 3, "result": {}}) is None
    assert id_of({"id": 7}) == 7 and id_of({"id": 1.5}) is None and id_of([]) is None


def request(**meta: Any) -> Request:
    """With something beside its parameters."""
    return Request(1, "tools/list", {"_meta": meta})


def test_the_version_stands_in_each_request() -> None:
    """Or there was a handshake; one that is not spoken here names those that are."""
    assert request().version is None
    assert request(**{VERSION: "2026-07-28"}).version == "2026-07-28"
    with pytest.raises(ProtocolError) as raised:
        assert request(**{VERSION: "2031-01-01"}).version
    assert raised.value.code == UNSUPPORTED_VERSION
    assert raised.value.data == {"supported": ["2026-07-28"], "requested": "2031-01-01"}
    with pytest.raises(ProtocolError, match="must be a string"):
        assert request(**{VERSION: 20260728}).version


def test_progress_has_a_token_that_is_a_string_or_a_number() -> None:
    """Anything else is none."""
    assert request(progressToken="t").progress_token == "t"
    assert request(progressToken=0).progress_token == 0
    assert request(progressToken=True).progress_token is None
    assert Request(1, "x", {"_meta": 7}).progress_token is None
