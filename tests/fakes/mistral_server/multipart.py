"""Parser of ``multipart/form-data``."""

from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

from fakes.mistral_server.exchange import Request


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a form; ``filename`` if it is a file."""

    content: bytes
    filename: str | None


def form_of(request: Request) -> dict[str, Part]:
    """The fields by name; empty if the body is no form."""
    described = Message()
    described["Content-Type"] = request.headers.get("content-type", "")
    boundary = described.get_boundary()
    if described.get_content_type() != "multipart/form-data" or boundary is None:
        return {}
    form = {}
    for piece in request.body.split(b"--" + boundary.encode())[1:-1]:
        head, _, content = piece[2:-2].partition(b"\r\n\r\n")
        headers = message_from_bytes(head + b"\r\n\r\n")
        name = headers.get_param("name", header="Content-Disposition")
        filename = headers.get_filename()
        form[str(name)] = Part(content, filename)
    return form
