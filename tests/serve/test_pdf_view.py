"""PDFs in the browser that need more of pdf.js than letters."""

import hashlib
import io
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fakes.embedder import WordEmbedder
from fakes.index_runs import index
from fakes.raw_pdf import raw_pdf, stream
from fakes.web_server import web_server
from fakes.web_visit import Visit

ROOT = Path(__file__).parent.parent.parent
RED = (200, 30, 40)


def scanned(picture: bytes, kind: bytes, more: bytes = b"") -> bytes:
    """A PDF with a picture over half of its page, and a line of text above it."""
    dictionary = (
        b"/Type/XObject/Subtype/Image/Width 64/Height 64/BitsPerComponent %d/Filter/%s%s"
        % (1 if kind == b"JBIG2Decode" else 8, kind, more)
    )
    return raw_pdf(
        b"BT /F1 20 Tf 60 780 Td (A giraffe is scanned.) Tj ET\nq 500 0 0 500 40 100 cm /P Do Q",
        resources=b"/XObject<</P 10 0 R>>",
        objects={10: stream(picture, dictionary)},
    )


def jpeg_2000() -> bytes:
    """A red picture."""
    made = io.BytesIO()
    Image.new("RGB", (64, 64), RED).save(made, "JPEG2000", irreversible=False)
    return made.getvalue()


def jbig2() -> bytes:
    """A black picture of 64 by 64: a page, and a generic region coded by Huffman's MMR.

    ITU-T T.88: a segment header is number, flags, references, page and length of its data. Each row
    of the region is coded horizontally as 0 white and 64 black (T.6), the first; all others are as
    the row above.
    """
    bits = "001" + "00110101" + "0000001111" + "0000110111"  # horizontal: white 0, black 64 and 0
    bits += "11" * 63 + "000000000001" * 2
    bits += "0" * (-len(bits) % 8)
    rows = int(bits, 2).to_bytes(len(bits) // 8, "big")
    size = (64).to_bytes(4, "big") * 2
    page = size + bytes(8) + b"\0" + bytes(2)
    region = size + bytes(8) + b"\0" + b"\x01" + rows
    made = b""
    for number, (flags, data) in enumerate(((0x30, page), (0x26, region))):
        head = number.to_bytes(4, "big") + bytes((flags, 0, 1)) + len(data).to_bytes(4, "big")
        made += head + data
    return made


@pytest.mark.parametrize(
    ("name", "content", "colour"),
    [
        ("jpx.pdf", scanned(jpeg_2000(), b"JPXDecode", b"/ColorSpace/DeviceRGB"), RED),
        ("jbig2.pdf", scanned(jbig2(), b"JBIG2Decode", b"/ColorSpace/DeviceGray"), (0, 0, 0)),
    ],
)
def test_scans_are_drawn_without_webassembly(
    browser: Any,
    tmp_path: Path,
    words: WordEmbedder,
    name: str,
    content: bytes,
    colour: tuple[int, int, int],
) -> None:
    """JPEG 2000 and JBIG2, under a policy that allows none."""
    (tmp_path / name).write_bytes(content)
    index(tmp_path, words)
    with web_server(tmp_path, words) as web:
        visit = Visit(browser, web)
        page = visit.open(f"/document?cite={name}&sentence=giraffe")
        page.wait_for_selector(".textLayer mark")
        taken = page.locator(".sheet").screenshot(path=None)
        picture = Image.open(io.BytesIO(taken)).convert("RGB")
        shown = picture.getpixel((picture.width // 2, picture.height * 6 // 10))
        assert all(abs(one - other) < 12 for one, other in zip(shown, colour, strict=True))  # type: ignore[arg-type]
        visit.close()


def test_pdf_js_is_as_its_makers_published_it() -> None:
    """Each file has its digest, and no other is there; the licences are among them."""
    loader = SourceFileLoader("vendor_pdfjs", str(ROOT / "scripts" / "vendor_pdfjs"))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    script = module_from_spec(spec)
    loader.exec_module(script)
    found = {path.name: path.read_bytes() for path in script.PLACE.iterdir()}
    wanted = {Path(name).name: digest for name, digest in script.FILES.items()}
    assert {name: hashlib.sha256(data).hexdigest() for name, data in found.items()} == wanted
    assert f"pdfjsVersion = {script.VERSION}" in found["pdf.min.mjs"].decode()
    assert b"Apache License" in found["LICENSE"]
