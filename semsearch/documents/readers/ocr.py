"""OCR: text of pictures, by tesseract and poppler's pdftoppm where they are installed.

Both receive their data on standard input and answer on standard output; nothing is written to disk.
They run under the limits of the reader process.
"""

import shutil
import subprocess
from typing import Final

from semsearch.documents.reason import DocumentUnreadable, ReasonCode
from semsearch.settings.child_environments import reader_environment

_TESSERACT: Final = "tesseract"
_RENDERER: Final = "pdftoppm"
PROGRAMS: Final = (_TESSERACT, _RENDERER)
_DOTS_PER_INCH: Final = 300  # dots per inch, as tesseract recommends


def missing_programs() -> tuple[str, ...]:
    """Return the names of the programs that are not installed."""
    return tuple(name for name in PROGRAMS if shutil.which(name) is None)


def text_of_page(pdf: bytes, page: int, languages: str) -> str:
    """Return the text that tesseract finds on one page (from 1) of a PDF."""
    number = str(page)
    pages = ("-f", number, "-l", number)
    command = (_RENDERER, "-r", str(_DOTS_PER_INCH), "-gray", "-png", *pages, "-")
    return text_of_image(_output(command, pdf), languages)


def text_of_image(image: bytes, languages: str) -> str:
    """Return the text that tesseract finds in a picture, in languages such as ``eng+deu``."""
    command = (_TESSERACT, "stdin", "stdout", "-l", languages)
    return _output(command, image).decode("utf-8", "replace").replace("\f", "")


def _output(command: tuple[str, ...], data: bytes) -> bytes:
    try:
        # One thread per process: documents are already distributed over the processors.
        ended = subprocess.run(  # noqa: S603  # fixed words, numbers and languages
            command,
            input=data,
            capture_output=True,
            check=False,
            env=reader_environment() | {"OMP_THREAD_LIMIT": "1"},
        )
    except OSError as error:
        raise DocumentUnreadable(
            ReasonCode.OCR_FAILED, f"{command[0]} cannot be started: {error.strerror}"
        ) from error
    if ended.returncode != 0 or not ended.stdout:
        said = " ".join(ended.stderr.decode("utf-8", "replace").split())[:100]
        raise DocumentUnreadable(ReasonCode.OCR_FAILED, f"{command[0]} failed: {said}")
    return ended.stdout
