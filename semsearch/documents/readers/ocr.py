"""OCR: text of pictures, by tesseract and poppler's pdftoppm where they are installed.

Both receive their data on standard input and answer on standard output; nothing is written to disk.
They run under the limits of the reader process, and end with it.
"""

import shutil
import subprocess
import zlib
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Final

from semsearch.documents.readers.child_process import output_of
from semsearch.settings.child_environments import reader_environment

_TESSERACT: Final = "tesseract"
_RENDERER: Final = "pdftoppm"
PROGRAMS: Final = (_TESSERACT, _RENDERER)
_LISTING_TAKES: Final = 10  # seconds
DOTS_PER_INCH: Final = 300  # dots per inch, as tesseract recommends


def missing_programs() -> tuple[str, ...]:
    """Return the names of the programs that are not installed."""
    return tuple(name for name in PROGRAMS if shutil.which(name) is None)


def what_is_missing() -> str | None:
    """Say which programs are not installed, and how to install them; None where all are."""
    missing = missing_programs()
    if not missing:
        return None
    are = "is" if len(missing) == 1 else "are"
    return (
        f"OCR needs {' and '.join(missing)}, which {are} not installed; on Debian run:"
        " apt install tesseract-ocr poppler-utils"
    )


def text_of_page(pdf: bytes, page: int, languages: str) -> str:
    """Return the text that tesseract finds on one page (from 1) of a PDF."""
    number = str(page)
    pages = ("-f", number, "-l", number)
    command = (_RENDERER, "-r", str(DOTS_PER_INCH), "-gray", "-png", *pages, "-")
    return text_of_image(output_of(command, pdf), languages)


def text_of_image(image: bytes, languages: str) -> str:
    """Return the text that tesseract finds in a picture, in languages such as ``eng+deu``."""
    command = (_TESSERACT, "stdin", "stdout", "-l", languages)
    return output_of(command, image).decode("utf-8", "replace").replace("\f", "")


class InstalledPrograms:
    """The programs of OCR as a run finds them: looked at once, when first asked for."""

    @cached_property
    def checksum(self) -> int:
        """A number that changes when the programs or the languages they know change."""
        return _programs_checksum()


def _programs_checksum() -> int:
    state = [missing_programs()]
    for name in PROGRAMS:
        with suppress(OSError):  # it was uninstalled this moment
            if found := shutil.which(name):
                stat = Path(found).stat()
                state.append((found, str(stat.st_size), str(stat.st_mtime_ns)))
    with suppress(OSError, subprocess.SubprocessError):
        listed = subprocess.run(  # noqa: S603  # fixed words
            (_TESSERACT, "--list-langs"),
            capture_output=True,
            check=False,
            env=reader_environment(),
            timeout=_LISTING_TAKES,
        )
        state.append((listed.stdout.decode("utf-8", "replace"),))
    return zlib.crc32(repr(state).encode("utf-8", "replace"))
