"""Form values, typed text and comments of PDFs."""

import pytest

from fakes.raw_pdf import raw_pdf
from semsearch.documents.readers.pdf import read_pdf

LABEL = b"BT /F1 12 Tf 72 700 Td (Name:) Tj 0 -40 Td (Below) Tj ET"


def rows_of(*annotations: bytes, content: bytes = LABEL, **objects: bytes) -> list[str]:
    """The rows of a page with annotations."""
    numbered = {int(name[1:]): body for name, body in objects.items()}
    page = b"/Annots[%s]" % b" ".join(annotations)
    document = read_pdf(raw_pdf(content, page=page, objects=numbered))
    return [row for block in document.blocks for row in block.text.split("\n")]


def widget(entries: bytes) -> bytes:
    """A field of a form, behind the label."""
    return b"<</Subtype/Widget/Rect[120 696 300 714]%s>>" % entries


@pytest.mark.parametrize(
    ("entries", "row"),
    [
        (b"/FT/Tx/V(Ada Lovelace)", "Name: Ada Lovelace"),
        (b"/FT/Tx/V<FEFF00C400640061>", "Name: Äda"),
        (b"/FT/Ch/Ff 131072/V(de)/Opt[[(de)(German)][(fr)(French)]]", "Name: German"),
        (b"/FT/Ch/V(de)/Opt[[(de)(German)]]", "Name: German"),
        (b"/FT/Ch/V[(red)(blue)]", "Name: red"),
        (b"/FT/Tx/Ff 8192/V(secret)", "Name:"),
        (b"/FT/Tx/F 2/V(hidden)", "Name:"),
        (b"/FT/Btn/V/Yes", "Name:"),
        (b"/FT/Tx", "Name:"),
        (b"/Parent 10 0 R", "Name: inherited"),
    ],
)
def test_the_value_of_a_field_stands_behind_its_label(entries: bytes, row: str) -> None:
    """Text and choices are read as the form shows them, passwords and hidden fields are not."""
    assert rows_of(widget(entries), o10=b"<</FT/Tx/V(inherited)>>")[0] == row


def test_values_without_a_label_stand_at_the_end() -> None:
    """A field beside no row, and further rows of a value, follow the text of the page."""
    alone = b"<</Subtype/Widget/Rect[72 300 300 320]/FT/Tx/V(alone)>>"
    assert rows_of(widget(rb"/FT/Tx/V(one\rtwo)"), alone) == ["Name: one", "Below", "two", "alone"]


def test_typed_text_and_comments_follow_the_page() -> None:
    """Text typed on the page comes first, then comments with their authors."""
    found = rows_of(
        b"<</Subtype/Text/Contents(please check)/T(Ada)>>",
        b"<</Subtype/FreeText/Contents(typed here)>>",
        b"<</Subtype/Highlight/RC(<body><p>why</p></body>)>>",
        b"<</Subtype/Popup/Contents(please check)>>",
        b"<</Subtype/Link/Contents(a link)>>",
        b"<</Subtype/Text/F 2/Contents(hidden)>>",
        b"null",
        b"42",
    )
    assert found[2:] == ["typed here", "Comment by Ada: please check", "Comment: why"]


def test_a_page_with_a_comment_alone_has_no_text() -> None:
    """A scan on which a comment stands is named as one, and the comment is found."""
    picture = b"q 100 0 0 100 0 0 cm /Im1 Do Q"
    document = read_pdf(raw_pdf(picture, page=b"/Annots[<</Subtype/Text/Contents(a note)>>]"))
    assert document.blank_pages == (1,)
    assert [block.text for block in document.blocks] == ["Comment: a note"]
