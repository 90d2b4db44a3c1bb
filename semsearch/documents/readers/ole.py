"""Files of streams (MS-CFB), as Outlook and the Office before 2007 write; the door to olefile."""

import copy
import io
import struct
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from semsearch.documents.readers.headings import title_named
from semsearch.documents.readers.rtf_tokens import page_codec
from semsearch.documents.reason import DocumentUnreadable, ReasonCode
from semsearch.documents.requirements import OFFICE

_PROPERTIES: Final = "\x05SummaryInformation"
_PAGE, _TITLE = 1, 2  # numbers of properties: code page, title
_NARROW, _WIDE = 0x1E, 0x1F  # kinds of strings
_UTF_16: Final = 1200  # a code page
_MOST_PROPERTIES: Final = 100


class OleStreams:
    """The streams of one file, read into memory."""

    def __init__(self, data: bytes, kind: str = "file") -> None:
        """Raises ``DocumentUnreadable`` for a damaged file, a ``kind`` of which it is.

        Also without the extra: files of other formats may have such files in them.
        """
        if not OFFICE["olefile"].is_met:
            reason = OFFICE["olefile"].missing_for(f"{kind} of an old Office")
            raise DocumentUnreadable(reason.code, reason.detail)
        self._size = len(data)
        self._folder: tuple[str, ...] = ()
        self._below: dict[tuple[str, ...], list[str]] = defaultdict(list)
        try:
            self._file = _opened(data)
            for *folder, name in self._file.listdir(streams=True, storages=True):
                self._below[tuple(folder)].append(name)
        except (OSError, ValueError, IndexError) as error:
            raise DocumentUnreadable(ReasonCode.DAMAGED, f"damaged {kind}: {error}") from error

    def has(self, name: str) -> bool:
        """Whether there is a stream of this name, in no folder."""
        return bool(self._file.exists([*self._folder, name]))

    def folder(self, *path: str) -> "OleStreams":
        """Return the streams in a folder, as those of a file of its own."""
        found = copy.copy(self)
        found._folder = (*self._folder, *path)
        return found

    def names_in(self, folder: tuple[str, ...]) -> Sequence[str]:
        """Return the streams and folders that are right in a folder, each once."""
        return list(dict.fromkeys(self._below.get((*self._folder, *folder), ())))

    def stream(self, path: str | tuple[str, ...]) -> bytes:
        """Read a stream; raises ``DocumentUnreadable`` where it is damaged or missing."""
        parts = [*self._folder, *((path,) if isinstance(path, str) else path)]
        try:
            if self._file.get_size(parts) > self._size:  # its sectors would be read in a circle
                raise OSError("longer than the file")
            with self._file.openstream(parts) as stream:
                return bytes(stream.read())
        except OSError as error:
            raise DocumentUnreadable(
                ReasonCode.DAMAGED, f"damaged file: {parts[-1]}: {error}"
            ) from error

    def title(self) -> str | None:
        """Return the title in the file's properties; None without one."""
        if not self.has(_PROPERTIES):
            return None
        with suppress(DocumentUnreadable, struct.error):  # the text is complete without it
            return title_named(_title_in(self.stream(_PROPERTIES)))
        return None


def _opened(data: bytes) -> Any:
    import olefile  # here: it may not be installed

    return olefile.OleFileIO(io.BytesIO(data))


def _title_in(data: bytes) -> str:
    """The title in a set of properties (MS-OLEPS, 2.25); olefile's own reader knows no bounds."""
    (section,) = struct.unpack_from("<I", data, 44)
    _, count = struct.unpack_from("<II", data, section)
    title, page = b"", 0
    kind = _NARROW
    for at in range(min(count, _MOST_PROPERTIES)):
        number, offset = struct.unpack_from("<II", data, section + 8 + 8 * at)
        start = section + offset
        if number == _PAGE:
            (page,) = struct.unpack_from("<H", data, start + 4)
        elif number == _TITLE:
            kind, size = struct.unpack_from("<II", data, start)
            title = data[start + 8 : start + 8 + (2 * size if kind == _WIDE else size)]
    if kind == _WIDE or page == _UTF_16:
        return title.decode("utf-16-le", "replace").partition("\0")[0]
    return title.partition(b"\0")[0].decode(page_codec(page), "replace")


def stream_names(data: bytes) -> frozenset[str]:
    """Return the streams that are in no folder, in small letters; none of a damaged file."""
    try:
        file = _opened(data)
    except (OSError, ValueError, IndexError):  # its reader says so
        return frozenset()
    return frozenset(path[0].casefold() for path in file.listdir() if len(path) == 1)
