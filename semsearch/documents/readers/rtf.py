"""Rich Text Format to blocks; the only door to striprtf."""

import re
from typing import Final

from striprtf.striprtf import rtf_to_text

from semsearch.documents.document import Document
from semsearch.documents.readers.block_builder import Flow

_CODE_PAGE: Final = re.compile(rb"\\ansicpg(\d{3,5})")
_PICTURE: Final = re.compile(r"[0-9a-fA-F\s]{2000,}")  # hexadecimal digits; no text is so long


def read_rtf(data: bytes) -> Document:
    """Read the paragraphs, numbered; RTF does not mark headings."""
    page = _CODE_PAGE.search(data[:1000])
    encoding = f"cp{int(page[1])}" if page else "cp1252"
    flow = Flow()
    source = _PICTURE.sub("", data.decode("latin-1"))
    text: str = rtf_to_text(source, encoding=encoding, errors="replace")  # type: ignore[no-untyped-call]
    for row in text.split("\n"):
        flow.paragraph(row)
    return flow.document()
