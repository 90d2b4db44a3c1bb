"""Which requests are answered: host, origin, token, method, size, paths, and what answers carry."""

import asyncio
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from fakes.embedder import WordEmbedder
from fakes.web_server import TOKEN, Web, web_server
from semsearch.errors import SettingsError
from semsearch.mcp.library import Library
from semsearch.serve.access import Access, Invitations, token_in
from semsearch.serve.app import application
from semsearch.serve.guard import local_path
from semsearch.serve.query_values import query_text
from semsearch.serve.work_threads import WorkThreads
from semsearch.settings.secrets import Secret

BEARER = ("Authorization", f"Bearer {TOKEN}")
FORM = ("Content-Type", "application/x-www-form-urlencoded")
EVERYWHERE = "0.0.0.0"  # noqa: S104  # with a token
JSON = ("Content-Type", "application/json")


def asked(
    status: int, path: str, *headers: tuple[str, str], **more: Any
) -> tuple[dict[str, Any], int]:
    """A request, and the status that it gets."""
    return {"path": path, "headers": headers, **more}, status


# "own" is the host of the server with its port; COOKIE and VALUE are of its cookie.
CASES: dict[str, tuple[dict[str, Any], int]] = {
    # Hosts: a name that was rebound to this machine is not this server's.
    "own host": asked(200, "/", BEARER),
    "localhost": asked(200, "/", BEARER, host="localhost:1"),
    "localhost in capitals": asked(200, "/", BEARER, host="LocalHost"),
    "IPv6 loopback": asked(200, "/", BEARER, host="[::1]:8787"),
    "foreign host": asked(421, "/", BEARER, host="evil.example"),
    "foreign host with the port": asked(421, "/", BEARER, host="evil.example:80"),
    "host that ends in ours": asked(421, "/", BEARER, host="localhost.evil.example"),
    "host that begins with ours": asked(421, "/", BEARER, host="127.0.0.1.evil.example"),
    "another address": asked(421, "/", BEARER, host="10.0.0.1"),
    "any address": asked(421, "/", BEARER, host=EVERYWHERE),
    "user in the host": asked(421, "/", BEARER, host="localhost@evil.example"),
    "no host": asked(400, "/", BEARER, host=None),
    "empty host": asked(421, "/", BEARER, host=""),
    "two hosts": asked(400, "/", BEARER, ("Host", "localhost")),
    "foreign host, static": asked(421, "/static/page.css", host="evil.example"),
    "foreign host, no such path": asked(421, "/nothing", host="evil.example"),
    "foreign host, forwarded": asked(
        421, "/", BEARER, ("X-Forwarded-Host", "localhost"), host="evil.example"
    ),
    # Origins and fetch metadata.
    "own origin": asked(200, "/api/search?q=bees", BEARER, ("Origin", "http://own")),
    "foreign origin": asked(403, "/api/search?q=bees", BEARER, ("Origin", "http://evil.example")),
    "null origin": asked(403, "/api/search?q=bees", BEARER, ("Origin", "null")),
    "origin of another port": asked(403, "/", BEARER, ("Origin", "http://127.0.0.1:1")),
    "origin of a file": asked(403, "/", BEARER, ("Origin", "file://")),
    "origin that begins with ours": asked(403, "/", BEARER, ("Origin", "http://own.evil.example")),
    "foreign origin, POST": asked(
        403, "/login", FORM, ("Origin", "http://evil.example"), method="POST", body=b"token=x"
    ),
    "cross-site": asked(403, "/api/search?q=bees", BEARER, ("Sec-Fetch-Site", "cross-site")),
    "same-site, another port": asked(
        403, "/api/search?q=bees", BEARER, ("Sec-Fetch-Site", "same-site")
    ),
    "same-origin": asked(200, "/api/search?q=bees", BEARER, ("Sec-Fetch-Site", "same-origin")),
    "typed address": asked(200, "/", BEARER, ("Sec-Fetch-Site", "none")),
    "two sites, of which one is ours": asked(
        403, "/", BEARER, ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")
    ),
    "cross-site picture": asked(403, "/static/icon.svg", ("Sec-Fetch-Site", "cross-site")),
    # Tokens.
    "no token": asked(401, "/"),
    "no token, API": asked(401, "/api/search?q=bees"),
    "no token, file": asked(401, "/file?path=bees.md"),
    "no token, description": asked(401, "/openapi.json"),
    "no token, document": asked(401, "/document?cite=bees.md"),
    "no token, assistant": asked(401, "/mcp", JSON, method="POST", body=b"{}"),
    "no token, nothing there": asked(401, "/nothing"),
    "wrong token": asked(401, "/api/search?q=bees", ("Authorization", "Bearer wrong")),
    "beginning of the token": asked(
        401, "/api/search?q=bees", ("Authorization", f"Bearer {TOKEN[:-1]}")
    ),
    "empty token": asked(401, "/api/search?q=bees", ("Authorization", "Bearer ")),
    "other scheme": asked(401, "/api/search?q=bees", ("Authorization", f"Basic {TOKEN}")),
    "scheme in small letters": asked(
        200, "/api/search?q=bees", ("Authorization", f"bearer {TOKEN}")
    ),
    "token in the address": asked(303, f"/?token={TOKEN}&q=bees"),
    "wrong token in the address": asked(401, "/?token=wrong"),
    "token in the address, with the cookie": asked(
        303, f"/?token={TOKEN}&q=bees", ("Cookie", "COOKIE=VALUE")
    ),
    "old token in the address, with the cookie": asked(
        303, "/?token=old&q=bees", ("Cookie", "COOKIE=VALUE")
    ),
    "token in an address of the API": asked(401, f"/api/search?q=bees&token={TOKEN}"),
    "token as a cookie": asked(401, "/", ("Cookie", f"COOKIE={TOKEN}")),
    "cookie": asked(200, "/", ("Cookie", "a=b; COOKIE=VALUE")),
    "cookie of another server": asked(401, "/", ("Cookie", "semsearch-1=VALUE")),
    "static without a token": asked(200, "/static/page.css"),
    "way out of static, without a token": asked(401, "/static/../api/search?q=bees"),
    "login": asked(303, "/login", FORM, method="POST", body=f"token={TOKEN}&wanted=/?q=a".encode()),
    "wrong login": asked(401, "/login", FORM, method="POST", body=b"token=wrong"),
    "login with too many values": asked(
        400, "/login", FORM, method="POST", body=f"token={TOKEN}&".encode() + b"a=b&" * 9
    ),
    # Methods, kinds and sizes of bodies.
    "HEAD": asked(200, "/", BEARER, method="HEAD"),
    "PUT": asked(405, "/", BEARER, method="PUT"),
    "DELETE": asked(405, "/file?path=bees.md", BEARER, method="DELETE"),
    "OPTIONS of a preflight": asked(405, "/api/search", ("Origin", "http://own"), method="OPTIONS"),
    "TRACE": asked(405, "/", BEARER, method="TRACE"),
    "POST to a page": asked(405, "/", BEARER, FORM, method="POST", body=b"q=bees"),
    "POST to the API": asked(405, "/api/search", BEARER, JSON, method="POST", body=b"{}"),
    "GET of login": asked(405, "/login", BEARER),
    "body that says it is too long": asked(
        413, "/login", FORM, ("Content-Length", "99999999"), method="POST"
    ),
    "length that is none": asked(400, "/login", FORM, ("Content-Length", "-1"), method="POST"),
    # Paths: only those of the index, below its folder, by no link.
    "file of the index": asked(200, "/file?path=bees.md", BEARER),
    "file not indexed": asked(404, "/file?path=later.txt", BEARER),
    "file outside": asked(404, "/file?path=../outside.txt", BEARER),
    "file outside, in codes": asked(404, "/file?path=%2e%2e%2foutside.txt", BEARER),
    "file outside, twice in codes": asked(404, "/file?path=%252e%252e%252foutside.txt", BEARER),
    "file by a way round": asked(404, "/file?path=sub/../bees.md", BEARER),
    "absolute path": asked(404, "/file?path=/etc/passwd", BEARER),
    "file behind a link": asked(404, "/file?path=way-out.txt", BEARER),
    "file of the index itself": asked(404, "/file?path=.semsearch/record.sqlite", BEARER),
    "NUL in a path": asked(404, "/file?path=bees.md%00.pdf", BEARER),
    "no path": asked(400, "/file", BEARER),
    "static outside": asked(404, "/static/../app.py", BEARER),
    "static outside, in codes": asked(404, "/static/%2e%2e/app.py", BEARER),
    "static outside, backslash": asked(404, "/static/..%5capp.py", BEARER),
    "templates": asked(404, "/static/../templates/base.html", BEARER),
    "document outside": asked(400, "/document?cite=../outside.txt", BEARER),
    "passage outside": asked(400, "/api/passage?citation=/etc/passwd", BEARER),
    "unknown name": asked(400, "/api/search?q=bees&limits=3", BEARER),
    "too many names": asked(400, "/api/search?" + "&".join(["q=bees"] * 300), BEARER),
    "nothing there": asked(404, "/nothing", BEARER),
}


@pytest.mark.parametrize("name", CASES)
def test_a_request_is_answered_or_refused(guarded: Web, name: str) -> None:
    """With its status, and in each case with the headers that bind a browser."""
    request, status = CASES[name]
    request = {**request, "headers": [own(guarded, one) for one in request.get("headers", ())]}
    reply = guarded.send(**request)
    assert reply.status == status, reply.body
    if status == 400 and "content-security-policy" not in reply.headers:
        assert reply.body == b"Invalid HTTP request received."  # by uvicorn, before any page
        return
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert "'unsafe" not in reply.headers["content-security-policy"]
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "same-origin"
    assert not [one for one in reply.headers if one.startswith("access-control-")]
    assert "server" not in reply.headers
    assert TOKEN.encode() not in reply.body
    assert b"bees outside" not in reply.body and b"root:" not in reply.body


def own(web: Web, header: tuple[str, str]) -> tuple[str, str]:
    """A header with the host, cookie and value of this server."""
    name, value = header
    value = value.replace("//own", f"//127.0.0.1:{web.port}")
    value = value.replace("COOKIE", web.access.cookie).replace("VALUE", web.access.cookie_value)
    return name, value


def test_errors_are_problems_for_programs_and_pages_for_people(guarded: Web) -> None:
    """RFC 9457 on the one hand, HTML on the other."""
    problem = guarded.get("/api/search?q=bees&limit=0")
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "limit must be a whole number from 1 to 100",
        "exit_code": 2,
    }
    page = guarded.get("/document?cite=<b>none</b>")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "&lt;b&gt;none&lt;/b&gt; names no document" in page.text
    refused = guarded.send("/api/search?q=bees")
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.json()["status"] == 401


def test_the_token_becomes_a_cookie_that_scripts_and_other_sites_do_not_have(
    guarded: Web,
) -> None:
    """And leaves the address; the cookie is not the token."""
    reply = guarded.send(f"/?q=bees&token={TOKEN}")
    assert reply.headers["location"] == "/?q=bees"
    cookie = reply.headers["set-cookie"]
    assert cookie.startswith(f"semsearch-{guarded.port}={guarded.access.cookie_value};")
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie
    assert TOKEN not in cookie


def test_an_invitation_lets_in_once_and_soon(guarded: Web) -> None:
    """It is among the arguments of the browser that --open starts, which others may see."""
    invitation = guarded.access.invitations.new()
    first = guarded.send(f"/?token={invitation}")
    assert (first.status, first.headers["location"]) == (303, "/")
    assert guarded.access.cookie_value in first.headers["set-cookie"]
    assert guarded.send(f"/?token={invitation}").status == 401
    late = Invitations(seconds=0)
    assert not late.take(late.new())


def test_a_token_never_stays_in_an_address(guarded: Web) -> None:
    """Not in the page that asks for it, nor in where that leads, nor where none is needed."""
    page = guarded.send("/?token=old-one&q=bees")
    assert "old-one" not in page.text
    assert 'name="wanted" value="/?q=bees"' in page.text
    assert "token" not in guarded.get("/?token=old-one&q=bees").headers.get("location", "")


def test_a_refusal_is_a_page_for_people(guarded: Web) -> None:
    """With what to do, where a link of another site has led here."""
    page = guarded.send("/?q=bees", headers=[("Sec-Fetch-Site", "cross-site")])
    assert (page.status, page.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert "type or paste its address" in page.text
    problem = guarded.send("/api/search?q=bees", headers=[("Sec-Fetch-Site", "cross-site")])
    assert problem.json()["detail"] == "requests of other sites are not answered"


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ("/?q=a", "/?q=a"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/?q=a\r\nSet-Cookie: b=c", "/?q=a%0D%0ASet-Cookie:%20b=c"),
        ("", "/"),
    ],
)
def test_after_login_a_browser_stays_on_this_server(wanted: str, where: str) -> None:
    """Whatever the form says."""
    assert local_path(wanted) == where


def test_a_text_that_has_no_bytes_stands_in_an_address_as_far_as_it_can() -> None:
    """A file name of other bytes than UTF-8 stands there whole."""
    assert query_text([("q", "a\ud800b"), ("path", "b\udce4r")]) == "q=a%3Fb&path=b%E4r"


def test_a_body_is_counted_where_its_length_is_not_told(guarded: Web) -> None:
    """In parts, up to the bound."""
    part = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    reply = guarded.send(
        "/login",
        "POST",
        [FORM, ("Transfer-Encoding", "chunked"), ("Content-Length-Not", "told")],
        part * 70 + b"0\r\n\r\n",
        host="own",
    )
    assert reply.status == 413


def test_a_token_in_the_address_of_another_page_is_not_called_wrong(guarded: Web) -> None:
    """It lets nobody in there, and a wrong one is named."""
    right = guarded.send(f"/document?cite=bees.md&token={TOKEN}")
    wrong = guarded.send("/document?cite=bees.md&token=old")
    assert [right.status, wrong.status] == [401, 401]
    assert ["not the token" in reply.text for reply in (right, wrong)] == [False, True]


@pytest.mark.parametrize("path", ["/login", "/mcp"])
def test_a_client_that_goes_within_its_request_is_no_fault(path: str) -> None:
    """No exception gets to uvicorn, which would log it."""
    threads = WorkThreads(asks_a_server=False)
    access = Access.of("127.0.0.1", (), None, 80)
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b""}
    told: list[Any] = []

    async def gone() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def hear(message: Any) -> None:
        told.append(message.get("status"))

    app = application(Library(None, None), access, threads, "1.2.3")
    asyncio.run(app({**scope, "headers": headers}, gone, hear))
    threads.close()
    assert told[0] == 408


def test_a_document_never_is_a_page_of_this_server(guarded: Web) -> None:
    """It comes as an attachment of bytes, in a sandbox, whatever its name."""
    for path in ("evil.html", "said.txt", "bees.md"):
        reply = guarded.get(f"/file?path={path}")
        assert reply.headers["content-type"] == "application/octet-stream"
        assert reply.headers["content-disposition"] == f"attachment; filename*=UTF-8''{path}"
        assert reply.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert reply.headers["x-content-type-options"] == "nosniff"


def test_what_documents_say_is_text_on_every_page(guarded: Web) -> None:
    """Results, document and their parts have it escaped."""
    for path in (
        "/?q=bees",
        "/?q=bees&part=1",
        "/document?cite=said.txt",
        "/document?q=bees&hit=1",
    ):
        page = guarded.get(path).text
        assert "<script>alert" not in page and "<img src=x" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in guarded.get("/document?cite=said.txt").text
    assert "&lt;script&gt;" in guarded.get("/?q=%3Cscript%3E").text


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("search.js", "text/javascript; charset=utf-8"),
        ("pdfjs/pdf.worker.min.mjs", "text/javascript; charset=utf-8"),
        ("page.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
        ("map.js", "text/javascript; charset=utf-8"),
        ("pdfjs/LICENSE", "application/octet-stream"),
    ],
)
def test_files_of_the_page_have_their_types(guarded: Web, name: str, kind: str) -> None:
    """As nosniff wants them; they are nobody's, so that a browser needs no token for them."""
    reply = guarded.send(f"/static/{name}")
    assert (reply.status, reply.headers["content-type"]) == (200, kind)


def test_no_request_changes_the_folder_or_the_index(guarded: Web, shelf: Path) -> None:
    """Every kind of request, those that search and read among them."""

    def state() -> dict[str, tuple[int, int]]:
        files = (path for path in shelf.rglob("*") if not path.name.endswith(("-wal", "-shm")))
        return {
            str(path): (path.lstat().st_mtime_ns, path.lstat().st_size)
            for path in files
            if path.is_file()
        }

    before = state()
    for request, _ in CASES.values():
        headers = [own(guarded, one) for one in request["headers"]]
        guarded.send(**{**request, "headers": headers})
    for path in ("/api/map", "/api/search?like=bees.md:3", "/document?q=bees&hit=1", "/api/status"):
        assert guarded.get(path).status in (200, 409)
    assert state() == before


class Tags(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_no_page_has_a_script_or_a_style_of_its_own(guarded: Web) -> None:
    """All are files of this server, as the policy wants."""
    for path in ("/", "/?q=bees", "/document?cite=said.txt", "/map", "/nothing"):
        for tag, attributes in Tags(guarded.get(path).text).found:
            assert tag not in ("style", "iframe", "object", "embed", "base")
            assert not [name for name in attributes if name == "style" or name.startswith("on")]
            assert (
                tag != "script"
                or re.fullmatch(r"/static/[a-z_]+\.js", attributes.get("src") or "")
                or attributes.get("type") == "application/json"
            )
            for name in ("href", "src", "action"):
                assert (attributes.get(name) or "/").startswith(("/", "#"))


def test_a_server_that_others_reach_needs_a_token_and_knows_its_names(
    shelf: Path,
) -> None:
    """Addresses are let through, as no name can be rebound to be one."""
    with pytest.raises(SettingsError, match="needs a token; leave --no-token out"):
        Access.of(EVERYWHERE, (), None, 80)
    access = Access.of(EVERYWHERE, ("Notes.lan",), Secret(TOKEN), 80)
    hosts = ("notes.lan", "NOTES.LAN:80", "192.168.1.7:80", "[fe80::1]:80", "localhost")
    assert all(access.knows_host(host) for host in hosts)
    others = ("notes.lan.evil.example", "evil.example", "192.168.1.7.evil.example", "[evil]", "")
    assert not any(access.knows_host(host) for host in others)
    with web_server(shelf, WordEmbedder(), has_token=True, host=EVERYWHERE, known=["a.lan"]) as web:
        assert web.send("/", host="a.lan").status == 401
        assert web.send("/", host="b.lan").status == 421
        assert web.get("/").status == 200


def test_a_token_is_read_from_a_private_file_only(tmp_path: Path) -> None:
    """And must be long enough."""
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="can be read by others; run: chmod 600"):
        token_in(file)
    file.chmod(0o600)
    assert token_in(file).reveal() == TOKEN
    file.write_text("short")
    with pytest.raises(SettingsError, match="one word of 16 or more"):
        token_in(file)
    with pytest.raises(SettingsError, match="cannot read the token file"):
        token_in(tmp_path / "none")


def test_without_a_token_this_machine_is_let_in(shelf: Path) -> None:
    """Where that was asked for."""
    with web_server(shelf, WordEmbedder()) as web:
        assert web.send("/api/search?q=bees").status == 200
        assert web.send("/", host="evil.example").status == 421
