"""Files of streams (MS-CFB), as Office wrote them before 2007; the only door to olefile."""

import io

import olefile

from semsearch.documents.readers.headings import title_named
from semsearch.documents.reason import DocumentUnreadable, ReasonCode


class OleStreams:
    """The streams of one file, read into memory."""

    def __init__(self, data: bytes) -> None:
        """Raises ``DocumentUnreadable`` for a damaged file."""
        try:
            self._file = olefile.OleFileIO(io.BytesIO(data))
        except (OSError, ValueError, IndexError) as error:
            raise DocumentUnreadable(ReasonCode.DAMAGED, f"damaged file: {error}") from error

    def has(self, name: str) -> bool:
        """Whether there is a stream of this name, in no folder."""
        return bool(self._file.exists(name))

    def stream(self, name: str) -> bytes:
        """Read a stream; raises ``DocumentUnreadable`` where it is damaged or missing."""
        try:
            with self._file.openstream(name) as stream:
                return bytes(stream.read())
        except OSError as error:
            raise DocumentUnreadable(
                ReasonCode.DAMAGED, f"damaged file: {name}: {error}"
            ) from error

    def title(self) -> str | None:
        """Return the title in the file's properties; None without one."""
        try:
            about = self._file.get_metadata()
        except (OSError, ValueError, IndexError):  # the text is complete without it
            return None
        title = about.title
        if not isinstance(title, bytes):
            return title_named(title) if isinstance(title, str) else None
        page = about.codepage if isinstance(about.codepage, int) else 0
        codec = {1200: "utf-16-le", 65001: "utf-8"}.get(page, f"cp{page}")
        try:
            return title_named(title.decode(codec, "replace"))
        except LookupError:
            return title_named(title.decode("cp1252", "replace"))


def stream_names(data: bytes) -> frozenset[str]:
    """Return the streams that are in no folder, in small letters; none of a damaged file."""
    try:
        file = olefile.OleFileIO(io.BytesIO(data))
    except (OSError, ValueError, IndexError):  # its reader says so
        return frozenset()
    return frozenset(path[0].casefold() for path in file.listdir() if len(path) == 1)
