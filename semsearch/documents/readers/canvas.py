"""Canvases of Obsidian (JSON Canvas 1.0, https://jsoncanvas.org/spec/1.0) to blocks, card by card.

A canvas shows cards on a plane: texts in Markdown, files, links, and groups with labels. Its file
has them in the order in which they are drawn, so cards are read as a page is: from the top, and
from the left where they begin at one height; those of a group after its label.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.readers.encoding import without_surrogates
from semsearch.documents.readers.headings import LONGEST_TITLE
from semsearch.documents.readers.markdown import plain_words, read_markdown
from semsearch.documents.readers.unread_parts import UnreadParts
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_FAULTS: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
_LONGEST_END: Final = 60  # characters of a card at the end of an arrow, of a group in a place
_MOST_GROUPS: Final = 500  # the largest ones; cards in others stand beside them
_NO_CARD: Final = "\N{HORIZONTAL ELLIPSIS}"  # at the end of an arrow that leads to no text


@dataclass(eq=False, slots=True)
class _Card:
    """A card with its rectangle, or a group: ``label`` is its own, ``cards`` are those in it."""

    node: dict[str, Any]
    label: str
    x: float
    y: float
    width: float
    height: float
    cards: "list[_Card]" = field(default_factory=list)

    @property
    def area(self) -> float:
        return self.width * self.height

    def holds(self, other: "_Card") -> bool:
        """Whether the centre of another card lies in this group, which is the larger one."""
        across, down = other.x + other.width / 2 - self.x, other.y + other.height / 2 - self.y
        return other.area < self.area and 0 <= across <= self.width and 0 <= down <= self.height


def read_canvas(text: str) -> Document:
    """Read cards under the labels of their groups, then the labels of arrows.

    A canvas is called by its file's name; no card is its title.
    """
    unread = UnreadParts()
    try:
        canvas = json.loads(text)
        if canvas and canvas.keys().isdisjoint(("nodes", "edges")):
            raise ValueError("JSON of another kind")
        nodes, arrows = canvas.get("nodes") or [], canvas.get("edges") or []  # both may be missing
        outer = _arranged(_cards(nodes, unread))
        blocks = [*_blocks(outer, "", (), unread), *_labels(nodes, arrows, unread)]
    except _FAULTS as error:
        told = f"damaged canvas: {type(error).__name__}"
        raise DocumentUnreadable(ReasonCode.DAMAGED, told) from error
    return Document(tuple(blocks), has_lines=False, title="", unread=unread.reason)


def _cards(nodes: list[dict[str, Any]], unread: UnreadParts) -> list[_Card]:
    """The cards that have a place on the canvas; others are damaged."""
    cards = []
    for number, node in enumerate(nodes, start=1):
        try:
            x, y, width, height = (float(node[name]) for name in ("x", "y", "width", "height"))
            if not all(map(math.isfinite, (x, y, width, height))):
                raise ValueError("no place on the canvas")
            label = ""
            if node.get("type") == "group":
                label = _line(node.get("label") or "")[:LONGEST_TITLE]
            cards.append(_Card(node, label, x, y, width, height))
        except _FAULTS as error:
            _note(f"node {number}", "card", error, unread)
    return cards


def _arranged(cards: Sequence[_Card]) -> list[_Card]:
    """The cards in no group, in reading order; those in a group stand with it."""
    groups = sorted((card for card in cards if card.label), key=lambda group: group.area)
    groups = groups[-_MOST_GROUPS:]
    outer: list[_Card] = []
    for card in sorted(cards, key=lambda card: (card.y, card.x)):
        if not card.label and card.node.get("type") == "group":
            continue  # a frame without words
        around = next((group for group in groups if group.holds(card)), None)
        (outer if around is None else around.cards).append(card)
    return outer


def _blocks(
    cards: Sequence[_Card], around: str, above: tuple[str, ...], unread: UnreadParts
) -> Iterator[Block]:
    """The cards of a group, counted, and the groups in it; ``around`` begins their places."""
    number = 0
    named = Counter[str]()
    for card in cards:
        if card.label:
            name = card.label[:_LONGEST_END]
            named[name] += 1
            nth = f" ({named[name]})" if named[name] > 1 else ""
            titles, within = (*above, card.label), f"{around}group {name}{nth}"
            has_card = any(not inner.label for inner in card.cards)  # then one place for both
            place = f"{within} card 1" if has_card else within
            yield _placed(Block(BlockKind.HEADING, card.label, [1], headings=titles), place)
            yield from _blocks(card.cards, f"{within} ", titles, unread)
            continue
        number += 1
        try:
            yield from _card_blocks(card.node, f"{around}card {number}", above)
        except _FAULTS as error:
            _note(f"{around}card {number}", "card", error, unread)


def _card_blocks(node: dict[str, Any], place: str, above: tuple[str, ...]) -> Iterator[Block]:
    if node.get("type") != "text":
        if shown := _named(node):
            yield _placed(Block(BlockKind.PARAGRAPH, shown, [1], headings=above), place)
        return
    for block in read_markdown(without_surrogates(node["text"])).blocks:
        yield _placed(block._replace(headings=(*above, *block.headings)), place)


def _named(node: dict[str, Any]) -> str:
    """The file with its heading, or the address, that a card shows; "" for cards of other kinds."""
    return _line(node.get("file", "") + node.get("subpath", "") or node.get("url", ""))


def _labels(
    nodes: list[dict[str, Any]], arrows: list[dict[str, Any]], unread: UnreadParts
) -> Iterator[Block]:
    """The labels of arrows, each with the first words of the cards that it joins."""
    ends = {
        node["id"]: _first_words(node)
        for node in nodes
        if isinstance(node, dict) and isinstance(node.get("id"), str)
    }
    number = 0
    for arrow in arrows:
        try:
            label = _line(arrow.get("label") or "")
            if not label:
                continue
            number += 1
            names = [ends.get(arrow.get(side)) or _NO_CARD for side in ("fromNode", "toNode")]
            shown = f"{names[0]} \N{RIGHTWARDS ARROW} {names[1]}: {label}"
            yield _placed(Block(BlockKind.PARAGRAPH, shown, [1]), f"arrow {number}")
        except _FAULTS as error:
            _note("an arrow", "label", error, unread)


def _first_words(node: dict[str, Any]) -> str:
    """What a card shows first: a row of its text, or the name of its file, address or group."""
    shown = node.get("text") or node.get("label") or node.get("file") or node.get("url")
    rows = without_surrogates(shown).split("\n") if isinstance(shown, str) else []
    row = next((row for row in rows if row.strip()), "")
    return plain_words(row.strip().lstrip("#>-* "))[:_LONGEST_END]


def _line(words: str) -> str:
    return " ".join(without_surrogates(words).split())


def _placed(block: Block, place: str) -> Block:
    return block._replace(places=[place] * len(block.lines))


def _note(name: str, part: str, error: Exception, unread: UnreadParts) -> None:
    told = f"damaged {part}: {type(error).__name__}"
    unread.add_failure(name, DocumentUnreadable(ReasonCode.DAMAGED, told))
