"""Whatever a request says, the answer is a result or tells what is wrong with the request."""

from urllib.parse import quote_from_bytes

from hypothesis import given, settings
from hypothesis import strategies as st
from serve.test_mcp_route import post

from fakes.web_server import Web

PATHS = (
    "/", "/document", "/map", "/file", "/api/search", "/api/passage", "/api/documents",
    "/api/indexes", "/api/status", "/login", "/static/page.css", "/openapi.json",
)  # fmt: skip
NAMES = (
    "q", "like", "index", "limit", "mode", "min_relevance", "path", "type", "lang", "tag", "since",
    "before", "per_document", "merge", "literal", "exact", "mark", "in", "citation", "context",
    "after", "hit", "cite", "sentence", "whole", "part", "by", "token", "other",
)  # fmt: skip
LIKELY = (
    b"bees", b"bees.md:1-3", b"said.txt", b"5", b"-1", b"1", b"0", b"nan", b"inf", b"1e400", b"*",
    b"[", b"!", b"\\", b"../..", b"\0", b"\xff", b"keyword", b"2026-01-31", b"9999999d", b"true",
    b'"', b"bees -- not moths", b"word*", b"type:pdf bees", b"-bees", b"\xed\xa0\x80", b"sub/",
)  # fmt: skip
VALUES = st.one_of(st.sampled_from(LIKELY), st.binary(max_size=12), st.text(max_size=8).map(
    lambda text: text.encode("utf-8", "surrogatepass")
))  # fmt: skip


@settings(max_examples=300)
@given(
    path=st.sampled_from(PATHS),
    given_=st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=5),
)
def test_no_address_is_a_fault_of_semsearch(
    guarded: Web, path: str, given_: list[tuple[str, bytes]]
) -> None:
    """Neither of a page nor of the API: 200, or an error of the request."""
    values = "&".join(f"{name}={quote_from_bytes(value, safe='')}" for name, value in given_)
    reply = guarded.get(f"{path}?{values}")
    assert reply.status in (200, 303, 400, 404, 405, 409), reply.body
    assert "content-security-policy" in reply.headers


MESSAGES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                (
                    "jsonrpc",
                    "id",
                    "method",
                    "params",
                    "name",
                    "arguments",
                    "question",
                    "_meta",
                    "limit",
                )
            ),
            inner | st.sampled_from(("2.0", "tools/call", "search", "read", "initialize", "bees")),
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150)
@given(message=MESSAGES, body=st.binary(max_size=8))
def test_no_message_of_an_assistant_is_a_fault_of_semsearch(
    guarded: Web, message: object, body: bytes
) -> None:
    """A result, an error of the protocol, or nothing to say."""
    for sent in (message, body):
        reply = post(guarded, sent)
        assert reply.status in (200, 202, 400, 404), reply.body
        assert b"-32603" not in reply.body  # the code of an internal error
