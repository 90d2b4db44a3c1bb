"""JSON over HTTP to an embeddings API; the only door to requests.

A key goes only to the host that the settings name: redirects are never followed, neither ``.netrc``
nor proxies from the environment are used, and a host that is not this machine must be spoken to by
https. A server cannot hold a run up or fill its memory: each request has a deadline for all of it,
and each answer a largest size.
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

from semsearch.errors import (
    EmbedderUnavailable,
    ReplyInvalid,
    RequestRefused,
    SemsearchError,
    SettingsError,
)
from semsearch.settings.secrets import Secret

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_PIECE: Final = 1 << 16  # bytes
_LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class HttpReply:
    """What a server answered; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NotSent(EmbedderUnavailable):
    """The server was not reached, so that nothing can have been billed."""


class HttpClient:
    """Sends requests to one host; used by several threads at once."""

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

        Raises ``SettingsError`` for a URL that is not to be trusted with a key.
        """
        self.base_url = checked_base_url(base_url)
        self.host = urlsplit(self.base_url).hostname or ""
        self._key = key
        self._timeout = (connect_seconds, read_seconds)
        self._total_seconds = total_seconds
        self._proxy = None if self.host in LOOPBACK else proxy
        self._idle: deque[requests.Session] = deque()  # one for each request that was under way

    def post(self, path: str, body: Mapping[str, Any], *, largest: int) -> HttpReply:
        """Post JSON and read an answer of at most ``largest`` bytes, whatever its status.

        Raises ``EmbedderUnavailable`` when the server cannot be reached or does not end its answer
        in time, ``RequestRefused`` for a redirect and ``ReplyInvalid`` for too large an answer.
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
        """Send any request: ``data`` is JSON, ``files`` are the parts of a form, as in requests.

        Raises as ``post`` does.
        """
        answers: queue.SimpleQueue[HttpReply | Exception] = queue.SimpleQueue()
        session = self._session()

        def exchange() -> None:
            answer = self._outcome(session, method, path, largest, data=data, files=files)
            if isinstance(answer, HttpReply):
                self._idle.append(session)
            answers.put(answer)

        # On a thread of its own, as nothing else bounds the time that the headers take to come in.
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

    def _outcome(
        self, session: requests.Session, method: str, path: str, largest: int, **content: Any
    ) -> HttpReply | Exception:
        try:
            return self._exchange(session, method, path, largest, **content)
        except SemsearchError as error:
            return error
        except requests.RequestException as error:
            # Without its chain: the request in it holds the key.
            kind = NotSent if _is_unsent(error) else EmbedderUnavailable
            return kind(
                f"cannot reach {self.host} ({readable(_reason(error), secret=self._key)}); check"
                " the network and the base URL"
            )
        except Exception as error:
            # Without its words, too: what goes wrong below requests may quote its headers.
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
            if response.is_redirect or 300 <= response.status_code < 400:
                raise RequestRefused(
                    f"{self.host} redirects to {_host(response.headers.get('Location', ''))}, which"
                    " is not followed; set the base URL to the right address"
                )
            return HttpReply(
                response.status_code,
                {name.lower(): value for name, value in response.headers.items()},
                self._read(response, largest),
            )

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
        """Add the key, as late as possible: no variable that a traceback shows ever holds it."""
        if self._key is not None:
            request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        return request

    def _read(self, response: requests.Response, largest: int) -> bytes:
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise ReplyInvalid(f"{self.host} sent a compressed answer, which was not asked for")
        deadline = time.monotonic() + self._total_seconds
        body = bytearray()
        for piece in response.iter_content(_PIECE):
            body += piece
            if len(body) > largest:
                raise ReplyInvalid(f"{self.host} sent more than the {largest} bytes expected")
            if time.monotonic() > deadline:
                break  # nobody waits for it any more
        return bytes(body)


def readable(text: str, longest: int = _LONGEST_REASON, *, secret: Secret | None = None) -> str:
    """What a server said, on one line, without ``secret`` and what a terminal would act on."""
    text = text.replace(secret.reveal(), "***") if secret else text
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))[:longest]


def _host(location: str) -> str:
    """Where a redirect leads: its host only, as the rest may hold something private."""
    try:
        host = urlsplit(location).hostname
    except ValueError:
        host = None
    return ascii(host[:_LONGEST_REASON]) if host else "another address"


def _reason(error: requests.RequestException) -> str:
    """What went wrong below requests and urllib3, in a few words."""
    cause: BaseException = error
    while (deeper := cause.__cause__ or cause.__context__) is not None:
        cause = deeper
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    words = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
    return words or type(cause).__name__


def _is_unsent(error: requests.RequestException) -> bool:
    """Whether there was no connection that a request could have gone over."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, requests.ConnectTimeout) or isinstance(
        reason, urllib3.exceptions.NewConnectionError
    )


def checked_base_url(base_url: str) -> str:
    """The base URL without ``/v1`` and a slash at its end.

    Raises ``SettingsError`` for what is no address, or none that a key may be sent to.
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
