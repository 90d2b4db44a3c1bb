"""Of front matter, what says what a note is about is text."""

import pytest

from semsearch.documents.readers.front_matter import front_matter
from semsearch.documents.readers.reader import document_of

YAML = """---
title: "Trip: the glacier"
layout: post
tags: [alps, ice]
aliases:
  - Glacier walk
created: 2024-07-01
uuid: 77aa
description: >
  Two days
  on snow.
nested:
  title: no title
---

We roped up.
"""
TOML = """+++
title = "Trip"
date = 2024-07-01
draft = true
tags = [
  "alps",
]
[extra]
uuid = "77aa"
[taxonomies]
categories = ["walks"]
+++

We roped up.
"""


def text_of(text: str, name: str = "a.md") -> list[tuple[int, str]]:
    """Each row of a document with its line."""
    document = document_of(text.encode(), name)
    return [
        (line, row)
        for block in document.blocks
        for line, row in zip(block.lines, block.text.split("\n"), strict=True)
    ]


def test_telling_keys_of_yaml_are_kept_on_their_lines() -> None:
    """Title, tags, aliases and description are text; dates, ids and switches are not."""
    rows = dict(text_of(YAML))
    assert [rows[line] for line in (2, 4, 6, 11, 16)] == [
        *('title: "Trip: the glacier"', "tags: [alps, ice]", "  - Glacier walk"),
        *("  on snow.", "We roped up."),
    ]
    assert rows.keys().isdisjoint({3, 7, 8, 12, 13})


def test_telling_keys_of_toml_are_kept() -> None:
    """Front matter of Hugo and Zola in TOML is read alike, tables in it, too."""
    rows = dict(text_of(TOML))
    assert (rows[2], rows[6], rows[11]) == ('title = "Trip"', '  "alps",', 'categories = ["walks"]')
    assert rows.keys().isdisjoint({3, 4, 9})


def test_telling_keys_of_json_are_kept() -> None:
    """Front matter of Hugo in JSON is read by its entries."""
    rows = [row for _, row in text_of('{\n"title": "Trip",\n"uuid": "7",\n"tags": ["a"]\n}\nWords')]
    assert rows == ["---", "title: Trip", "tags: a", "---", "Words"]


@pytest.mark.parametrize("name", ["page.html", "page.adoc", "page.rst", "page.md"])
def test_pages_of_site_generators_have_it_in_every_markup(name: str) -> None:
    """Front matter before HTML, AsciiDoc and reStructuredText is no text of the page."""
    rows = text_of("---\nlayout: post\ntitle: Trip\n---\n\nWe roped up.\n", name)
    assert rows == [(1, "---"), (3, "title: Trip"), (4, "---"), (6, "We roped up.")]


@pytest.mark.parametrize("text", ["---\nuuid: 77aa\ncreated: 2024\n---\n", "---\nuuid: 77aa\n---"])
def test_a_note_of_ids_alone_has_nothing_to_find(text: str) -> None:
    """A note without a telling entry has no passage, and that is no failure."""
    document = document_of(text.encode(), "a.md")
    assert (document.blocks, document.is_blank) == ((), True)


@pytest.mark.parametrize(
    "rows",
    [
        ["---", "Words of a text", "---"],
        ["---", "- item", "---"],
        ["{x}"],
        ["{", "}"],
        ["{}", "", "Words"],
    ],
)
def test_rules_around_a_text_are_no_front_matter(rows: list[str]) -> None:
    """Text between two rules is text."""
    assert front_matter(rows) is None


@pytest.mark.parametrize("value", ["1" * 5000, "2024-13-99"])
def test_a_value_that_toml_has_not_makes_no_front_matter(value: str) -> None:
    """A number of too many digits, or a date that is none, leaves a text as it is."""
    assert front_matter(["+++", f"weight = {value}", "+++", "We roped up."]) is None


def test_a_row_of_many_keys_is_told_once() -> None:
    """Tables with equal keys in one row lead to one row of the key; the time is linear."""
    tables = ", ".join(f'a{number} = {{ title = "b" }}' for number in range(20_000))
    found = front_matter(["+++", 'title = "Trip"', f"x = {{ {tables} }}", "+++", "We roped up."])
    assert found is not None
    assert found.rows == ((0, "+++"), (1, 'title = "Trip"'), (3, "+++"))
