"""Pictures to blocks, by OCR only."""

from semsearch.documents.document import Document
from semsearch.documents.readers.block_builder import Flow
from semsearch.documents.readers.ocr import text_of_image
from semsearch.documents.readers.plain_text import paragraphs


def read_image(data: bytes, languages: str) -> Document:
    """Read the paragraphs that tesseract finds in a picture, numbered."""
    flow = Flow()
    text = text_of_image(data, languages)
    for _, rows in paragraphs(enumerate(text.split("\n"), start=1)):
        flow.paragraph("\n".join(rows))
    return flow.document()
