"""Layers of a PDF that are off when it is opened."""

import pytest

from fakes.raw_pdf import raw_pdf, stream
from semsearch.documents.readers.pdf import read_pdf

GROUPS = {
    10: b"<</Type/OCG/Name(on)>>",
    11: b"<</Type/OCG/Name(off)/Usage<</View<</ViewState/OFF>>>>>>",
    12: b"<</Type/OCMD/OCGs[10 0 R 11 0 R]/P/AllOn>>",
    13: b"<</Type/OCMD/OCGs[10 0 R 11 0 R]>>",
    14: b"<</Type/OCMD/OCGs 11 0 R/P/AllOff>>",
    15: b"<</Type/OCMD/VE[/And 10 0 R[/Not 11 0 R]]>>",
    16: b"<</Type/OCMD/VE[/Or 11 0 R[/Not 10 0 R]]>>",
}
PROPERTIES = (
    b"/Properties<</L10 10 0 R/L11 11 0 R/L12 12 0 R/L13 13 0 R/L14 14 0 R/L15 15 0 R/L16 16 0 R>>"
)


def text_of(content: bytes, setup: bytes, resources: bytes = PROPERTIES, **extra: bytes) -> str:
    """The text of a page with the layers above."""
    objects = {**GROUPS, **{int(name[1:]): body for name, body in extra.items()}}
    catalog = b"/OCProperties<</OCGs[10 0 R 11 0 R]/D<<%s>>>>" % setup
    document = read_pdf(raw_pdf(content, catalog=catalog, resources=resources, objects=objects))
    return "\n".join(block.text for block in document.blocks)


@pytest.mark.parametrize(
    ("layer", "is_shown"),
    [(10, True), (11, False), (12, False), (13, True), (14, True), (15, True), (16, False)],
)
@pytest.mark.parametrize(
    "setup",
    [b"/OFF[11 0 R]", b"/BaseState/OFF/ON[10 0 R]", b"/AS[<</Event/View/OCGs[10 0 R 11 0 R]>>]"],
)
def test_text_of_a_layer_that_is_off_is_left_out(layer: int, is_shown: bool, setup: bytes) -> None:
    """A layer is off by name, by default or by its usage; a membership asks several layers."""
    content = (
        b"BT /F1 10 Tf 72 700 Td /OC /L%d BDC (layer) Tj /Span BMC ( inner) Tj EMC EMC"
        b" 0 -20 Td (behind) Tj ET"
    ) % layer
    expected = "layer inner\nbehind" if is_shown else "behind"
    assert text_of(content, setup) == expected


def test_a_form_of_a_layer_that_is_off_is_left_out() -> None:
    """A form XObject with its own layer is drawn only if the layer is on."""
    body = b"BT /F1 10 Tf 72 600 Td (drawn) Tj ET"
    shown, unseen = (
        stream(body, b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/OC %d 0 R" % group)
        for group in (10, 11)
    )
    content = b"BT /F1 10 Tf 72 700 Td (page) Tj ET /X1 Do /X2 Do"
    resources = b"/XObject<</X1 20 0 R/X2 21 0 R>>"
    found = text_of(content, b"/OFF[11 0 R]", resources, o20=shown, o21=unseen)
    assert found == "page\ndrawn"
