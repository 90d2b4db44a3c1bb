"""The application: routes, and what each of them does in which thread."""

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from semsearch.documents.text.printable import printable_line
from semsearch.errors import SemsearchError
from semsearch.mcp.library import Library
from semsearch.serve import api_routes
from semsearch.serve.access import Access
from semsearch.serve.facets import KnownFacets
from semsearch.serve.guard import Guard, is_for_programs, local_path, with_cookie
from semsearch.serve.json_response import json_response
from semsearch.serve.map_route import MAP, PAGE_FILES, Maps
from semsearch.serve.mcp_route import McpRoute
from semsearch.serve.openapi import openapi_document
from semsearch.serve.page_filters import FILTERS
from semsearch.serve.pages import Pages
from semsearch.serve.problems import Problem, problem_response
from semsearch.serve.query_values import query_text, query_values
from semsearch.serve.search_page import document_values, filter_values, search_values
from semsearch.serve.search_request import INDEX, checked_values
from semsearch.serve.stored_files import FILE, OpenFile, file_response, opened_file
from semsearch.serve.work_threads import Work, WorkThreads

_STATIC: Final = Path(__file__).parent / "static"

_FIELDS: Final = 5  # of the form for the token, at the most
_MAP_FILES: Final = ("map.js", "map.css")  # of the page that ``semsearch map`` writes, too

_Api = Callable[[Library, api_routes.Values], Any]
# Path, its function, and the threads in which it runs.
_API: Final[tuple[tuple[str, _Api, Work], ...]] = (
    ("/api/search", api_routes.search, Work.SEARCH),
    ("/api/passage", api_routes.passage, Work.READ),
    ("/api/documents", api_routes.documents, Work.READ),
    ("/api/indexes", api_routes.indexes, Work.READ),
    ("/api/status", api_routes.status, Work.READ),
)


@dataclass(frozen=True, slots=True)
class Application:
    """What the routes share."""

    library: Library
    access: Access
    threads: WorkThreads
    pages: Pages
    maps: Maps
    facets: KnownFacets
    version: str

    def asgi(self) -> ASGIApp:
        """The application behind its guard."""
        routes = [
            Route("/", self.search_page),
            Route("/document", self.document_page),
            Route("/map", self.map_page),
            Route("/api/map", self._api(self.maps.of, Work.MAP)),
            Route("/login", self.login, methods=["POST"]),
            Route("/file", self.file),
            Route(
                "/mcp", McpRoute(self.library, self.threads, self.version).answer, methods=["POST"]
            ),
            Route("/openapi.json", self.openapi),
            *(Route(path, self._api(run, work)) for path, run, work in _API),
            *(
                Route(f"/static/{name}", _file_route(PAGE_FILES / name), methods=["GET"])
                for name in _MAP_FILES
            ),
            Mount("/static", StaticFiles(directory=_STATIC)),
        ]
        app = Starlette(
            routes=routes,
            exception_handlers={
                Problem: self._told,
                SemsearchError: self._told,
                HTTPException: self._told,
                ClientDisconnect: self._told,
                Exception: self._told,
            },
        )
        return Guard(app, self.access, self.pages)

    async def search_page(self, request: Request) -> Response:
        """The page of a search; its results alone for the page's script."""
        values = query_values(request.scope)
        is_part = ("part", "1") in values

        def made() -> Response:
            found = search_values(self.library, values)
            if found["answer"] is None or not is_part:
                found |= filter_values(self.library, self.facets)
            return self.pages.html("results" if is_part else "search", **found)

        return await self.threads.run(request, Work.SEARCH, made)

    async def document_page(self, request: Request) -> Response:
        """The page of a document at a citation or a hit; the document alone for the script."""
        values = query_values(request.scope)
        is_page = ("part", "1") not in values

        def made() -> Response:
            found = document_values(self.library, values)
            template = "document" if is_page else "document_part"
            return self.pages.html(template, is_page=is_page, **found)

        return await self.threads.run(request, Work.READ, made)

    async def map_page(self, request: Request) -> Response:
        """The page of the map, whose script asks for the points."""
        given = checked_values(MAP, query_values(request.scope))
        names = self.library.names
        index, by = given.get(INDEX.name, names[0] if names else ""), given.get("by", "cluster")
        asked = query_text([(INDEX.name, index or None), ("by", by)])

        def made() -> Response:
            corpus = self.facets.of(self.library, index).outline.corpus
            return self.pages.html(
                "map",
                title="Map",
                name=index or printable_line(corpus.name),
                index=index,
                indexes=names,
                by=by,
                data=f"/api/map?{asked}",
            )

        return await self.threads.run(request, Work.READ, made)

    async def login(self, request: Request) -> Response:
        """Give the cookie for the token, and go on to the page that was wanted."""
        text = (await request.body()).decode("ascii", "replace")
        try:
            form = dict(parse_qsl(text, max_num_fields=_FIELDS))
        except ValueError as error:
            raise Problem(HTTPStatus.BAD_REQUEST, "the form has too many values") from error
        wanted = local_path(form.get("wanted", "/"))
        if not self.access.is_token(form.get("token", "").strip()):
            return self.pages.login(wanted, is_wrong=True)
        return with_cookie(RedirectResponse(wanted, HTTPStatus.SEE_OTHER), self.access)

    async def file(self, request: Request) -> Response:
        """The file of a document, as an attachment."""
        given = checked_values(FILE, query_values(request.scope))
        name, path = given.get(INDEX.name, ""), given["path"]

        def opened() -> OpenFile:
            self.library.refuse_file(name, path)
            return opened_file(self.library.index(name), path)

        found = await self.threads.run(request, Work.READ, opened)
        return file_response(found, request.headers.get("range"))

    async def openapi(self, _: Request) -> Response:
        """The description of the JSON API."""
        return json_response(openapi_document(self.version))

    def _api(self, run: _Api, work: Work) -> Callable[[Request], Any]:
        async def answered(request: Request) -> Response:
            values = query_values(request.scope)
            return await self.threads.run(
                request, work, lambda: json_response(run(self.library, values))
            )

        return answered

    async def _told(self, request: Request, error: Exception) -> Response:
        """An error as a problem for programs, as a page for people."""
        problem = _problem_of(error)
        if is_for_programs(request.url.path):
            return problem_response(problem)
        response = self.pages.error(problem.status, str(problem))
        response.headers.update(problem.headers)
        return response


# By these names, whatever the registry of Windows says: no browser runs a script of another type.
_KINDS: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
}


def application(library: Library, access: Access, threads: WorkThreads, version: str) -> ASGIApp:
    """The application over a library."""
    for ending, kind in _KINDS.items():
        mimetypes.add_type(kind, ending)
    pages = Pages({"served": ", ".join(library.names)}, FILTERS)
    return Application(library, access, threads, pages, Maps(), KnownFacets(), version).asgi()


def _file_route(path: Path) -> Callable[[Request], Any]:
    async def sent(_: Request) -> Response:
        return FileResponse(path)

    return sent


def _problem_of(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case SemsearchError():
            return Problem.of(error)
        case ClientDisconnect():
            return Problem(HTTPStatus.REQUEST_TIMEOUT, "the client has gone")
        case HTTPException():
            status = HTTPStatus(error.status_code)
            detail = {
                HTTPStatus.NOT_FOUND: "there is nothing at this address",
                HTTPStatus.METHOD_NOT_ALLOWED: "this address is not for that method",
            }.get(status, str(error.detail))
            return Problem(status, detail, dict(error.headers or {}))
        case _:
            return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "this is a fault of semsearch")
