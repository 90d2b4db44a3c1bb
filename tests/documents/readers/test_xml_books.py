"""Articles and books in XML are read under their sections."""

import pytest

from semsearch.documents.readers.xml_books import read_xml
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

DOCBOOK = """<?xml version="1.0"?>
<!DOCTYPE article PUBLIC "-//OASIS//DTD DocBook XML V4.5//EN" "x.dtd" [<!ENTITY us "Northvale">]>
<article><title>The lamp</title>
<section><title>Oil</title>
<para>It comes from &us; &mdash; by ship<footnote><para>On Mondays.</para></footnote>.</para>
<itemizedlist><listitem><para>rape</para></listitem>
<listitem><para>whale</para></listitem></itemizedlist>
<programlisting>burn()
  slowly()</programlisting>
<table><tgroup><tbody><row><entry>a</entry><entry><para>b</para></entry></row>
<row><entry>c</entry><entry>d</entry></row></tbody></tgroup></table>
<!-- secret --><indexterm><primary>secret</primary></indexterm>
</section></article>"""
JATS = """<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta><article-id>10.1/x</article-id>
<title-group><article-title>The <italic>lamp</italic></article-title></title-group>
<abstract><p>Short.</p></abstract></article-meta></front>
<body><sec><title>Oil</title><p>It burns <xref>1</xref>.</p></sec></body>
<back><ref-list><ref><mixed-citation>
<name><surname>Lee</surname><given-names>A</given-names></name>
<article-title>On oil</article-title></mixed-citation></ref></ref-list></back></article>"""
TEI = """<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc>
<titleStmt><title>The lamp</title></titleStmt>
<publicationStmt><p>secret</p></publicationStmt></fileDesc></teiHeader>
<text><body><div><head>Oil</head><p>It burns<note>Slowly.</note> well.</p>
<lg><l>one</l><l>two</l></lg></div></body></text></TEI>"""
FB2 = """<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0">
<description><title-info><book-title>The lamp</book-title></title-info></description>
<body><section><title><p>Chapter</p><p>One</p></title>
<p>It burns.</p></section></body><binary id="a">c2VjcmV0</binary></FictionBook>"""


def read(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Text and headings of each block."""
    return [(block.text, block.headings) for block in read_xml(text.encode()).blocks]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            DOCBOOK,
            [
                ("The lamp", ("The lamp",)),
                ("Oil", ("The lamp", "Oil")),
                ("It comes from Northvale — by ship.", ("The lamp", "Oil")),
                ("On Mondays.", ("The lamp", "Oil")),
                ("rape", ("The lamp", "Oil")),
                ("whale", ("The lamp", "Oil")),
                ("burn()\n  slowly()", ("The lamp", "Oil")),
                ("a | b\nc | d", ("The lamp", "Oil")),
            ],
        ),
        (
            JATS,
            [
                ("The lamp", ("The lamp",)),
                ("Short.", ("The lamp",)),
                ("Oil", ("The lamp", "Oil")),
                ("It burns 1.", ("The lamp", "Oil")),
                ("Lee A On oil", ("The lamp",)),
            ],
        ),
        (
            TEI,
            [
                ("The lamp", ("The lamp",)),
                ("Oil", ("The lamp", "Oil")),
                ("It burns well.", ("The lamp", "Oil")),
                ("Slowly.", ("The lamp", "Oil")),
                ("one", ("The lamp", "Oil")),
                ("two", ("The lamp", "Oil")),
            ],
        ),
        (
            FB2,
            [
                ("The lamp", ()),
                ("Chapter One", ("Chapter One",)),
                ("It burns.", ("Chapter One",)),
            ],
        ),
    ],
    ids=["DocBook", "JATS", "TEI", "FB2"],
)
def test_the_text_of_a_document_stands_under_its_headings(
    text: str, expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    """Notes follow their paragraph; what is data or not printed is left out."""
    assert read(text) == expected


def test_blocks_stand_on_their_lines() -> None:
    """A listing has the lines of its rows, a paragraph those of its element."""
    blocks = {block.text: block for block in read_xml(DOCBOOK.encode()).blocks}
    assert blocks["burn()\n  slowly()"].lines == [8, 9]
    table = blocks["a | b\nc | d"]
    assert (table.lines, table.last_lines) == ([10, 11], [10, 11])


@pytest.mark.parametrize(
    "entities",
    [
        '<!ENTITY a "&b;&b;"><!ENTITY b "&c;&c;"><!ENTITY c "boom">',
        '<!ENTITY a SYSTEM "file:///etc/hostname">',
        '<!ENTITY a "<p>boom</p>">',
        f'<!ENTITY a "{"boom " * 100}">',
    ],
)
def test_entities_are_words_or_nothing(entities: str) -> None:
    """An entity that holds another, an element, a file or much text is not written out."""
    assert read(f"<!DOCTYPE article [{entities}]><article><para>x &a; y</para></article>") == [
        ("x y", ())
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<project><name>a</name></project>", ReasonCode.OTHER_TYPE),
        ("<article><para></article>", ReasonCode.DAMAGED),
        ("<article>" + "<sec>" * 300, ReasonCode.DAMAGED),
    ],
)
def test_other_xml_is_told(text: str, code: ReasonCode) -> None:
    """XML of other kinds is of another type; what is cut or nested too deeply is damaged."""
    with pytest.raises(DocumentUnreadable) as caught:
        read(text)
    assert caught.value.code is code


def test_xml_is_read_up_to_a_damage() -> None:
    """Paragraphs and notes in front of it are read, and the reason tells where it is."""
    text = "<article><title>Sea</title><para>one<footnote><para>two</para></footnote> and <p>three"
    document = read_xml(text.encode())
    assert [block.text for block in document.blocks] == ["Sea", "one and", "two", "three"]
    assert document.unread is not None
    assert document.unread.detail.startswith("damaged XML: no element found: line 1")
