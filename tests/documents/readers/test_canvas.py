"""Canvases of Obsidian are read card by card, as they stand on the plane."""

import json
from pathlib import Path
from typing import Any

import pytest

from semsearch.documents.chunker import Budget, passages_of
from semsearch.documents.context import title_of
from semsearch.documents.document import Document
from semsearch.documents.readers.canvas import read_canvas
from semsearch.documents.readers.reader import read_document
from semsearch.documents.reason import DocumentUnreadable, ReasonCode


def node(x: float, y: float, size: float = 10, **values: Any) -> dict[str, Any]:
    """A card with its upper left corner; text cards need their text only."""
    return {"type": "text", "x": x, "y": y, "width": size, "height": size, **values}


def group(x: float, y: float, size: float, label: str | None) -> dict[str, Any]:
    """A group with its label."""
    return node(x, y, size, type="group", label=label)


def canvas(*nodes: Any, edges: Any = ()) -> Document:
    """The document of some cards and arrows."""
    return read_canvas(json.dumps({"nodes": nodes, "edges": edges}))


def shown(document: Document) -> list[tuple[str, str]]:
    """The place and the text of each block."""
    return [(block.places[0], block.text) for block in document.blocks if block.places]


def test_cards_are_counted_from_the_top_and_from_the_left() -> None:
    """Cards are read by their places on the plane, not by their order in the file."""
    document = canvas(
        node(0, 50, text="last"), node(20, 0, text="second"), node(-20, 0, text="first\n\nwords")
    )
    assert shown(document) == [
        ("card 1", "first"),
        ("card 1", "words"),
        ("card 2", "second"),
        ("card 3", "last"),
    ]


def test_the_label_of_a_group_stands_above_its_cards() -> None:
    """A card is cited by its number in the innermost labelled group around its centre."""
    document = canvas(
        group(0, 0, 100, "Trip"),
        group(10, 10, 50, "Skye  by\nferry"),
        group(61, 61, 20, None),
        node(20, 20, text="# Tents\n\nthe blue one"),
        node(65, 65, text="a map"),
        node(200, 0, text="elsewhere"),
    )
    assert [
        (*row, block.headings) for row, block in zip(shown(document), document.blocks, strict=True)
    ] == [
        ("group Trip card 1", "Trip", ("Trip",)),
        ("group Trip group Skye by ferry card 1", "Skye by ferry", ("Trip", "Skye by ferry")),
        (
            "group Trip group Skye by ferry card 1",
            "# Tents",
            ("Trip", "Skye by ferry", "Tents"),
        ),
        (
            "group Trip group Skye by ferry card 1",
            "the blue one",
            ("Trip", "Skye by ferry", "Tents"),
        ),
        ("group Trip card 1", "a map", ("Trip",)),
        ("card 1", "elsewhere", ()),
    ]


def test_files_and_links_are_read_by_what_the_card_shows() -> None:
    """A card of a file is its path with the heading, a card of a page its address."""
    document = canvas(
        node(0, 0, type="file", file="notes/tent.md", subpath="#Poles"),
        node(0, 1, type="link", url="https://example.org/skye"),
        node(0, 2, type="table", rows=[]),
    )
    assert shown(document) == [
        ("card 1", "notes/tent.md#Poles"),
        ("card 2", "https://example.org/skye"),
    ]


def test_the_label_of_an_arrow_stands_between_its_cards() -> None:
    """An arrow without a label says nothing; an end without a text is three dots."""
    edges = [
        {"fromNode": "a", "toNode": "b"},
        {"fromNode": "a", "toNode": "b", "label": "leaves at nine"},
        {"fromNode": "b", "toNode": "gone", "label": "then"},
    ]
    document = canvas(
        node(0, 0, id="a", text="\n# The **ferry**\n"),
        node(0, 1, id="b", type="file", file="skye.md"),
        edges=edges,
    )
    assert shown(document)[2:] == [
        ("arrow 1", "The ferry → skye.md: leaves at nine"),
        ("arrow 2", "skye.md → …: then"),
    ]


def test_a_damaged_card_costs_only_itself() -> None:
    """It is named with its reason, and the other cards are read."""
    document = canvas(
        node(0, 0, text=["x"]), 7, node(0, 1, text="y"), {"type": "text", "text": "z"},
        edges=[3, {"label": 4}],
    )  # fmt: skip
    assert shown(document) == [("card 2", "y")]
    assert document.unread is not None
    assert document.unread.detail == (
        "not read: node 2: damaged card: TypeError; node 4: damaged card: KeyError;"
        " card 1: damaged card: AttributeError; an arrow: damaged label: AttributeError;"
        " an arrow: damaged label: AttributeError"
    )


@pytest.mark.parametrize("text", ["[]", "7", '"nodes"', '{"nodes": 7}', '{"a": 1}', "[" * 99_999])
def test_json_of_another_kind_is_no_canvas(text: str) -> None:
    """What has no list of cards is damaged, as a file that breaks off is."""
    with pytest.raises(DocumentUnreadable, match="damaged canvas") as caught:
        read_canvas(text)
    assert caught.value.code is ReasonCode.DAMAGED


@pytest.mark.parametrize("text", ["{}", '{"nodes": [], "edges": []}', '{"nodes": []}'])
def test_a_canvas_without_cards_is_blank(tmp_path: Path, text: str) -> None:
    """A new canvas has no text, and no fault."""
    (tmp_path / "a.canvas").write_text(text)
    document = read_document(tmp_path, "a.canvas", max_bytes=1000).document
    assert (document.is_blank, document.unread) == (True, None)


def test_a_canvas_is_called_by_its_file(tmp_path: Path) -> None:
    """The first heading or group is no title of a canvas, whose cards stand side by side."""
    cards = [group(0, 0, 90, "Packing"), node(9, 9, text="# Monday"), node(9, 30, text="tents")]
    (tmp_path / "trip to Skye.canvas").write_text(json.dumps({"nodes": cards}))
    document = read_document(tmp_path, "trip to Skye.canvas", max_bytes=1000).document
    assert title_of(document, "trip to Skye.canvas") == "trip to Skye"
    (passage,) = passages_of(document, Budget(1000, 0, lambda _: True))
    assert passage.text == "Packing\n\n# Monday\n\ntents"
    assert passage.place == "group Packing card 1-2"


@pytest.mark.parametrize("more", [{}, {"edges": None}, {"edges": []}, {"nodes": None}])
def test_cards_and_arrows_may_be_missing(more: dict[str, Any]) -> None:
    """Both are optional (JSON Canvas 1.0); the others are read all the same."""
    document = read_canvas(json.dumps({"nodes": [node(0, 0, text="a tide")], **more}))
    assert [block.text for block in document.blocks] == ([] if "nodes" in more else ["a tide"])


def test_groups_of_one_name_have_places_of_their_own() -> None:
    """A citation tells which of them is meant; a long label is cut there."""
    long = "tide " * 100
    document = canvas(
        group(0, 0, 100, "A"), node(10, 10, text="one"),
        group(200, 0, 100, "A"), node(210, 10, text="two"),
        group(400, 0, 100, long), node(410, 10, text="three"),
    )  # fmt: skip
    places = [place for place, text in shown(document) if text in ("one", "two", "three")]
    assert places[:2] == ["group A card 1", "group A (2) card 1"]
    assert len(places[2]) < 80
