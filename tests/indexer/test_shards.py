"""Shards of one folder: an index for each, which together are the index of the folder."""

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import CorpusError, SettingsError
from semsearch.indexer.options import RunHooks, RunOptions
from semsearch.query.freshness import FreshnessCheck, SeenChanges
from semsearch.settings.schema import Settings
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.snapshot import open_snapshot

if TYPE_CHECKING:
    from conftest import Run

SHARDS = ("1/3", "2/3", "3/3")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Thirty notes in three folders."""
    for number in range(30):
        path = tmp_path / "tree" / f"part{number % 3}" / f"note{number:02}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# Note {number}\n\nThe rent is due on day {number} of it.\n")
    return tmp_path / "tree"


def made(tree: Path, words: WordEmbedder, shard: str | None = None) -> Path:
    """The index of a shard, or of all, beside the folder."""
    place = tree.parent / f"index-{(shard or 'all').replace('/', '-')}"
    place.mkdir(exist_ok=True)
    semsearch.index(tree, index=place, embedder=words, shard=shard, settings=Settings())
    return place


def passages(index: Path) -> Counter[tuple[str, str]]:
    """The path and the digest of each passage."""
    found: Counter[tuple[str, str]] = Counter()
    with open_snapshot(IndexDirectory(index / ".semsearch")) as snapshot:
        texts = snapshot.view.texts.ids().tolist()
        for one in snapshot.view.passages.of_texts(texts, snapshot.generation.repeats):
            found[one.location.path, one.digest.hex()] += 1
    return found


def test_three_shards_have_the_passages_of_the_whole_index(tree: Path, words: WordEmbedder) -> None:
    """Each once, and each shard has some."""
    parts = [passages(made(tree, words, shard)) for shard in SHARDS]
    assert all(parts)
    assert sum(parts, Counter()) == passages(made(tree, words))


def test_a_shard_is_remembered(tree: Path, words: WordEmbedder) -> None:
    """By later runs, by plans, by a rebuild, by status and by the look for changes."""
    place = made(tree, words, "2/3")
    index = semsearch.Index(tree, index=place, settings=Settings())
    before = passages(place)
    for number in range(30, 60):
        (tree / f"later{number}.md").write_text(f"Later note {number}.\n")
    added = semsearch.status(place).changes
    assert added is not None
    assert 0 < added.added < 30
    check = FreshnessCheck(IndexDirectory(place / ".semsearch"), seconds=60)
    check.join()
    assert check.seen == SeenChanges(new=added.added, is_all=True)
    planned = index.plan(embedder=words)
    assert planned.documents.added == added.added
    report = index.update(embedder=words)
    assert (report.added, report.removed, report.shard) == (added.added, 0, "2/3")
    assert index.update(embedder=words).is_new_generation is False
    rebuilt = index.update(embedder=words, options=RunOptions(everything=True))
    assert (rebuilt.shard, semsearch.status(place).shard) == ("2/3", "2/3")
    assert before <= passages(place)
    assert len(passages(place)) == len(before) + added.added


def test_another_shard_is_refused(tree: Path, words: WordEmbedder) -> None:
    """With what to do; a rebuild may change it."""
    place = made(tree, words, "2/3")
    for other in ("1/3", "2/4", "1/1"):
        with pytest.raises(SettingsError, match=f"is of shard 2/3, not of shard {other}; give"):
            semsearch.index(tree, index=place, embedder=words, shard=other, settings=Settings())
    semsearch.rebuild(tree, index=place, embedder=words, shard="1/3", settings=Settings())
    assert passages(place) == passages(made(tree, words, "1/3"))
    semsearch.rebuild(tree, index=place, embedder=words, shard="1/1", settings=Settings())
    assert semsearch.status(place).shard is None
    assert len(passages(place)) == 30
    with pytest.raises(SettingsError, match="is of the whole folder, not of shard 2/3"):
        semsearch.index(tree, index=place, embedder=words, shard="2/3", settings=Settings())


def test_a_shard_needs_an_index_of_its_own(tree: Path, words: WordEmbedder) -> None:
    """In the folder all shards would have one."""
    for index in (None, tree, tree / ".semsearch"):
        with pytest.raises(SettingsError, match="a shard needs an index of its own") as raised:
            semsearch.index(tree, index=index, embedder=words, shard="2/3", settings=Settings())
        assert "--shard 2/3 --index DIR" in str(raised.value)
    assert not (tree / ".semsearch").exists()


def test_a_first_run_that_was_stopped_keeps_its_shard(tree: Path, words: WordEmbedder) -> None:
    """Also before there is a generation."""

    class Stopped(WordEmbedder):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            raise KeyboardInterrupt

    place = tree.parent / "stopped"
    place.mkdir()
    with pytest.raises(KeyboardInterrupt):
        semsearch.index(tree, index=place, embedder=Stopped(), shard="3/3", settings=Settings())
    with pytest.raises(SettingsError, match="is of shard 3/3"):
        semsearch.index(tree, index=place, embedder=words, shard="1/3", settings=Settings())
    report = semsearch.index(tree, index=place, embedder=words, settings=Settings())
    assert report.shard == "3/3"
    assert passages(place) == passages(made(tree, words, "3/3"))


def test_an_index_of_another_shard_inside_the_folder_is_no_document(
    tree: Path, words: WordEmbedder
) -> None:
    """Whatever the name of its directory."""
    for number in (1, 2):
        place = tree / f"shard-{number}"
        place.mkdir()
        semsearch.index(tree, index=place, embedder=words, shard=f"{number}/3", settings=Settings())
    (tree / "shard-1" / ".semsearch").rename(tree / "moved-index")
    found = passages(made(tree, words))
    assert {path.partition("/")[0] for path, _ in found} == {"part0", "part1", "part2"}
    assert sum(found.values()) == 30


def test_a_shard_without_documents_is_an_error(tree: Path, words: WordEmbedder) -> None:
    """As a folder without any: an empty disk is more likely."""
    names = {f"{number}/999" for number in range(1, 1000)}
    with pytest.raises(CorpusError, match=r"shard \d+/999 of .* holds no document"):
        for shard in sorted(names):
            made(tree, words, shard)


def test_the_command_has_the_option(run: "Run", tree: Path, tmp_path: Path) -> None:
    """Its report and the status tell the shard; --all is refused."""
    place = tmp_path / "own"
    place.mkdir()
    done = run("index", tree, "--shard", "1/2", "--index", place, "--json")
    assert (done.returncode, json.loads(done.stdout)["shard"]) == (0, "1/2")
    again = run("index", "--index", place)
    assert f"{tree} (shard 1/2): " in again.stdout
    told = run("status", "--index", place)
    assert f"{tree} (shard 1/2)\n" in told.stdout
    assert json.loads(run("status", "--index", place, "--json").stdout)["shard"] == "1/2"
    planned = run("plan", tree, "--shard", "2/2", "--index", place)
    assert (planned.returncode, "is of shard 1/2" in planned.stderr) == (2, True)
    wrong = run("index", "--all", "--shard", "1/2")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert run("query", "rent", "--index", place).stderr == ""


def test_hooks_see_the_files_of_the_shard_alone(tree: Path, words: WordEmbedder) -> None:
    """The progress counts no others."""
    seen: list[int] = []
    place = tree.parent / "hooks"
    place.mkdir()
    index = semsearch.Index(tree, index=place, settings=Settings())
    report = index.update(
        embedder=words,
        options=RunOptions(shard="2/3"),
        hooks=RunHooks(on_progress=lambda now: seen.append(now.files_total)),
    )
    assert set(seen) - {0} == {report.added}
