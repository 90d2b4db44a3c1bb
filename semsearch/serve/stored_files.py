"""Files of an index as they are, for a download or a viewer of PDFs; no others are opened."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from io import BufferedReader
from typing import Final
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from semsearch.api import Index
from semsearch.documents.coverage import SEARCHABLE
from semsearch.documents.formats import Format, format_of, is_secret
from semsearch.errors import CorpusError
from semsearch.mcp.parameters import Parameter
from semsearch.safe_open import open_below
from semsearch.serve.problems import NotIndexed, Problem
from semsearch.serve.search_request import INDEX
from semsearch.serve.security_headers import DOCUMENT_POLICY
from semsearch.settings.sources import run_settings
from semsearch.store.locate import find_index
from semsearch.store.snapshot import open_snapshot

FILE: Final = (
    Parameter("path", "string", "The path of a document.", is_required=True, least=1, most=5_000),
    INDEX,
)

_PART: Final = 1 << 18  # bytes that are read at once
_RANGE: Final = re.compile(r"bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))")


@dataclass(frozen=True, slots=True)
class OpenFile:
    """An open file of an index, its path in the folder and its size in bytes."""

    file: BufferedReader
    path: str
    size: int

    @property
    def is_pdf(self) -> bool:
        """Whether its name is that of a PDF."""
        return format_of(self.path) is Format.PDF


def opened_file(index: Index, path: str) -> OpenFile:
    """Open the file of a document that can be found; follows no link.

    Raises ``NotIndexed`` for any other path, ``CorpusError`` where the file has gone.
    """
    settings = run_settings(index.settings, index=index.index or index.folder)
    with open_snapshot(find_index(settings), partial=True) as snapshot:
        document = snapshot.view.documents.at_path(path) if "\0" not in path else None
        if document is None or document.coverage not in SEARCHABLE or is_secret(path):
            raise NotIndexed("no document of the index has this path")
        corpus = snapshot.corpus
    try:
        file = open_below(corpus, path)
    except OSError as error:
        raise CorpusError("the file is not there any more; run: semsearch index") from error
    return OpenFile(file, path, os.fstat(file.fileno()).st_size)


def file_response(opened: OpenFile, wanted: str | None) -> Response:
    """The file as an attachment, or a part of it where one ``Range`` is asked for.

    A PDF has its type, for the viewer's script; anything else is bytes, never a page of this
    server. Raises ``Problem`` for a range that the file does not have.
    """
    first, last = _range(wanted, opened)
    headers = {
        "accept-ranges": "bytes",
        "content-length": str(last - first + 1),
        "content-security-policy": DOCUMENT_POLICY,
        "content-disposition": f"attachment; filename*=UTF-8''{_quoted_name(opened.path)}",
    }
    is_part = last - first + 1 < opened.size
    if is_part:
        headers["content-range"] = f"bytes {first}-{last}/{opened.size}"
    return StreamingResponse(
        _parts(opened.file, first, last),
        HTTPStatus.PARTIAL_CONTENT if is_part else HTTPStatus.OK,
        headers,
        "application/pdf" if opened.is_pdf else "application/octet-stream",
    )


def _range(wanted: str | None, opened: OpenFile) -> tuple[int, int]:
    """The first and the last byte; of all for what is no single range (RFC 9110, 14.2)."""
    found = None if wanted is None else _RANGE.fullmatch(wanted.strip())
    if found is None or (found[1] and found[2] and int(found[2]) < int(found[1])):
        return 0, opened.size - 1
    if found[3] is not None:
        first, last = max(0, opened.size - int(found[3])), opened.size - 1
    else:
        first = int(found[1])
        last = min(int(found[2]) if found[2] else opened.size - 1, opened.size - 1)
    if first > last:
        opened.file.close()
        raise Problem(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            "the file is shorter",
            {"Content-Range": f"bytes */{opened.size}"},
        )
    return first, last


def _parts(file: BufferedReader, first: int, last: int) -> Iterator[bytes]:
    with file:
        file.seek(first)
        left = last - first + 1
        while left > 0 and (part := file.read(min(_PART, left))):
            left -= len(part)
            yield part


def _quoted_name(path: str) -> str:
    return quote(os.fsencode(path.rpartition("/")[2]), safe="")
