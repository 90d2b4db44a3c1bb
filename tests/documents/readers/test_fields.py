"""What a field without a result shows is read: equations, reading aids, choices of a form."""

import pytest

from fakes.office_files import word
from semsearch.documents.readers.reader import document_of

RUBY = r"EQ \* jc2 \* &quot;Font:Gothic&quot; \* hps20 \o\ad(\s\up 9(kana),word)"
BEGIN, END = '<r><fldChar fldCharType="begin"/></r>', '<r><fldChar fldCharType="end"/></r>'
MIDDLE = '<r><fldChar fldCharType="separate"/></r>'
LIST = (
    '<r><fldChar fldCharType="begin"><ffData><ddList>{}<listEntry val="oil"/>'
    '<listEntry val="wicks"/></ddList></ffData></fldChar></r>'
    f"<r><instrText>FORMDROPDOWN</instrText></r>{END}"
)


def field(instruction: str, result: str = "") -> str:
    """A field of Word, in a paragraph between two words."""
    return f"{BEGIN}<r><instrText> {instruction} </instrText></r>{result}{END}"


@pytest.mark.parametrize(
    ("inner", "shown"),
    [
        (field(r"EQ \f(num;den)"), "num den"),
        (field(r"EQ \r(3,x)"), "3 x"),
        (field(RUBY), "word"),
        (field(r"EQ \f(num;den)", f"{MIDDLE}<r><t>a half</t></r>"), "a half"),
        (field("SEQ Table"), ""),
        (LIST.format('<result val="1"/>'), "wicks"),
        (LIST.format(""), "oil"),
        (LIST.format('<result val="7"/>'), ""),
    ],
)
def test_a_field_of_word_without_result_shows_its_words(inner: str, shown: str) -> None:
    """An equation and a chosen entry are shown though no result is stored; others are not."""
    body = f"<p><r><t>a [</t></r>{inner}<r><t>] b</t></r></p>"
    (block,) = document_of(word(body), "a.docx").blocks
    assert block.text == f"a [{shown}] b"


def test_an_equation_of_rich_text_shows_its_words() -> None:
    """A field EQ of RTF, as programs store a reading aid, has the word below it."""
    made = r"{\rtf1 a {\field{\*\fldinst { EQ \\* jc2 \\o\\ad(\\s\\up 9(kana),word)}}{\fldrslt {}}}"
    (block,) = document_of((made + r" b\par}").encode(), "a.rtf").blocks
    assert block.text == "a word b"


def test_a_note_of_a_paragraph_without_words_is_read() -> None:
    """The mark of a footnote alone in its paragraph keeps the note."""
    note = '<footnote id="1"><p><r><t>In ink.</t></r></p></footnote>'
    body = '<p><r><footnoteReference id="1"/></r></p>'
    (block,) = document_of(word(body, footnotes=note), "a.docx").blocks
    assert block.text == "[In ink.]"
