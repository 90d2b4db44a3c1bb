"""Other readers of each format, programs of Debian's packages, and how their words are counted.

Each returns the words that a person sees, or None where it has nothing to compare a file with.
"""

import contextlib
import json
import re
import subprocess
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final, NamedTuple

from lxml import etree

_MOST_COLUMNS: Final = 16_384  # of a sheet; more are repeated to its end
_MOST_ROWS: Final = 1_000
TAKES: Final = 120  # seconds of another reader
_LYNX: Final = ("lynx", "-dump", "-nolist", "-force_html", "-display_charset=utf-8", "-width=1000")
_W3M: Final = ("w3m", "-dump", "-T", "text/html", "-O", "UTF-8", "-cols", "1000")
_ODF: Final = "{urn:oasis:names:tc:opendocument:xmlns:"
_TERMINAL_ONLY: Final = re.compile(
    rb"<noscript\b.*?</noscript>|<button\b.*?</button>|<(?:input|img)\b[^>]*>",
    re.DOTALL | re.IGNORECASE,
)
_EDGE: Final = 3  # rows at the top and the bottom of a page
_PAGES_OF_HEADER: Final = 3
_DIGITS: Final = re.compile(r"\d+")
_TABLE: Final = _ODF + "table:1.0}"
_HUGE: Final = etree.XMLParser(remove_comments=True, resolve_entities=False, huge_tree=True)
_XML: Final = etree.XMLParser(remove_comments=True, remove_pis=True, resolve_entities=False)
_SLIDE: Final = re.compile(r"ppt/(slides|diagrams|charts|comments|notesSlides)/[^/]*\.xml")


class OtherReader(NamedTuple):
    """A reader: the program that it needs, and the text that it reads from a file."""

    program: str
    read: Callable[[Path], str | None]


def output(*command: str, given: bytes = b"", encoding: str = "utf-8") -> str:
    """What a program prints."""
    ended = subprocess.run(command, check=True, capture_output=True, timeout=TAKES, input=given)
    return ended.stdout.decode(encoding, "replace")


def pdftotext(path: Path) -> str:
    """Words of a PDF, in the order of its rows."""
    return _headed_once(output("pdftotext", "-q", "-enc", "UTF-8", str(path), "-"))


def mutool(path: Path) -> str:
    """Words of a PDF as MuPDF reads them."""
    return _headed_once(output("mutool", "draw", "-q", "-F", "txt", str(path)))


def _headed_once(text: str) -> str:
    """The pages of a text with each header and footer once, and without numbers of pages.

    A row at the edge of three pages that differs in its numbers alone is one; semsearch reads it
    once, as it says nothing new, so that the others would seem to have more words.
    """
    pages = [page.strip().split("\n") for page in text.split("\f")]
    edges = [{*page[:_EDGE], *page[-_EDGE:]} for page in pages]
    counted = Counter(key for edge in edges for key in {_DIGITS.sub("#", row) for row in edge})
    seen: set[str] = set()
    kept: list[str] = []
    for page, edge in zip(pages, edges, strict=True):
        for row in page:
            key = _DIGITS.sub("#", row)
            if row in edge and counted[key] >= _PAGES_OF_HEADER and row.strip():
                if key in seen or key.strip() == "#":
                    continue
                seen.add(key)
            kept.append(row)
    return "\n".join(kept)


def compiled(path: Path) -> str | None:
    """Words of the PDF that stands beside a source of LaTeX; its own text where there is none."""
    made = path.with_suffix(".pdf")
    return pdftotext(made) if made.is_file() else None


def detex(path: Path) -> str:
    """Words of a source of LaTeX without its commands; the files that it includes stay apart."""
    return output("detex", "-l", "-n", str(path))


def lynx(path: Path) -> str:
    """Words of a page, without the list of its links."""
    return output(*_LYNX, "-stdin", given=_as_in_a_browser(path.read_bytes()))


def w3m(path: Path) -> str:
    """Words of a page as w3m shows it."""
    return output(*_W3M, given=_as_in_a_browser(path.read_bytes()))


def _as_in_a_browser(page: bytes) -> bytes:
    """A page without what readers in a terminal show of it alone.

    They run no scripts, so that they show what stands in for these; labels of buttons and values of
    fields are controls, no text; descriptions stand in for pictures.
    """
    return _TERMINAL_ONLY.sub(b"", page)


def pandoc(path: Path) -> str:
    """Words of a document of a format that pandoc tells by its ending."""
    return output("pandoc", "--to=plain", "--wrap=none", str(path))


def pandoc_page(path: Path) -> str:
    """Words of a note as pandoc makes a page of it: raw HTML is shown as a browser does."""
    source = "markdown-raw_tex" if path.suffix == ".md" else path.suffix[1:]
    return page_text(output("pandoc", f"--from={source}", "--to=html", str(path)))


def cmark(path: Path) -> str:
    """Words of a note as CommonMark's own program makes a page of it."""
    page = output("cmark", "--unsafe", str(path))
    return output(*_W3M, "-I", "UTF-8", given=page.encode())


def page_text(page: str) -> str:
    """The words that lynx shows of a page."""
    return output(*_LYNX, "-assume_charset=utf-8", "-stdin", given=page.encode())


def emacs(path: Path) -> str:
    """Words of a note as Org itself exports it; no code of the note is run."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "note.org"
        copy.write_bytes(path.read_bytes())
        export = (
            "(progn (require 'ox-ascii) (setq org-export-use-babel nil org-export-with-toc nil"
            " org-ascii-text-width 1000 org-export-with-broken-links t enable-local-variables nil"
            " org-ascii-links-to-notes nil org-export-with-section-numbers nil"
            ' org-export-with-tasks t) (find-file "note.org") (org-ascii-export-to-ascii))'
        )
        subprocess.run(
            ["emacs", "--batch", "-Q", "--eval", export],  # noqa: S607  # on the path
            cwd=name, check=True, capture_output=True, timeout=TAKES,
        )  # fmt: skip
        return (Path(name) / "note.txt").read_text("utf-8", "replace")


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
    if is_hidden or name == "numCache":  # numbers of a chart are bars and lines on the slide
        return
    if name in ("t", "p", "h", "span", "a", "v", "text"):
        yield element.text or ""
    for part in element:
        yield from _texts(part)
        yield part.tail or "" if name in ("p", "h", "span", "a") else ""
    yield "\n" if name in ("p", "h", "br", "tab", "s", "line-break", "v", "text") else ""


def man(path: Path) -> str:
    """Words of a man page as it is shown, without broken words."""
    return output("man", "--no-hyphenation", "--no-justification", "-Tutf8", "-P", "cat", str(path))


def email(path: Path) -> str:
    """Words of a message by Python's own package: its headers, texts, pages and attached files.

    Pages count as lynx shows them.
    """
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    return "\n".join(_of_message(message))


def _of_message(message: EmailMessage) -> Iterator[str]:
    """The headers that mail programs show, names of attached files, texts, reports on delivery.

    A body whose parts cannot be told from each other is shown as it is.
    """
    for part in message.walk():
        for name in ("From", "To", "Cc", "Date", "Subject"):
            if value := str(part[name] or ""):
                yield f"{name}: {value}"
        yield part.get_filename() or ""
        if part.get_content_type() == "message/delivery-status":
            report = part.get_payload()
            yield "\n".join(map(str, report)) if isinstance(report, list) else str(report)
        elif part.get_content_maintype() == "multipart" and not part.is_multipart():
            yield str(part.get_payload())
        elif part.get_content_maintype() == "text":
            content = part.get_content()
            yield page_text(content) if part.get_content_subtype() == "html" else content
        elif not part.is_multipart():
            yield _of_attached(part.get_payload(decode=True) or b"")


def _of_attached(content: bytes) -> str:
    """The words of an attached file that is text, a packed archive of texts, or signed by S/MIME.

    Others count by their names only: what their readers read is compared in files of their format.
    """
    with contextlib.suppress(UnicodeDecodeError):
        return content.decode("utf-8")
    opened = (("tar", "-xzO"), ("openssl", "cms", "-verify", "-noverify", "-inform", "DER"))
    for command in opened:
        with contextlib.suppress(subprocess.SubprocessError):
            return output(*command, given=content)
    return ""


def mu(path: Path) -> str:
    """Words of a message as mu shows it."""
    return output("mu", "view", "--nocolor", str(path))


def notebook(path: Path) -> str:
    """Words of the cells of a notebook and of their outputs, as its page shows them.

    Of an output the form counts that Jupyter shows; its plain text, which stands for it in a
    terminal, counts where there is no page.
    """
    found = json.loads(path.read_text("utf-8"))
    sheets = found.get("worksheets") or [found]
    return "\n".join(text for sheet in sheets for cell in sheet["cells"] for text in _of_cell(cell))


def _of_cell(cell: Mapping[str, Any]) -> Iterator[str]:
    source = "".join(cell.get("source", cell.get("input", "")))
    is_note = cell["cell_type"] == "markdown"
    yield page_text(output("cmark", "--unsafe", given=source.encode())) if is_note else source
    for shown in cell.get("outputs", ()):
        data = shown.get("data", shown)
        yield "".join(shown.get("traceback", ()))
        if page := "".join(data.get("text/html", data.get("html", ""))):
            yield page_text(page)
        else:
            yield "".join(data.get("text/plain", data.get("text", "")))


def markup(path: Path) -> str:
    """Words of a subtitle file without its times."""
    return re.sub(r"(?m)^\d+$|^.*-->.*$|<[^>]*>", "", path.read_text("utf-8", "replace"))


READERS: Final[Mapping[str, tuple[OtherReader, ...]]] = {
    ".pdf": (OtherReader("pdftotext", pdftotext), OtherReader("mutool", mutool)),
    **dict.fromkeys(
        (".htm", ".html", ".xhtml"), (OtherReader("lynx", lynx), OtherReader("w3m", w3m))
    ),
    **dict.fromkeys((".epub", ".fb2", ".rst"), (OtherReader("pandoc", pandoc),)),
    ".md": (OtherReader("pandoc", pandoc_page), OtherReader("cmark", cmark)),
    ".org": (OtherReader("pandoc", pandoc), OtherReader("emacs", emacs)),
    ".tex": (
        OtherReader("pandoc", pandoc),
        OtherReader("pdftotext", compiled),
        OtherReader("detex", detex),
    ),
    ".ipynb": (OtherReader("pandoc", pandoc), OtherReader("cmark", notebook)),
    ".doc": (
        OtherReader("soffice", soffice),
        OtherReader("antiword", antiword),
        OtherReader("catdoc", catdoc),
    ),
    ".rtf": (OtherReader("soffice", soffice),),
    **dict.fromkeys(
        (".docx", ".odt"), (OtherReader("soffice", soffice), OtherReader("pandoc", pandoc))
    ),
    ".ppt": (OtherReader("soffice", slides), OtherReader("catppt", catppt)),
    **dict.fromkeys(
        (".pptx", ".odp"), (OtherReader("soffice", slides), OtherReader("python3", slide_xml))
    ),
    **dict.fromkeys(
        (".ods", ".xls", ".xlsx"),
        (OtherReader("soffice", sheets), OtherReader("ssconvert", ssconvert)),
    ),
    **dict.fromkeys((f".{section}" for section in range(1, 9)), (OtherReader("man", man),)),
    ".eml": (OtherReader("python3", email), OtherReader("mu", mu)),
    ".srt": (OtherReader("python3", markup),),
}
