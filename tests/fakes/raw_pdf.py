"""PDFs of hand-written content streams, as programs write them that no library here imitates."""

from collections.abc import Mapping, Sequence

HELVETICA = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
TIMES = b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/Encoding/WinAnsiEncoding>>"
FIRST_FREE = 10  # numbers of objects below are the builder's own


def raw_pdf(
    *contents: bytes,
    font: bytes = HELVETICA,
    fonts: bytes = b"",
    catalog: bytes = b"",
    page: bytes = b"",
    resources: bytes = b"",
    objects: Mapping[int, bytes] | None = None,
) -> bytes:
    """A PDF with a page for each content stream, whose font is /F1, and further objects.

    ``fonts``, ``catalog``, ``page`` and ``resources`` are put into these dictionaries; ``objects``
    are numbered from ``FIRST_FREE``. The first content stream is object 100, the first page 200.
    """
    kids = b" ".join(b"%d 0 R" % (200 + at) for at in range(len(contents)))
    found = {
        1: b"<</Type/Catalog/Pages 2 0 R %s>>" % catalog,
        2: b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(contents)),
        3: font,
        **(objects or {}),
    }
    for at, content in enumerate(contents):
        found[100 + at] = stream(content)
        found[200 + at] = (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"
            b"/Resources<</Font<</F1 3 0 R%s>>%s>>%s>>"
        ) % (100 + at, fonts, resources, page)
    return written(found)


def written(objects: Mapping[int, bytes]) -> bytes:
    """The file of numbered objects with its cross-reference table."""
    made = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, body in objects.items():
        places[number] = len(made)
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(made)
    rows = [
        b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
        for number in range(max(objects) + 1)
    ]
    made += b"xref\n0 %d\n%s" % (len(rows), b"".join(rows))
    made += b"trailer\n<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(rows), start)
    return bytes(made)


def stream(data: bytes, dictionary: bytes = b"") -> bytes:
    """A stream object without compression."""
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(data), dictionary, data)


def mapped_font(texts: Sequence[str], first: int) -> tuple[bytes, dict[int, bytes]]:
    """A font with codes of two bytes: code n stands for text n - 1 and is half an em wide.

    The further objects of the font are numbered from ``first``.
    """
    pairs = b"".join(
        b"<%04x><%s>\n" % (code, text.encode("utf-16-be").hex().encode())
        for code, text in enumerate(texts, start=1)
    )
    to_unicode = b"%d beginbfchar\n%sendbfchar\n" % (len(texts), pairs)
    font = (
        b"<</Type/Font/Subtype/Type0/BaseFont/Any/Encoding/Identity-H"
        b"/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>"
    ) % (first, first + 1)
    descendant = (
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Any/DW 500/FontDescriptor %d 0 R"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>"
    ) % (first + 2)
    descriptor = b"<</Type/FontDescriptor/FontName/Any/Flags 4>>"
    return font, {first: descendant, first + 1: stream(to_unicode), first + 2: descriptor}


def codes(numbers: Sequence[int]) -> bytes:
    """A string of a ``mapped_font``."""
    return b"<%s>" % b"".join(b"%04x" % number for number in numbers)


PROSE = "The lighthouse keeper wrote the log each evening before the lamp was lit, and whoever came"


def second_readers_pdf(*, hidden: bytes = b"") -> bytes:
    """Prose on two pages; the glyphs of page 2 have a meaning for the second reader alone."""
    font, objects = collection_font(b"Japan1")
    first = b"BT /F2 10 Tf 72 700 Td (%s) Tj ET" % PROSE.encode()
    unmapped = codes([ord(mark) - 31 for mark in PROSE])
    second = b"BT /F1 10 Tf 72 700 Td %s Tj %s ET" % (unmapped, hidden)
    objects[12] = HELVETICA
    return raw_pdf(first, second, font=font, fonts=b"/F2 12 0 R", objects=objects)


def collection_font(
    order: bytes, encoding: bytes = b"Identity-H"
) -> tuple[bytes, dict[int, bytes]]:
    """A font of a published character collection, without a map to Unicode, and its objects."""
    font = b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/%s/DescendantFonts[10 0 R]>>" % encoding
    descendant = (
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/X/DW 1000/W[1 94 500]/FontDescriptor 11 0 R"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(%s)/Supplement 2>>>>"
    ) % order
    descriptor = b"<</Type/FontDescriptor/FontName/X/Flags 4/FontBBox[0 0 999 999]>>"
    return font, {10: descendant, 11: descriptor}
