"""Text out of pictures, by the tesseract and pdftoppm (of poppler) that a person has installed.

Both get their data on standard input and answer on standard output; nothing is written to a disk.
They run under the limits of the process that reads the document.
"""

import shutil
import subprocess
from typing import Final

from semsearch.documents.reason import DocumentUnreadable, ReasonCode
from semsearch.settings.child_environments import reader_environment

_TESSERACT: Final = "tesseract"
_RENDERER: Final = "pdftoppm"
_DOTS_PER_INCH: Final = 300  # what tesseract's documentation asks for


def missing_programs() -> tuple[str, ...]:
    """Which of the programs are not installed."""
    return tuple(name for name in (_TESSERACT, _RENDERER) if shutil.which(name) is None)


def text_of_page(pdf: bytes, page: int, languages: str) -> str:
    """What tesseract reads on one page (from 1) of a PDF."""
    number = str(page)
    pages = ("-f", number, "-l", number)
    command = (_RENDERER, "-r", str(_DOTS_PER_INCH), "-gray", "-png", *pages, "-")
    return text_of_image(_output(command, pdf), languages)


def text_of_image(image: bytes, languages: str) -> str:
    """What tesseract reads in a picture, in languages such as ``eng+deu``."""
    command = (_TESSERACT, "stdin", "stdout", "-l", languages)
    return _output(command, image).decode("utf-8", "replace").replace("\f", "")


def _output(command: tuple[str, ...], data: bytes) -> bytes:
    try:
        # One thread for each: the documents are shared out among the processors already.
        ended = subprocess.run(  # noqa: S603  # the words are fixed, but for numbers and languages
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
