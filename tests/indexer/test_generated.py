"""Generated files in the folder of an index: left out, named, and read on demand."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.index_runs import found, index
from semsearch.documents.coverage import Coverage
from semsearch.indexer.report import IndexReport
from semsearch.store.maintenance.status import FolderChanges

if TYPE_CHECKING:
    from conftest import Run

PAGE = (
    "<html><head><script id='d' src='_static/documentation_options.js'>"
    "var DOCUMENTATION_OPTIONS</script><title>Tides</title></head>"
    "<body><h1>Tides</h1><p>The moon pulls the water.</p></body></html>"
)
SOURCE = "Tides\n=====\n\nThe moon pulls the water. Bowlines hold.\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Pages by Sphinx with their sources, a search index and a script."""
    files = {
        "tides.html": PAGE,
        "_sources/tides.rst.txt": SOURCE,
        "_sources/other.rst.txt": "Waves\n=====\n\nWind makes waves.\n",
        "searchindex.js": 'Search.setIndex({"docnames": ["tides"]})',
        "_static/documentation_options.js": "const DOCUMENTATION_OPTIONS = {};",
        "_static/clock.js": "function tick(time) {\n  return time + 1;\n}\n",
    }
    for path, text in files.items():
        (tmp_path / "site" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / path).write_text(text)
    return tmp_path / "site"


def left_out(report: IndexReport) -> set[str]:
    """The paths of generated files in a report."""
    return {item.path for item in report.left_out if item.why.code.key == "generated"}


GENERATED = {
    "_sources/tides.rst.txt",
    "searchindex.js",
    "_static/documentation_options.js",
    "_static/clock.js",
}


def test_what_is_generated_is_left_out_and_named(site: Path, words: WordEmbedder) -> None:
    """No failure, no coverage lost; ``missing`` names each file."""
    report = index(site, words)
    assert left_out(report) == GENERATED
    assert (report.not_searchable, report.coverage) == ((), 1.0)
    assert {item.path for item in semsearch.missing(site).left_out} == GENERATED
    assert {item.coverage for item in report.left_out} == {Coverage.SKIPPED}


def test_a_run_that_leaves_out_generated_files_ends_with_zero(site: Path, run: "Run") -> None:
    """The report counts them and says how to read them; ``missing`` ends with 0, too."""
    done = run("index", site, SEMSEARCH_EMBEDDER="local:minilm")
    told = run("missing", "--index", site, "--json")
    assert (done.returncode, told.returncode) == (0, 0)
    assert "generated: 4 files" in done.stdout
    assert "--generated reads them" in done.stdout
    assert len(json.loads(told.stdout)["missing"]) == 4


def test_a_generated_file_is_no_change_of_the_folder(site: Path, run: "Run") -> None:
    """Neither ``status`` nor a query says that the folder has changed, until one of them goes."""
    run("index", site, SEMSEARCH_EMBEDDER="local:minilm")
    asked = run("query", "tides", "--index", site, "--mode", "keyword")
    assert (asked.returncode, asked.stderr) == (0, "")
    assert not semsearch.status(site).changes
    (site / "searchindex.js").unlink()
    assert semsearch.status(site).changes == FolderChanges(0, 0, 1)


def test_generated_files_are_read_until_that_is_taken_back(site: Path, words: WordEmbedder) -> None:
    """The choice holds for the index."""
    index(site, words)
    assert left_out(semsearch.index(site, embedder=words, generated=True)) == set()
    assert left_out(index(site, words)) == set()
    report = semsearch.index(site, embedder=words, generated=False)
    assert (left_out(report), report.not_searchable) == (GENERATED, ())
    assert "_sources/tides.rst.txt" not in found(site, "bowlines", words)


def test_a_copied_source_is_read_when_its_page_is_gone(site: Path, words: WordEmbedder) -> None:
    """Neither file has changed but the page, and the index is as a new one would be."""
    index(site, words)
    (site / "tides.html").unlink()
    assert "_sources/tides.rst.txt" not in left_out(index(site, words))
    assert found(site, "bowlines", words)[0] == "_sources/tides.rst.txt"
    (site / "tides.html").write_text(PAGE)
    assert left_out(index(site, words)) == GENERATED


def test_a_source_beside_a_page_of_another_hand_is_a_document(
    site: Path, words: WordEmbedder
) -> None:
    """The name of the folder alone tells nothing."""
    (site / "tides.html").write_text("<h1>Tides</h1><p>Written by hand.</p>")
    assert "_sources/tides.rst.txt" not in left_out(index(site, words))


@pytest.mark.parametrize(
    "page",
    [
        '<html lang="en" data-content_root="../"><h1>Tides</h1>',
        '<script id="documentation_options" data-url_root="./" src="a.js"></script><h1>Tides</h1>',
        '<meta name="generator" content="Docutils 0.17.1: https://docutils.org/" /><h1>Tides</h1>',
    ],
)
def test_a_source_is_told_beside_the_pages_of_each_sphinx(
    site: Path, words: WordEmbedder, page: str
) -> None:
    """Pages of Sphinx 7.2 and later have other marks than those of 1.8, or of no script."""
    (site / "tides.html").write_text(page)
    assert "_sources/tides.rst.txt" in left_out(index(site, words))


def test_nothing_changes_in_a_second_run(site: Path, words: WordEmbedder) -> None:
    """Generated files are not read again as long as they do not change."""
    index(site, words)
    assert not index(site, words).is_new_generation
    (site / "tides.html").write_text(PAGE.replace("moon", "sun"))
    report = index(site, words)
    assert (report.changed, report.added, left_out(report)) == (1, 0, GENERATED)


def test_files_that_turn_out_to_be_generated_are_no_loss(site: Path, words: WordEmbedder) -> None:
    """An index that held more copies than pages is brought up to date without a question."""
    for number in range(20):
        (site / f"_sources/p{number}.rst.txt").write_text(f"Page {number}\n\n{SOURCE}")
    index(site, words)
    for number in range(20):
        (site / f"p{number}.html").write_text(PAGE.replace("moon", f"moon {number}"))
    semsearch.index(site, embedder=words, generated=True)
    report = semsearch.index(site, embedder=words, generated=False)
    assert len(left_out(report)) == 24


def test_a_hit_of_a_generated_file_is_checked_when_it_was_touched(
    site: Path, words: WordEmbedder
) -> None:
    """A citation of such a file stands, though it is left out by default."""
    semsearch.index(site, embedder=words, generated=True)
    (site / "_static/clock.js").write_text("// a clock\n" + (site / "_static/clock.js").read_text())
    answer = semsearch.search("tick", index=site, embedder=words)
    (hit,) = [one for one in answer.hits if one.location.path == "_static/clock.js"]
    assert hit.checked.standing.value == "moved"
