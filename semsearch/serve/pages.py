"""Pages as HTML: every value is escaped, and no script or style stands in them."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

_TEMPLATES: Final = Path(__file__).parent / "templates"


class Pages:
    """Makes pages of templates; each is given the values of ``shared`` and has ``filters``."""

    def __init__(
        self, shared: Mapping[str, Any], filters: Mapping[str, Callable[..., Any]]
    ) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            auto_reload=False,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(shared)
        self._environment.filters.update(filters)

    def html(self, template: str, status: int = HTTPStatus.OK, **values: Any) -> Response:
        """The page of a template."""
        text = self._environment.get_template(f"{template}.html").render(values)
        # A file name may have letters that UTF-8 has no bytes for.
        return Response(text.encode("utf-8", "replace"), status, media_type="text/html")

    def login(self, wanted: str, *, is_wrong: bool) -> Response:
        """The page that asks for the token, and goes on to ``wanted`` with it."""
        return self.html(
            "login", HTTPStatus.UNAUTHORIZED, title="Token", wanted=wanted, is_wrong=is_wrong
        )

    def error(self, status: HTTPStatus, detail: str) -> Response:
        """The page of an error."""
        return self.html("error", status, title=status.phrase, detail=detail)
