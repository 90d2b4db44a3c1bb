"""A stand-in for Mistral's embeddings API: a real HTTP server on loopback.

It keeps to Mistral's published OpenAPI file (POST /v1/embeddings, no unknown fields) and refuses
with the bodies that the real one has been seen to send. A token is a word of up to four letters,
four letters of a longer one, or a mark; two are added to each text. Vectors are hashed bags of
words, so that texts which share words are near each other; their numbers are exact in float16, as
Mistral's.
"""

import json
import re
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import numpy as np

KEY: Final = "test-key-4f1d0c"
DIMENSION: Final = 1024
MAX_INPUTS: Final = 256
MAX_TOKENS: Final = 65_536
MAX_TOKENS_A_TEXT: Final = 8192
MODELS: Final = {"mistral-embed": 1024, "codestral-embed": 1536}
_FIELDS: Final = {
    "model",
    "input",
    "output_dimension",
    "output_dtype",
    "encoding_format",
    "metadata",
}
_TOKEN: Final = re.compile(r"\w{1,4}|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Fault:
    """What to answer instead of the truth; ``change`` works on the true answer's JSON."""

    status: int | None = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    change: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    delay: float = 0.0
    drops: bool = False  # close the connection without an answer
    dribbles: bool = False  # a byte every 50 ms


@dataclass(frozen=True, slots=True)
class Received:
    """One request that came in."""

    path: str
    authorization: str | None
    inputs: tuple[str, ...]


class MistralServer:
    """Use ``url`` as the base URL; ``faults`` are used up one a request, then it answers truly."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.faults: deque[Fault] = deque()
        self.received: list[Received] = []
        self.max_inputs = MAX_INPUTS
        self.max_tokens = MAX_TOKENS

    @property
    def texts(self) -> list[str]:
        """Every text received, which is the money."""
        return [text for request in self.received for text in request.inputs]


def token_count(text: str) -> int:
    """Tokens of one text, with the two around it."""
    return len(_TOKEN.findall(text)) + 2


def vector_of(text: str, dimension: int = DIMENSION) -> list[float]:
    """The unit vector of a text."""
    row = np.full(dimension, 1e-3)
    for word in re.findall(r"\w+", text.lower()):
        row[zlib.crc32(word.encode()) % dimension] += 1
    unit = (row / np.linalg.norm(row)).astype(np.float16)
    return [float(number) for number in unit]


@contextmanager
def mistral_server() -> Iterator[MistralServer]:
    """Run the server for as long as the block runs."""
    http = _QuietServer(("127.0.0.1", 0), _Handler)
    fake = MistralServer(f"http://127.0.0.1:{http.server_address[1]}")
    http.fake = fake  # type: ignore[attr-defined]
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._send(404, _error("no Route matched with those values"))

    def do_POST(self) -> None:
        fake: MistralServer = self.server.fake  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            request = json.loads(body)
        except ValueError:
            request = None
        fake.received.append(
            Received(self.path, self.headers.get("Authorization"), tuple(_inputs(request)))
        )
        fault = fake.faults.popleft() if fake.faults else Fault()
        time.sleep(fault.delay)
        if fault.drops:
            self.close_connection = True
            return
        status, answer = self._answer(fake, request)
        if fault.change is not None:
            answer = fault.change(answer)
        content = json.dumps(answer).encode() if fault.status is None else fault.body
        self._send(fault.status or status, content, fault.headers, dribbles=fault.dribbles)

    def _answer(self, fake: MistralServer, request: Any) -> tuple[int, dict[str, Any]]:
        if self.path != "/v1/embeddings":
            return 404, {"message": "no Route matched with those values", "request_id": "c61f"}
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            return 401, {"detail": "Invalid API Key"}
        if (refusal := _validated(request)) is not None:
            return refusal
        texts = _inputs(request)
        model = request["model"]
        if model not in MODELS:
            return 400, _error(f"Invalid model: {model}", "invalid_model", "1500")
        if request.get("output_dimension") is not None and model == "mistral-embed":
            message = "This model does not support output_dimension."
            return 400, _error(message, "invalid_request_invalid_args", "3051")
        if not texts:
            return 400, _error("Please provide at least one input element.")
        if any(not text.strip() for text in texts):
            return 400, _error("Input must not be blank.")
        if len(texts) > fake.max_inputs:
            message = "Too many inputs in request, split into more batches."
            return 400, _error(message, "invalid_request_prompt", "3210")
        counts = [token_count(text) for text in texts]
        for position, count in enumerate(counts):
            if count > MAX_TOKENS_A_TEXT:
                message = f"Input id {position} has {count} tokens, exceeding max 8192 tokens."
                return 400, _error(message)
        if sum(counts) > fake.max_tokens:
            message = "Too many tokens overall, split into more batches."
            return 400, _error(message, "invalid_request_prompt", "3210")
        return 200, _embeddings(model, texts, sum(counts))

    def _send(
        self,
        status: int,
        content: bytes | dict[str, Any],
        headers: Mapping[str, str] | None = None,
        *,
        dribbles: bool = False,
    ) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        fields = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "mistral-correlation-id": "0190-test",
            "x-ratelimit-limit-req-minute": "60",
            "x-ratelimit-remaining-req-minute": "59",
            **(headers or {}),
        }
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for piece in [body[i : i + 1] for i in range(len(body))] if dribbles else [body]:
                self.wfile.write(piece)
                self.wfile.flush()
                time.sleep(0.05 if dribbles else 0)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client has had enough


def _inputs(request: Any) -> list[str]:
    given = request.get("input") if isinstance(request, dict) else None
    if isinstance(given, str):
        return [given]
    return [text for text in given if isinstance(text, str)] if isinstance(given, list) else []


def _validated(request: Any) -> tuple[int, dict[str, Any]] | None:
    """The 422 for a body that is not as the OpenAPI file has it."""
    if not isinstance(request, dict):
        return 422, {
            "detail": [{"type": "json_invalid", "loc": ["body"], "msg": "JSON decode error"}]
        }
    faults = [
        {
            "type": "extra_forbidden",
            "loc": ["body", "EmbeddingRequest", name],
            "msg": "Extra inputs are not permitted",
            "input": request[name],
        }
        for name in sorted(request.keys() - _FIELDS)
    ]
    faults += [
        {"type": "missing", "loc": ["body", name], "msg": "Field required"}
        for name in ("model", "input")
        if name not in request
    ]
    given = request.get("input")
    is_list = isinstance(given, list) and all(isinstance(text, str) for text in given)
    if "input" in request and not isinstance(given, str) and not is_list:
        faults.append({"type": "string_type", "loc": ["body", "input"], "msg": "Not a string"})
    if not faults:
        return None
    return 422, {
        "object": "error",
        "message": {"detail": faults},
        "type": "invalid_request_error",
        "param": None,
        "code": None,
        "raw_status_code": 422,
    }


def _error(
    message: str, kind: str = "invalid_request_error", code: str | None = None
) -> dict[str, Any]:
    return {
        "object": "error",
        "message": message,
        "type": kind,
        "param": None,
        "code": code,
        "raw_status_code": 400,
    }


def _embeddings(model: str, texts: list[str], tokens: int) -> dict[str, Any]:
    return {
        "id": "10fd7943b0ca4e669b862d0541f0cffe",
        "object": "list",
        "model": model,
        "data": [
            {"object": "embedding", "index": index, "embedding": vector_of(text, MODELS[model])}
            for index, text in enumerate(texts)
        ],
        "usage": {
            "prompt_tokens": tokens,
            "completion_tokens": 0,
            "total_tokens": tokens,
            "prompt_audio_seconds": None,
            "completion_tokens_details": None,
            "request_count": None,
        },
    }
