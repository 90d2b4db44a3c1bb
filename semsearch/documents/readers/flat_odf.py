"""OpenDocument in one XML file (ISO/IEC 26300, "single XML document") to blocks.

The parts of the file are put into a package in memory, which the readers of packages take.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import Final
from xml.etree import ElementTree

from semsearch.documents.document import Document
from semsearch.documents.readers.odf import read_odf
from semsearch.documents.readers.spreadsheets import read_sheets
from semsearch.documents.readers.zip_package import Element, attribute, local, parsed_xml

_PARTS: Final = {  # members of a package, with the elements of the file that belong to each
    "content.xml": ("automatic-styles", "font-face-decls", "scripts", "body"),
    "styles.xml": ("automatic-styles", "font-face-decls", "styles", "master-styles"),
    "meta.xml": ("meta",),
}


def read_flat_odf(data: bytes) -> Document:
    """Read a text, presentation, drawing or spreadsheet; raises ``DocumentUnreadable``."""
    root = parsed_xml("the document", data)
    kind = attribute(root, "mimetype") or ""
    packed = _packed(kind, root)
    return read_sheets(packed) if kind.endswith("spreadsheet") else read_odf(packed)


def _packed(kind: str, root: Element) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        package.writestr("mimetype", kind)
        for folder, document in _documents(root):
            for name, elements in _PARTS.items():
                package.writestr(f"{folder}{name}", _part(document, elements))
    return made.getvalue()


def _documents(root: Element) -> Iterator[tuple[str, Element]]:
    """Yield a document and those in its objects, as charts, each with the folder for its parts.

    They are taken out of the objects, which refer to them as in a package.
    """
    waiting = [("", root)]
    while waiting:
        folder, document = waiting.pop()
        for at, element in enumerate(_objects(document), start=1):
            for inner in [child for child in element if local(child.tag) == "document"]:
                element.remove(inner)
                element.set("href", f"./Object {at}")
                waiting.append((f"{folder}Object {at}/", inner))
        yield folder, document


def _objects(document: Element) -> list[Element]:
    """The objects in a document, without those in its objects."""
    found: list[Element] = []
    waiting = [document]
    while waiting:
        for child in waiting.pop():
            (found if local(child.tag) == "object" else waiting).append(child)
    return found


def _part(root: Element, names: Iterable[str]) -> bytes:
    part = ElementTree.Element(root.tag)
    part.extend(child for child in root if local(child.tag) in names)
    packed: bytes = ElementTree.tostring(part, "utf-8")
    return packed
