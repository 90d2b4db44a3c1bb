"""Other readers of each format, programs of Debian's packages, and how their words are counted.

Each returns the words that a person sees, or None where it has nothing to compare a file with.
"""

import contextlib
import json
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final, NamedTuple

from word_office import antiword, catdoc, catppt, sheets, slide_xml, slides, soffice, ssconvert
from word_programs import TAKES, W3M, lynx, mutool, output, page_text, pdftotext, w3m


class OtherReader(NamedTuple):
    """A reader: the program that it needs, and the text that it reads from a file."""

    program: str
    read: Callable[[Path], str | None]


def compiled(path: Path) -> str | None:
    """Words of the PDF that stands beside a source of LaTeX; its own text where there is none."""
    made = path.with_suffix(".pdf")
    return pdftotext(made) if made.is_file() else None


def detex(path: Path) -> str:
    """Words of a source of LaTeX without its commands; the files that it includes stay apart."""
    return output("detex", "-l", "-n", str(path))


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
    return output(*W3M, "-I", "UTF-8", given=page.encode())


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
