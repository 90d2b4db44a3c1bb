"""Words of documents, tables and slides by LibreOffice, Gnumeric, antiword and catdoc."""

import re
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lxml import etree
from word_programs import output, pdftotext

_MOST_COLUMNS: Final = 16_384  # of a sheet; more are repeated to its end
_MOST_ROWS: Final = 1_000
_ODF: Final = "{urn:oasis:names:tc:opendocument:xmlns:"
_TABLE: Final = _ODF + "table:1.0}"
_HUGE: Final = etree.XMLParser(remove_comments=True, resolve_entities=False, huge_tree=True)
_XML: Final = etree.XMLParser(remove_comments=True, remove_pis=True, resolve_entities=False)
_SLIDE: Final = re.compile(r"ppt/(slides|diagrams|charts|comments|notesSlides)/[^/]*\.xml")


def soffice(path: Path) -> str:
    """Words of a document as LibreOffice saves it as text."""
    made = _converted(path, "txt:Text (encoded):UTF8")
    return "\n".join(file.read_text("utf-8", "replace") for file in made)


def sheets(path: Path) -> str:
    """Words of all sheets as LibreOffice shows them: cells with notes, shapes and charts.

    Hidden sheets, rows and columns, which CSV would have, are told apart in flat OpenDocument.
    """
    return "\n".join(
        row
        for file in _converted(path, "fods")
        for row in _rows_of_sheets(etree.parse(file, _HUGE).getroot())
    )


def _rows_of_sheets(root: etree._Element) -> Iterator[str]:
    hidden = {
        style.get(f"{_ODF}style:1.0}}name")
        for style in root.iter(f"{_ODF}style:1.0}}style")
        if any(part.get(f"{_TABLE}display") == "false" for part in style)
    }
    for sheet in root.iter(f"{_TABLE}table"):
        if sheet.get(f"{_TABLE}style-name") in hidden:
            continue
        is_shown: list[bool] = []
        for column in sheet.iter(f"{_TABLE}table-column"):
            repeated = int(column.get(f"{_TABLE}number-columns-repeated", "1"))
            is_shown += [_is_visible(column)] * min(repeated, _MOST_COLUMNS)
        for row in filter(_is_visible, sheet.iter(f"{_TABLE}table-row")):
            yield from _cells(row, is_shown)
        yield from ("".join(_texts(shape)) for shape in sheet.iter(f"{_TABLE}shapes"))


def _is_visible(part: etree._Element) -> bool:
    return part.get(f"{_TABLE}visibility") not in ("collapse", "filter")


def _cells(row: etree._Element, is_shown: list[bool]) -> Iterator[str]:
    """The texts of the cells of a row; of equal cells, in equal rows, each counts."""
    column = 0
    rows = min(int(row.get(f"{_TABLE}number-rows-repeated", "1")), _MOST_ROWS)
    for cell in row:
        repeated = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        seen = sum(is_shown[column : column + min(repeated, _MOST_COLUMNS)])
        text = "".join(_texts(cell)) + "\n"
        yield text * (seen * rows if text.strip() else 0)
        column += repeated


def slides(path: Path) -> str:
    """Words of slides as LibreOffice shows them, and of their notes as it saves them.

    A PDF with pages of notes would show each slide again as a picture on them.
    """
    shown = "\n".join(map(pdftotext, _converted(path, "pdf")))
    notes = [
        "".join(_texts(frame))
        for saved in _converted(path, "fodp")
        for page in etree.parse(saved, _XML).iter(f"{_ODF}presentation:1.0}}notes")
        for frame in page.iter(f"{_ODF}text:1.0}}p")
    ]
    return "\n".join([shown, *notes])


def _converted(path: Path, wanted: str) -> Iterator[Path]:
    """The files that LibreOffice makes of a document, which last until the next is asked for."""
    with tempfile.TemporaryDirectory() as name:
        profile = f"-env:UserInstallation=file://{name}/profile"
        folder = Path(name) / "made"
        command = ("soffice", profile, "--headless", "--convert-to", wanted, "--outdir")
        output(*command, str(folder), str(path))
        yield from sorted(folder.iterdir())


def ssconvert(path: Path) -> str:
    """Words of a table as Gnumeric shows its cells, all sheets."""
    with tempfile.TemporaryDirectory() as name:
        options = ("-S", "-T", "Gnumeric_stf:stf_assistant", "-O", "format=preserve")
        output("ssconvert", *options, str(path), f"{name}/%n.txt")
        made = sorted(Path(name).glob("*.txt"))
        return "\n".join(file.read_text("utf-8", "replace") for file in made)


def antiword(path: Path) -> str:
    """Words of a .doc as antiword reads them."""
    return output("antiword", "-m", "UTF-8.txt", "-w", "0", str(path))


def catdoc(path: Path) -> str:
    """Words of a .doc as catdoc reads them."""
    return output("catdoc", "-w", "-d", "utf-8", str(path))


def catppt(path: Path) -> str:
    """Words of a .ppt as catppt reads them."""
    return output("catppt", "-d", "utf-8", str(path))


def slide_xml(path: Path) -> str:
    """All words in the XML of a presentation but of slides and shapes that are hidden."""
    texts: list[str] = []
    with zipfile.ZipFile(path) as package:
        is_odp = path.suffix.lower() == ".odp"
        for name in package.namelist():
            if name == "content.xml" if is_odp else _SLIDE.fullmatch(name):
                root = etree.fromstring(package.read(name), _XML)
                texts += [] if root.get("show") == "0" else _texts(root)
    return "".join(texts)


def _texts(element: etree._Element) -> Iterator[str]:
    """The text of an element; paragraphs and cells end rows."""
    name = element.tag.rpartition("}")[2]
    is_hidden = any(part.get("hidden") in ("1", "true") for part in element.iterfind("./*/*"))
    # Numbers of a chart are bars and lines on the slide; that of the slide is no text of its own.
    if is_hidden or name == "numCache" or element.get("type") == "slidenum":
        return
    if name == "cNvPr":  # what describes a picture to those who do not see it
        yield f"{element.get('title', '')} {element.get('descr', '')}\n"
    if name in ("t", "p", "h", "span", "a", "v", "text"):
        yield element.text or ""
    for part in element:
        yield from _texts(part)
        yield part.tail or "" if name in ("p", "h", "span", "a") else ""
    yield "\n" if name in ("p", "h", "br", "tab", "s", "line-break", "v", "text") else ""
