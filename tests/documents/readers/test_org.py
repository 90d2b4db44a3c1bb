"""Org files are read as Emacs exports them."""

import pytest

from semsearch.documents.document import BlockKind
from semsearch.documents.readers.org import read_org


def test_headings_make_a_trail() -> None:
    """States, priorities, counts and tags are no part of a title; states and tags are found."""
    text = (
        "#+TITLE: Lamps\n* TODO [#A] Oil [1/2]   :work:home:\nText.\n** Wick\nMore.\n* End\nLast."
    )
    document = read_org(text)
    assert document.title == "Lamps"
    assert [(block.text, block.headings, block.lines[0]) for block in document.blocks] == [
        ("title: Lamps", (), 1),
        ("TODO Oil (work, home)", ("Oil",), 2),
        ("Text.", ("Oil",), 3),
        ("Wick", ("Oil", "Wick"), 4),
        ("More.", ("Oil", "Wick"), 5),
        ("End", ("End",), 6),
        ("Last.", ("End",), 7),
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# secret\na", ["a"]),
        ("* H\n:PROPERTIES:\n:ID: secret\n:END:\na", ["H", "a"]),
        ("* H\n:LOGBOOK:\nsecret\n:END:\na", ["H", "a"]),
        (":NOTE:\na\n:END:\nb", ["a", "b"]),
        (
            "#+macro: pot a $1 pot of $2\n{{{pot(big,tea\\, hot)}}} {{{cup}}}",
            ["a big pot of tea, hot {{{cup}}}"],
        ),
        ("#+MACRO: now (eval (x))\na{{{now}}} @@html:<kbd>@@b@@html:</kbd>@@", ["a b"]),
        ("* H\nSCHEDULED: <2024-05-06 Mon>\na", ["H", "a"]),
        ("* COMMENT secret\nb\n** c\n* H\na", ["H", "a"]),
        ("#+begin_comment\nsecret\n#+end_comment\na", ["a"]),
        ("#+OPTIONS: toc:nil\n#+startup: secret\na", ["a"]),
        ("#+BEGIN_SRC c\nint a;\n#+END_SRC\nb", ["int a;", "b"]),
        ("#+begin_quote\na\n#+end_quote\nb", ["a", "b"]),
        ("See [[https://x.org][the page]] and [[file:a.org]].", ["See the page and file:a.org."]),
        ("a <<target>>b", ["a b"]),
        (":note: a", [":note: a"]),
        ("#+begin_src c\nno end", ["no end"]),
    ],
)
def test_what_is_for_org_only_is_left_out(text: str, shown: list[str]) -> None:
    """Comments, properties, planning and keywords; links stand by their labels, macros as text."""
    assert [block.text for block in read_org(text).blocks] == shown


def test_kinds_of_blocks() -> None:
    """Lists, tables and code are told apart."""
    text = "- a\n- b\n\n| a | b |\n\n1. c\n\n#+begin_example\nd\n#+end_example"
    kinds = [block.kind for block in read_org(text).blocks]
    assert kinds == [BlockKind.LIST, BlockKind.TABLE, BlockKind.LIST, BlockKind.CODE]


@pytest.mark.parametrize("row", [":A:\n", "#+begin_src c\n", ":A:\n* H\n"])
def test_blocks_that_do_not_end_are_text(row: str) -> None:
    """Many beginnings without an end are read in linear time, and nothing of them is lost."""
    assert read_org(row * 5_000 + "The lamp.").blocks[-1].text.endswith("The lamp.")


def test_blanks_in_a_heading_take_linear_time() -> None:
    """A heading with 200,000 blanks is read, with its tags."""
    heading = read_org("* Oil" + " " * 200_000 + "lamp :light:").blocks[0]
    assert heading.text == "Oil lamp (light)"


def test_macros_that_grow_are_left_as_they_stand() -> None:
    """Arguments are put in once, and a macro of thousands of characters is not expanded."""
    rows = ["#+MACRO: a $1", "{{{a($2$2,$3$3)}}}", "#+MACRO: b " + "lamp " * 1_000, "{{{b}}}"]
    texts = [block.text for block in read_org("\n".join(rows)).blocks]
    assert texts == ["$2$2", "{{{b}}}"]
