"""The program in a PostScript file, without what stands around it for printers and for DOS."""

import re
from typing import Final

DOS_MARK: Final = b"\xc5\xd0\xd3\xc6"  # EPSF 3.0, 5.2: places of the program and of a preview
PRINTER_MARK: Final = b"\x1b%-12345X"  # PJL, Universal Exit Language
MARKS: Final = (b"%!PS", b"\x04%!PS", b"%!FontType", DOS_MARK, PRINTER_MARK)
_WITHIN: Final = 4096  # bytes of commands for the printer before the program
_BEGINNING: Final = re.compile(rb"\x04?\s{0,100}%!")
# Fonts, encodings and other parts of programs (DSC 3.0, 4.1; Type 1 Font Format, 2.2)
_RESOURCE: Final = re.compile(rb"%!(?:PS-AdobeFont|FontType|PS-Adobe-[\d.]+ Resource-)")


def is_postscript(data: bytes, *, is_named: bool = False) -> bool:
    """Whether some content is a PostScript program; ``is_named`` holds where its name says so.

    Of other names the mark must be whole: a text may begin with "%!".
    """
    if data.startswith(MARKS[:3]):
        return True
    if data.startswith((DOS_MARK, PRINTER_MARK)):
        return _BEGINNING.match(program_of(data)) is not None
    return is_named and _BEGINNING.match(data) is not None


def is_resource(data: bytes) -> bool:
    """Whether a PostScript program is a font or another part of programs, which shows no page."""
    return _RESOURCE.match(program_of(data[:_WITHIN])) is not None


def program_of(data: bytes) -> bytes:
    """Return the program alone; content that is no PostScript comes back as it is."""
    if data.startswith(DOS_MARK):
        start, length = (int.from_bytes(data[at : at + 4], "little") for at in (4, 8))
        return data[start : start + length] or data
    if data.startswith(PRINTER_MARK):
        start = data.find(b"%!", 0, _WITHIN)
        end = data.rfind(PRINTER_MARK)
        return data[start : end if end > start else len(data)] if start > 0 else data
    return data.removeprefix(b"\x04")
