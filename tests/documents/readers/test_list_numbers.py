"""Numbers that an office program counts stand before the words of their heading or item."""

from pathlib import Path

import pytest

from fakes.office_files import open_document, paragraph, word
from semsearch.documents.document import BlockKind
from semsearch.documents.readers.reader import document_of

FILES = Path(__file__).parent / "files"
NUMBERED = """1 Intro
1.1 Scope
1.2 Terms
(a) aa
(b) bb
2 Body
2.1 Scope two
Unnumbered heading
3 End
Article I. first
I.1 sub
I.2 sub
a) deep
i. iv
ii. iv2
Article II. second
II.1 sub
a) deep
i. roman on
bul
bul2
5. five
6. six
6-A A
plain
7. seven
8. | cell
9. | cell"""


@pytest.mark.parametrize("name", ["numbers.doc", "numbers.docx", "numbers.odt", "numbers.rtf"])
def test_numbers_are_those_that_the_page_shows(name: str) -> None:
    """A text that LibreOffice has saved in four formats has the numbers of its text export."""
    document = document_of((FILES / name).read_bytes(), name)
    rows = "\n".join(block.text for block in document.blocks).split("\n")
    assert [row.removeprefix("- ") for row in rows] == NUMBERED.split("\n")
    scope = next(block for block in document.blocks if block.text == "2.1 Scope two")
    assert scope.kind is BlockKind.HEADING
    assert scope.headings == ("2 Body", "2.1 Scope two")


def level(at: int, kind: str, text: str, more: str = "") -> str:
    """A level of a list of Word."""
    of_level = f'<start val="1"/><numFmt val="{kind}"/>{more}<lvlText val="{text}"/>'
    return f'<lvl ilvl="{at}">{of_level}</lvl>'


def numbering(levels: str, nums: str = '<num numId="1"><abstractNumId val="0"/></num>') -> str:
    """The lists of a document: one definition, and those that refer to it."""
    return f'<abstractNum abstractNumId="0">{levels}</abstractNum>{nums}'


def listed(*items: tuple[str, int, str]) -> str:
    """Paragraphs, each (number of its list, level, text)."""
    return "".join(
        paragraph(text, f'<numPr><ilvl val="{at}"/><numId val="{number}"/></numPr>')
        for number, at, text in items
    )


TWO = level(0, "upperRoman", "%1.") + level(1, "decimal", "%1.%2")
OVERRIDE = '<num numId="2"><abstractNumId val="0"/><lvlOverride ilvl="0">{}</lvlOverride></num>'
ANEW = OVERRIDE.format('<startOverride val="1"/>')
OTHER = OVERRIDE.format(level(0, "decimal", "§%1"))
DIGITS = "9" * 5_000
LATE = level(0, "decimal", "%1.") + level(1, "lowerLetter", "%2)", '<lvlRestart val="0"/>')
ONE = '<num numId="1"><abstractNumId val="0"/></num>'


@pytest.mark.parametrize(
    ("lists", "body", "expected"),
    [
        (numbering(TWO), listed(("1", 0, "a"), ("1", 1, "b"), ("1", 0, "c"), ("1", 1, "d")),
         "I. a\nI.1 b\nII. c\nII.1 d"),
        (numbering(TWO.replace("<lvlText val=\"%1.%2\"", "<isLgl/><lvlText val=\"%1.%2\"")),
         listed(("1", 0, "a"), ("1", 1, "b")), "I. a\n1.1 b"),
        (numbering(LATE),
         listed(("1", 0, "a"), ("1", 1, "b"), ("1", 0, "c"), ("1", 1, "d")),
         "1. a\na) b\n2. c\nb) d"),
        (numbering(TWO, ONE + ANEW),
         listed(("1", 0, "a"), ("1", 0, "b"), ("2", 0, "c"), ("2", 0, "d")),
         "I. a\nII. b\nI. c\nII. d"),
        (numbering(TWO, ONE + OTHER), listed(("1", 0, "a"), ("2", 0, "b")), "I. a\n§2 b"),
        (numbering(level(0, "none", "Note:")), listed(("1", 0, "a")), "Note: a"),
        (numbering(level(0, "bullet", "o")), listed(("1", 0, "a")), "- a"),
        (numbering(TWO), listed(("0", 0, "a")), "a"),
        (numbering(TWO), listed(("1", 0, ""), ("1", 0, "b")), "II. b"),
        (numbering(level(8, "decimal", "%9.")), listed(("1", 8, "a"), ("1", 99, "b")),
         "1. a\n2. b"),
        (numbering(TWO.replace('start val="1"', f'start val="{DIGITS}"')),
         listed(("1", 0, "a")), "0. a"),
    ],
)  # fmt: skip
def test_a_list_of_word_is_counted_by_its_levels(lists: str, body: str, expected: str) -> None:
    """Levels restart, keep or override their numbers as the definition of the list says."""
    document = document_of(word(body, numbering=lists), "a.docx")
    assert "\n".join(block.text for block in document.blocks) == expected


def test_a_heading_of_word_is_numbered_by_its_style() -> None:
    """The level of a style's list is that of the definition which names the style."""
    styles = "".join(
        f'<style type="paragraph" styleId="H{at}"><name val="heading {at}"/><pPr><numPr>'
        '<numId val="1"/></numPr></pPr></style>'
        for at in (1, 2)
    )
    lists = numbering(
        level(0, "decimal", "%1", '<pStyle val="H1"/>')
        + level(1, "decimal", "%1.%2", '<pStyle val="H2"/>')
    )
    body = paragraph("Terms", '<pStyle val="H1"/>') + paragraph("Scope", '<pStyle val="H2"/>')
    document = document_of(word(body, styles, numbering=lists), "a.docx")
    assert document.blocks[-1].headings == ("1 Terms", "1.1 Scope")


DELETED = (
    '<p><pPr><numPr><ilvl val="0"/><numId val="1"/></numPr><rPr><del/></rPr></pPr>'
    "<r><t>a</t></r></p>"
)


def test_a_paragraph_whose_end_is_deleted_is_counted_once() -> None:
    """Two paragraphs that a deletion has joined have one number."""
    body = DELETED + listed(("1", 0, "b"), ("1", 0, "c"))
    document = document_of(word(body, numbering=numbering(TWO)), "a.docx")
    assert [block.text for block in document.blocks] == ["I. ab\nII. c"]


OUTLINE = (
    '<t:outline-style><t:outline-level-style t:level="1" s:num-format="1"/>'
    '<t:outline-level-style t:level="2" s:num-format="a" s:num-prefix="(" s:num-suffix=")"/>'
    '<t:outline-level-style t:level="3" s:num-format="1" t:display-levels="3"/>'
    '<t:outline-level-style t:level="4" s:num-format=""/>'
    '<t:outline-level-style t:level="5" s:num-format="01, 02, 03, ..." s:num-suffix=")"/>'
    "</t:outline-style>"
)
LIST = (
    '<t:list-style s:name="L"><t:list-level-style-number t:level="1" s:num-format="1"'
    ' s:num-suffix="." t:start-value="3"/><t:list-level-style-bullet t:level="2"/></t:list-style>'
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('<t:h t:outline-level="1">A</t:h><t:h t:outline-level="2">B</t:h>'
         '<t:h t:outline-level="3">C</t:h>', ["1 A", "(a) B", "1.a.1 C"]),
        ('<t:h t:outline-level="1">A</t:h><t:h t:outline-level="1" t:restart-numbering="true"'
         ' t:start-value="7">B</t:h>', ["1 A", "7 B"]),
        ('<t:h t:outline-level="3">A</t:h><t:h t:outline-level="2">B</t:h>'
         '<t:h t:outline-level="1">C</t:h>', ["1.a.1 A", "(b) B", "2 C"]),
        ('<t:h t:outline-level="3">A</t:h><t:h t:outline-level="4">B</t:h>'
         '<t:h t:outline-level="3">C</t:h><t:h t:outline-level="5">D</t:h>',
         ["1.a.1 A", "B", "1.a.2 C", "01) D"]),
        ('<t:h t:outline-level="1" t:is-list-header="true">A</t:h>'
         '<t:h t:outline-level="1">B</t:h>', ["A", "1 B"]),
        ('<t:tracked-changes><t:h t:outline-level="1">gone</t:h></t:tracked-changes>'
         '<t:h t:outline-level="1">A</t:h>', ["1 A"]),
        ('<t:list t:style-name="L"><t:list-item><t:p>a</t:p><t:p>more</t:p><t:list><t:list-item>'
         "<t:p>b</t:p></t:list-item></t:list></t:list-item></t:list><t:p>between</t:p>"
         '<t:list t:style-name="L" t:continue-numbering="true"><t:list-item><t:p>c</t:p>'
         "</t:list-item></t:list>", ["3. a\n- more\n- b", "between", "4. c"]),
        ('<t:list t:style-name="L"><t:list-item><t:p>a</t:p></t:list-item></t:list>'
         '<t:list t:style-name="L"><t:list-item t:start-value="9"><t:p>b</t:p></t:list-item>'
         "<t:list-item><t:p>c</t:p></t:list-item></t:list>", ["3. a", "9. b\n10. c"]),
    ],
)  # fmt: skip
def test_a_list_of_opendocument_is_counted(content: str, expected: list[str]) -> None:
    """Headings are counted by the outline, items by their list, which may go on."""
    body = f"<o:body><o:text>{content}</o:text></o:body>"
    document = document_of(open_document("text", body, OUTLINE + LIST), "a.odt")
    assert [block.text for block in document.blocks] == expected
