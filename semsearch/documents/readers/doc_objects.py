"""Objects of other programs in a Word 97-2003 document (MS-DOC, 2.6.1): each in a folder."""

from typing import Final

from semsearch.documents.readers.doc_file import Format
from semsearch.documents.readers.embedded import object_rows_in
from semsearch.documents.readers.ole import OleStreams
from semsearch.documents.readers.unread_parts import UnreadParts

_FOLDER: Final = "ObjectPool"
_IS_OBJECT: Final = 0x080A
_PLACE: Final = 0x6A03  # of an object: the number in its folder's name


class ObjectPool:
    """The objects of a document; ``unread`` names those that are not read."""

    def __init__(self, streams: OleStreams) -> None:
        self._streams = streams
        self._names = set(streams.names_in((_FOLDER,)))
        self.unread = UnreadParts()

    def rows(self, run: Format) -> list[str]:
        """Return the rows of text of the object that a run stands for."""
        if not self._names or run.properties.get(_IS_OBJECT) != 1:
            return []
        name = f"_{run.properties.get(_PLACE, 0)}"
        if name not in self._names:
            return []
        self._names.remove(name)
        return object_rows_in(self._streams.folder(_FOLDER, name), self.unread)

    def others(self) -> list[str]:
        """Return the rows of the objects that no run stands for."""
        folders = [self._streams.folder(_FOLDER, name) for name in sorted(self._names)]
        self._names.clear()
        return [row for folder in folders for row in object_rows_in(folder, self.unread)]
