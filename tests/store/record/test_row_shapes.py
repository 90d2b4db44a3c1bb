"""Rows with odd values, whose hashes fit, are refused, withheld or removed, and named."""

import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from faults.flips import make_corpus

import semsearch
from fakes.embedder import WordEmbedder
from fakes.odd_rows import OddValue, odd_values, put_odd
from semsearch.errors import IndexDamaged, SemsearchError
from semsearch.settings.schema import Settings
from semsearch.store.record.row_shapes import fault_of_row, has_types

SAMPLE = 24


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with an index of two generations."""
    make_corpus(tmp_path / "corpus", documents=4)
    return tmp_path / "corpus"


def commands(corpus: Path) -> list[Callable[[], object]]:
    """What a person may do with an index, from reading it to its repair."""
    settings, words = Settings(), WordEmbedder(dimension=16)
    file, there = corpus.parent / "carried", corpus.parent / "there"
    return [
        lambda: semsearch.search("honey", index=corpus, embedder=words, settings=settings),
        lambda: semsearch.search("honey", index=corpus, mode="keyword", settings=settings),
        lambda: semsearch.status(corpus, settings=settings),
        lambda: semsearch.missing(corpus, settings=settings),
        lambda: semsearch.verify(corpus, full=True, settings=settings),
        lambda: semsearch.show("bread.txt", index=corpus, settings=settings),
        lambda: semsearch.export(file, index=corpus, settings=settings),
        lambda: semsearch.import_(file, there, settings=settings),
        lambda: semsearch.rollback(corpus, settings=settings),
        lambda: semsearch.index(corpus, embedder=words, settings=settings),
        lambda: semsearch.repair(corpus, settings=settings),
    ]


def test_no_odd_value_is_a_fault_of_semsearch(corpus: Path, tmp_path: Path) -> None:
    """Every command ends well or says the damage; repair and a run make the index whole."""
    clean = tmp_path / "clean"
    shutil.copytree(corpus / ".semsearch", clean)
    (tmp_path / "there").mkdir()
    of_rows = [odd for odd in odd_values(clean / "index.sqlite") if odd.table != "vector"]
    for odd in random.Random(18).sample(of_rows, k=SAMPLE):
        shutil.rmtree(corpus / ".semsearch")
        shutil.copytree(clean, corpus / ".semsearch")
        put_odd(corpus / ".semsearch" / "index.sqlite", odd)
        for command in commands(corpus):
            with suppress(SemsearchError):
                command()
        semsearch.index(corpus, embedder=WordEmbedder(dimension=16), settings=Settings())
        assert (odd, semsearch.verify(corpus, full=True).damages) == (odd, ())
        for left in (tmp_path / "carried", tmp_path / "there" / ".semsearch"):
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)


ODD = [
    ("document 2: path", OddValue("document", "path", b"../outside.md")),
    ("document 2: path", OddValue("document", "path", b"/outside.md")),
    ("document 2: path", OddValue("document", "path", b"a\0b")),
    ("document 2: path", OddValue("document", "path", 5)),
    ("document 2: coverage", OddValue("document", "coverage", "x")),
    ("document 2: blank_pages", OddValue("document", "blank_pages", '["a", 2]')),
    ("passage 4: headings", OddValue("passage", "headings", "{}")),
    ("passage 4: first_line", OddValue("passage", "first_line", -1)),
    ("passage 4: last_line", OddValue("passage", "last_line", None)),
    ("generation 1: created", OddValue("generation", "created", "x")),
    ("generation 1: ann_file", OddValue("generation", "ann_file", "../outside")),
    ("embedder 1: dimension", OddValue("embedder", "dimension", 1 << 62)),
    ("text 1: digest", OddValue("text", "digest", b"")),
]


@pytest.mark.parametrize(("named", "odd"), ODD)
def test_an_odd_row_is_refused_by_import_and_named(
    corpus: Path, tmp_path: Path, named: str, odd: OddValue
) -> None:
    """Import names the row and its column, and makes no index."""
    semsearch.export(tmp_path / "carried", index=corpus)
    assert put_odd(tmp_path / "carried", odd)
    (tmp_path / "there").mkdir()
    with pytest.raises(IndexDamaged) as raised:
        semsearch.import_(tmp_path / "carried", tmp_path / "there", settings=Settings())
    table, _, rest = named.partition(" ")
    assert f"({table} " in str(raised.value)
    assert f": {rest.partition(': ')[2]})" in str(raised.value)
    assert not (tmp_path / "there" / ".semsearch" / "index.sqlite").exists()


def test_a_path_out_of_the_folder_is_withheld_and_named(corpus: Path) -> None:
    """No hit is of a file outside; the notice names the row."""
    odd = OddValue("document", "path", b"../out.md", "max")
    put_odd(corpus / ".semsearch" / "index.sqlite", odd)
    answer = semsearch.search("bread dough", index=corpus, mode="keyword", settings=Settings())
    assert [hit for hit in answer.hits if ".." in hit.location.path] == []
    assert any("damaged rows are left out" in notice for notice in answer.notices)


def test_a_wrong_dimension_costs_no_vector(corpus: Path) -> None:
    """Repair finds the dimension of an embedder in its vectors."""
    put_odd(corpus / ".semsearch" / "index.sqlite", OddValue("embedder", "dimension", 5))
    semsearch.repair(corpus)
    embedder = WordEmbedder(dimension=16)
    semsearch.index(corpus, embedder=embedder, settings=Settings())
    assert embedder.seen == []


def test_rows_of_earlier_formats_may_lack_columns() -> None:
    """A row that was stored before a column was added has the shape of its table."""
    row = (1, 1, 2, bytes(32))
    assert has_types("vector", row)
    assert fault_of_row("vector", row) is None
    assert not has_types("vector", row[:3])
