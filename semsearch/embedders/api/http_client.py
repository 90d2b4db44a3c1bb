"""JSON over HTTP to an embeddings API; the only module that imports requests.

The API key is sent only to the host that the settings name: redirects are not followed, ``.netrc``
and proxies from the environment are not used, and any host but this machine needs https. A server
can neither block a run nor fill its memory: each request has a total deadline, and each answer a
size limit.
"""

import queue
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
import requests
import urllib3

from semsearch.embedders.api.http_stream import HttpStream
from semsearch.errors import (
    EmbedderUnavailable,
    ReplyInvalid,
    RequestRefused,
    SemsearchError,
    SettingsError,
)
from semsearch.settings.amounts import counted
from semsearch.settings.secrets import Secret

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_PIECE: Final = 1 << 16  # bytes
_LONGEST_REASON: Final = 200
_MOST_READ: Final = 16_000  # characters of a server's message that are looked at
_PIECE_OF_KEY: Final = 8  # characters; a shorter part of a key tells nothing
_MASK: Final = "***"
_STREAM_HEADERS: Final = {
    "Accept": "text/event-stream, application/json",
    "Content-Type": "application/json",
}


@dataclass(frozen=True, slots=True)
class HttpReply:
    """HTTP answer: status, headers (names in lower case) and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NotSent(EmbedderUnavailable):
    """No connection was made, so the request cannot have been billed."""


class NotInTime(EmbedderUnavailable):
    """The request was sent, and no answer came in time."""


class HttpClient:
    """Sends requests to one host; thread-safe."""

    def __init__(
        self,
        base_url: str,
        key: Secret | None,
        *,
        connect_seconds: float,
        read_seconds: float,
        total_seconds: float,
        proxy: str | None = None,
    ) -> None:
        """``total_seconds`` bounds a whole request, from the connection to the last byte.

        Raises ``SettingsError`` for a URL to which no key may be sent.
        """
        self.base_url = checked_base_url(base_url)
        self.host = urlsplit(self.base_url).hostname or ""
        self._key = key
        self._timeout = (connect_seconds, read_seconds)
        self._total_seconds = total_seconds
        self._proxy = None if self.host in LOOPBACK else proxy
        self._idle: deque[requests.Session] = deque()  # at most one per concurrent request

    def post(self, path: str, body: Mapping[str, Any], *, largest: int) -> HttpReply:
        """Post JSON and return the answer, of any status, of at most ``largest`` bytes.

        Raises ``EmbedderUnavailable`` when the server cannot be reached or misses the deadline,
        ``RequestRefused`` for a redirect and ``ReplyInvalid`` for too large an answer.
        """
        return self.send("POST", path, largest=largest, data=orjson.dumps(body))

    def send(
        self,
        method: str,
        path: str,
        *,
        largest: int,
        data: bytes | None = None,
        files: Mapping[str, Any] | None = None,
    ) -> HttpReply:
        """Send a request: ``data`` is a JSON body, ``files`` the parts of a form, as in requests.

        Raises ``EmbedderUnavailable``, ``RequestRefused`` and ``ReplyInvalid``, like ``post``.
        """
        answers: queue.SimpleQueue[HttpReply | Exception] = queue.SimpleQueue()
        session = self._session()

        def exchange() -> None:
            answer = self._outcome(session, method, path, largest, data=data, files=files)
            if isinstance(answer, HttpReply):
                self._idle.append(session)
            answers.put(answer)

        # In a thread, because requests has no timeout for the headers as a whole.
        threading.Thread(target=exchange, daemon=True).start()
        try:
            answer = answers.get(timeout=self._total_seconds)
        except queue.Empty:
            raise EmbedderUnavailable(
                f"{self.host} did not end its answer within {self._total_seconds:.0f} s; try again"
                " later"
            ) from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def stream(
        self, path: str, body: Mapping[str, Any], *, largest: int, total_seconds: float
    ) -> HttpStream:
        """Post JSON and return the answer while it comes; close it, or read it to its end.

        The first byte and all others must come within ``total_seconds``, each later one within the
        client's ``read_seconds``. Raises the errors of ``post``; reading raises them, too.
        """
        stream = HttpStream(self.host, largest, total_seconds, self._timeout[1])
        session = self._session()
        timeout = (self._timeout[0], total_seconds)

        def receive() -> None:
            try:
                with session.request(
                    "POST",
                    self.base_url + path,
                    headers=_STREAM_HEADERS,
                    auth=self._authorised,
                    timeout=timeout,
                    allow_redirects=False,
                    stream=True,
                    data=orjson.dumps(body),
                ) as response:
                    self._check(response)
                    stream.begin(response.status_code, _headers(response))
                    # iter_content waits for a whole block where an answer is not chunked.
                    while (piece := response.raw.read1(_PIECE)) and not stream.is_closed:
                        stream.put(piece)
                self._idle.append(session)
                stream.end(None)
            except Exception as error:
                stream.end(self._failure(error))

        threading.Thread(target=receive, daemon=True).start()
        stream.wait_for_head()
        return stream

    def _outcome(
        self, session: requests.Session, method: str, path: str, largest: int, **content: Any
    ) -> HttpReply | Exception:
        try:
            return self._exchange(session, method, path, largest, **content)
        except Exception as error:
            return self._failure(error)

    def _failure(self, error: Exception) -> SemsearchError:
        """An error of a request, without anything that may hold the key."""
        if isinstance(error, SemsearchError):
            return error
        if isinstance(error, requests.RequestException):
            # Without the exception chain: the request in it holds the key.
            late = NotInTime if isinstance(error, requests.Timeout) else EmbedderUnavailable
            kind = NotSent if _is_unsent(error) else late
            return kind(
                f"cannot reach {self.host} ({readable(_reason(error), secret=self._key)}); check"
                " the network and the base URL"
            )
        # Without its message, too: errors below requests may quote the headers.
        return EmbedderUnavailable(
            f"the request to {self.host} failed ({type(error).__name__}); try again later"
        )

    def _exchange(
        self, session: requests.Session, method: str, path: str, largest: int, **content: Any
    ) -> HttpReply:
        headers = {"Accept": "application/json"}
        if content.get("data") is not None:
            headers["Content-Type"] = "application/json"
        with session.request(
            method,
            self.base_url + path,
            headers=headers,
            auth=self._authorised,
            timeout=self._timeout,
            allow_redirects=False,
            stream=True,
            **content,
        ) as response:
            self._check(response)
            return HttpReply(
                response.status_code, _headers(response), self._read(response, largest)
            )

    def _check(self, response: requests.Response) -> None:
        """Refuse a redirect, and an answer that would have to be unpacked."""
        if response.is_redirect or 300 <= response.status_code < 400:
            raise RequestRefused(
                f"{self.host} redirects to {_host(response.headers.get('Location', ''))}, which"
                " is not followed; set the base URL to the right address"
            )
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise ReplyInvalid(f"{self.host} sent a compressed answer, which was not asked for")

    def _session(self) -> requests.Session:
        try:
            return self._idle.pop()
        except IndexError:
            session = requests.Session()
            session.trust_env = False
            session.headers["Accept-Encoding"] = "identity"
            if self._proxy:
                session.proxies = {"http": self._proxy, "https": self._proxy}
            return session

    def _authorised(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the key at the last moment, so that no local variable in a traceback holds it."""
        if self._key is not None:
            request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        return request

    def _read(self, response: requests.Response, largest: int) -> bytes:
        deadline = time.monotonic() + self._total_seconds
        body = bytearray()
        for piece in response.iter_content(_PIECE):
            body += piece
            if len(body) > largest:
                raise ReplyInvalid(
                    f"{self.host} sent more than the {counted(largest, 'byte')} expected"
                )
            if time.monotonic() > deadline:
                break  # the caller has given up waiting
        return bytes(body)


def _headers(response: requests.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def readable(text: str, longest: int = _LONGEST_REASON, *, secret: Secret | None = None) -> str:
    """Return a server's message as one printable line, with ``secret`` masked.

    The text is masked as a whole and cut last: a key that was cut first would not be recognised.
    """
    text = _masked(text.replace("\0", ""), secret.reveal() if secret else "")
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))[:longest]


def beginning(text: str) -> str:
    """Return the part of a server's message that is read, of at most 16,000 characters."""
    return text[:_MOST_READ]


def _masked(text: str, key: str) -> str:
    """The beginning of a text without the key, nor parts of it that a server may have cut."""
    if not key:
        return beginning(text)
    text = beginning(text.replace(key, _MASK))
    if len(key) >= 2 * _PIECE_OF_KEY:
        for start in range(len(key) - _PIECE_OF_KEY + 1):
            text = text.replace(key[start : start + _PIECE_OF_KEY], _MASK)
    return text


def _host(location: str) -> str:
    """Return the host of a redirect's target; the rest of the URL may hold private data."""
    try:
        host = urlsplit(location).hostname
    except ValueError:
        host = None
    return ascii(host[:_LONGEST_REASON]) if host else "another address"


def _reason(error: requests.RequestException) -> str:
    """Return the underlying cause of a requests or urllib3 error in a few words."""
    cause: BaseException = error
    while (deeper := cause.__cause__ or cause.__context__) is not None:
        cause = deeper
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    words = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
    return words or type(cause).__name__


def _is_unsent(error: requests.RequestException) -> bool:
    """True when no connection was established that could have carried the request."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, requests.ConnectTimeout) or isinstance(
        reason, urllib3.exceptions.NewConnectionError
    )


def checked_base_url(base_url: str) -> str:
    """Return the base URL without a trailing ``/v1`` and slash.

    Raises ``SettingsError`` for an invalid URL, and for a URL to which no key may be sent.
    """
    try:
        parts = urlsplit(base_url)
        is_address = parts.scheme in ("http", "https") and parts.port != 0
        (parts.hostname or "").encode("idna")  # as urllib3 will; it refuses empty and long labels
    except ValueError:
        is_address = False
    if not is_address or not parts.hostname:
        shown = "the base URL" if "@" in base_url else repr(base_url)
        raise SettingsError(f"{shown} is no http(s) address; it looks like https://HOST")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError("a base URL has no user, password, query or fragment; leave them out")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise SettingsError(f"a key is not sent in the clear: use https://{parts.netloc}")
    return base_url.rstrip("/").removesuffix("/v1").rstrip("/")
