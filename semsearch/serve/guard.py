"""The checks of a request before anything is routed: whose it is, its size, its token."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from semsearch.serve.access import Access
from semsearch.serve.pages import Pages
from semsearch.serve.problems import Problem, problem_response
from semsearch.serve.query_values import query_text, query_values
from semsearch.serve.security_headers import HEADERS

_METHODS: Final = ("GET", "HEAD", "POST")
_OWN: Final = ("same-origin", "none")  # none: typed in, or from a bookmark
_LARGEST: Final = 4 << 20  # bytes of a body; a question is short
_OPEN: Final = re.compile(
    r"/static/(?!.*\.\.)[A-Za-z0-9_./-]+|/login"
)  # without a token: nobody's documents
_FOR_PROGRAMS: Final = ("/api/", "/mcp", "/file", "/openapi.json")


class Guard:
    """Lets a request through to the application, or answers it; adds headers to every answer."""

    def __init__(self, app: ASGIApp, access: Access, pages: Pages) -> None:
        self._app = app
        self._access = access
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request; web sockets are refused."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            checked_origin(scope, self._access)
            body = _Bounded(scope, receive)
            answer = self._asked_for_token(scope)
        except Problem as problem:
            await self._refusal(scope, problem)(scope, receive, send_guarded)
            return
        if answer is not None:
            await answer(scope, receive, send_guarded)
            return
        try:
            await self._app(scope, body.receive, send_guarded)
        except Problem as problem:  # a body that is too long, found while it is read
            await self._refusal(scope, problem)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope, problem: Problem) -> Response:
        if is_for_programs(scope["path"]) or problem.status is not HTTPStatus.FORBIDDEN:
            return problem_response(problem)
        told = f"{problem}: to look at this page, type or paste its address into your browser"
        return self._pages.error(problem.status, told)

    def _asked_for_token(self, scope: Scope) -> Response | None:
        """None for a request that has the token, or needs none."""
        access, path = self._access, scope["path"]
        if access.token is None or _OPEN.fullmatch(path):
            return None
        headers = Headers(scope=scope)
        values = query_values(scope)
        given = next((value for name, value in values if name == "token"), "")
        rest = query_text([one for one in values if one[0] != "token"])
        wanted = f"{path}?{rest}" if rest else path
        has_cookie = access.is_cookie(_cookies(headers).get(access.cookie, ""))
        is_let_in = given and (access.is_token(given) or access.invitations.take(given))
        if path == "/" and given and (has_cookie or is_let_in):
            return with_cookie(RedirectResponse(wanted, HTTPStatus.SEE_OTHER), access)
        kind, _, sent = headers.get("authorization", "").partition(" ")
        if has_cookie or (kind.lower() == "bearer" and access.is_token(sent.strip())):
            return None
        if is_for_programs(path):
            challenge = {"WWW-Authenticate": "Bearer"}
            raise Problem(
                HTTPStatus.UNAUTHORIZED,
                "this needs the token that semsearch serve has printed, in the header"
                " Authorization: Bearer TOKEN",
                challenge,
            )
        return self._pages.login(wanted, is_wrong=bool(given) and not is_let_in)


def is_for_programs(path: str) -> bool:
    """Whether answers at a path are read by programs, and not looked at."""
    return path.startswith(_FOR_PROGRAMS)


def checked_origin(scope: Scope, access: Access) -> None:
    """Raise ``Problem`` for a request that another site's page, or a rebound name, has sent."""
    headers = Headers(scope=scope)
    hosts = headers.getlist("host")
    if len(hosts) != 1 or not access.knows_host(hosts[0]):
        raise Problem(
            HTTPStatus.MISDIRECTED_REQUEST,
            "this server is not known by that name; semsearch serve --allow-host NAME adds one",
        )
    if scope["method"] not in _METHODS:
        allowed = {"Allow": ", ".join(_METHODS)}
        raise Problem(
            HTTPStatus.METHOD_NOT_ALLOWED, "only GET, HEAD and POST are answered", allowed
        )
    # https://www.w3.org/TR/fetch-metadata: "same-site" is another port of this machine, too.
    if any(site not in _OWN for site in headers.getlist("sec-fetch-site")):
        raise Problem(HTTPStatus.FORBIDDEN, "requests of other sites are not answered")
    for origin in headers.getlist("origin"):
        scheme, _, host = origin.partition("://")
        if scheme not in ("http", "https") or host.lower() != hosts[0].lower():
            raise Problem(HTTPStatus.FORBIDDEN, "requests of other origins are not answered")


def with_cookie(response: Response, access: Access) -> Response:
    """An answer that gives the browser the cookie, until it is closed."""
    response.set_cookie(access.cookie, access.cookie_value, httponly=True, samesite="strict")
    return response


def local_path(wanted: str) -> str:
    """An address of this server to go on to; "/" for anything else."""
    is_local = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return quote(wanted, safe="/?&=%+:,;@!$'()*~-._") if is_local else "/"


def _cookies(headers: Headers) -> Mapping[str, str]:
    return cookie_parser(headers.get("cookie", ""))


class _Bounded:
    """The body of a request, as far as it may reach."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self._left = _LARGEST
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdecimal() or int(declared) > _LARGEST:
            raise _too_large()

    async def receive(self) -> Message:
        """The next part; raises ``Problem`` when there is too much."""
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _too_large()
        return message


def _too_large() -> Problem:
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body of the request is too long")
