"""Errors as RFC 9457 has them: ``application/problem+json`` with a status and a detail."""

from http import HTTPStatus
from typing import Any, Final

from starlette.responses import Response

from semsearch.errors import (
    CorpusError,
    EmbedderError,
    FilesElsewhere,
    IndexLocked,
    SemsearchError,
    SettingsError,
    TooLittle,
)
from semsearch.serve.json_response import json_response

MEDIA_TYPE: Final = "application/problem+json"


class NotIndexed(SemsearchError):
    """No document of the index has this path."""


# The first class that fits decides; all others are of an index that cannot be used now.
_STATUS: Final = (
    (NotIndexed, HTTPStatus.NOT_FOUND),
    (CorpusError, HTTPStatus.NOT_FOUND),
    (SettingsError, HTTPStatus.BAD_REQUEST),
    (TooLittle, HTTPStatus.CONFLICT),
    (FilesElsewhere, HTTPStatus.CONFLICT),
    (IndexLocked, HTTPStatus.SERVICE_UNAVAILABLE),
    (EmbedderError, HTTPStatus.BAD_GATEWAY),
)


class Problem(Exception):
    """An answer that is an error; ``headers`` go with it."""

    def __init__(
        self, status: HTTPStatus, detail: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers or {}
        self.exit_code: int | None = None

    @classmethod
    def of(cls, error: SemsearchError) -> "Problem":
        """The problem that an error of the library is."""
        problem = cls(status_of(error), str(error))
        problem.exit_code = error.exit_code
        return problem

    def to_dict(self) -> dict[str, Any]:
        """The members of the problem; its type is only what the status says."""
        code = {} if self.exit_code is None else {"exit_code": int(self.exit_code)}
        return {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": str(self),
            **code,
        }


def status_of(error: SemsearchError) -> HTTPStatus:
    """The status that an error of the library has in an answer."""
    found = (status for kind, status in _STATUS if isinstance(error, kind))
    return next(found, HTTPStatus.SERVICE_UNAVAILABLE)


def problem_response(problem: Problem) -> Response:
    """The answer of a problem."""
    return json_response(problem.to_dict(), problem.status, MEDIA_TYPE, problem.headers)
