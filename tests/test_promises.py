"""Each sentence on what can go wrong, and on what leaves the machine, stands beside its tests.

``promises.txt`` has the sentences of the pages; below each the tests that hold it, or in brackets
the reason why none can.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).parent
ROOT: Final = TESTS.parent
PROMISES: Final = TESTS / "promises.txt"
PAGES: Final = {
    "README.md": ("What can go wrong", "What leaves your machine"),
    "semsearch/manual/safety.md": (),  # all of it
}
MOST_WITHOUT_TEST: Final = 8


@dataclass
class Promise:
    """A sentence, or a table's row; ``tests`` are (file, name), ``reason`` is why none can be."""

    sentence: str
    tests: list[tuple[str, str]] = field(default_factory=list)
    reason: str = ""


def blocks_of(markdown: str) -> Iterator[str]:
    """The paragraphs, list items and rows of a page; no headings, code or heads of tables."""
    text = re.sub(r"^```.*?^```$", "", markdown, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^\|.*\n\|[-|]+$", "", text, flags=re.MULTILINE)
    text = re.sub(r"^(#|\[[\w-]+\]: ).*$", "", text, flags=re.MULTILINE)
    for block in re.split(r"\n\s*\n|\n(?=- |\|)", text):
        if words := " ".join(block.split()):
            yield words.removeprefix("- ")


def sentences_of(markdown: str) -> list[str]:
    """The sentences of a page, and the rows of its tables."""
    return [
        sentence
        for block in blocks_of(markdown)
        for sentence in (
            [block] if block[0] == "|" else re.split(r"(?<=[.!?]) (?=[A-Z`*(])", block)
        )
    ]


def sections_of(page: str) -> str:
    """The text of the sections of a page that make promises."""
    text = (ROOT / page).read_text(encoding="utf-8")
    headings = PAGES[page]
    if not headings:
        return text
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    chosen = [part for part in parts if part.partition("\n")[0].removeprefix("## ") in headings]
    assert len(chosen) == len(headings)
    return "\n".join(chosen)


def promises_of(page: str) -> list[Promise]:
    """The entries of a page."""
    found: list[Promise] = []
    here = ""
    for line in PROMISES.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            here = line.removeprefix("== ")
        elif here == page and line.startswith("    ("):
            found[-1].reason = line.strip("() ")
        elif here == page and line.startswith("    "):
            file, name = line.split()
            found[-1].tests.append((file, name))
        elif here == page and line:
            found.append(Promise(line))
    return found


@cache
def names_in(file: str) -> frozenset[str]:
    """The names of the tests of a file."""
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return frozenset(name for name in functions if name.startswith("test_"))


def is_there(file: str, name: str) -> bool:
    """Whether a file has a test, and the value that its name may have in brackets."""
    name, _, value = name.rstrip("]").partition("[")
    path = TESTS / file
    return path.is_file() and name in names_in(file) and value in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_each_sentence_has_an_entry_and_each_entry_is_a_sentence(page: str) -> None:
    """Sentences and entries are equal, in the order of the page."""
    assert [one.sentence for one in promises_of(page)] == sentences_of(sections_of(page))


@pytest.mark.parametrize("page", PAGES)
def test_each_promise_names_tests_that_are_there(page: str) -> None:
    """Each entry has at least one test or a reason, and no test that is not in its file."""
    for one in promises_of(page):
        assert bool(one.tests) != bool(one.reason), one.sentence
        missing = [" ".join(test) for test in one.tests if not is_there(*test)]
        assert missing == [], one.sentence


def test_few_sentences_are_without_a_test() -> None:
    """A reason stands in place of a test only where a sentence promises nothing."""
    without = [one.sentence for page in PAGES for one in promises_of(page) if one.reason]
    assert len(without) <= MOST_WITHOUT_TEST, without


def test_sentences_rows_and_items_are_told_apart() -> None:
    """Headings, code, heads of tables and links' targets are no sentences."""
    page = """\
# Bees

They fly. `They`
swarm in May (5.1 or so): see.

| bee | is |
|---|---|
| a. B | c |

- One thing,
  and more. Another.
- Two

```console
$ No. Code
```

[bees]: page.md
"""
    assert sentences_of(page) == [
        "They fly.",
        "`They` swarm in May (5.1 or so): see.",
        "| a. B | c |",
        "One thing, and more.",
        "Another.",
        "Two",
    ]


@pytest.mark.parametrize(
    ("file", "name", "expected"),
    [
        ("test_promises.py", "test_few_sentences_are_without_a_test", True),
        ("test_promises.py", "test_no_sentence", False),
        ("test_promises.py", "promises_of", False),
        ("test_nothing.py", "test_few_sentences_are_without_a_test", False),
        (
            "store/test_faults.py",
            "test_a_process_killed_while_it_writes_loses_nothing[import]",
            True,
        ),
        ("store/test_faults.py", "test_a_process_killed_while_it_writes_loses_nothing[bee]", False),
    ],
)
def test_a_test_is_found_by_file_and_name(file: str, name: str, expected: bool) -> None:
    """A function that is no test, another file or an unknown value does not count."""
    assert is_there(file, name) is expected
