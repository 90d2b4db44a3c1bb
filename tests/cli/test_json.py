"""``--json`` prints what ``to_dict()`` of the result holds."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import semsearch
from semsearch.cli.app import command_line
from semsearch.cli.option_parser import sparing
from semsearch.query.federated import search_all
from semsearch.query.searcher import Searcher
from semsearch.store.named_indexes import named_indexes

Printed = Callable[..., dict[str, Any]]


def like(folder: Path) -> semsearch.Answer:
    """Passages that are like the one about the winter."""
    with Searcher(index=folder) as searcher:
        return searcher.like("bees.md:5-7")


CASES: list[tuple[list[str], Callable[[Path], Any]]] = [
    (["query", "honey bees"], lambda folder: semsearch.search("honey bees", index=folder)),
    (
        ["query", "honey type:md", "--mode", "keyword", "--merge", "-k", "1"],
        lambda folder: semsearch.search(
            "honey type:md", index=folder, mode="keyword", merge=True, limit=1
        ),
    ),
    (["query", "volcano"], lambda folder: semsearch.search("volcano", index=folder)),
    (["query", "--like", "bees.md:5-7"], like),
    (["show", "bees.md:5-7"], lambda folder: semsearch.show("bees.md:5-7", index=folder)),
    (["status"], semsearch.status),
    (["missing", "--skipped"], lambda folder: semsearch.missing(folder, skipped=True)),
    (["verify", "--full"], lambda folder: semsearch.verify(folder, full=True)),
    (["repair"], semsearch.repair),
    (["plan"], lambda folder: semsearch.plan(index=folder)),
    (["related", "bees.md"], lambda folder: semsearch.related("bees.md", index=folder)),
    (["duplicates"], semsearch.duplicates),
    (["outliers", "--passages"], lambda folder: semsearch.outliers(folder, passages=True)),
    (
        ["cluster", "-n", "2", "--fresh"],
        lambda folder: semsearch.cluster(2, fresh=True, index=folder),
    ),
    (
        ["classify", "--labels", "bees,bread"],
        lambda folder: semsearch.classify(labels=["bees", "bread"], index=folder),
    ),
    (["similarity", "bees", "bread"], lambda _: semsearch.similarity(["bees", "bread"])),
]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    """What a command prints with ``--json``, run in this process: a model is loaded once."""

    def printing(*args: object) -> dict[str, Any]:
        words = [*map(str, args), "--json"]
        sparing(command_line(words))(args=words, standalone_mode=False)
        values: dict[str, Any] = json.loads(capsys.readouterr().out)
        return values

    return printing


@pytest.fixture
def folder(corpus: Path) -> Path:
    """Documents, a copy, a blank one and a file that is not read; indexed with the local model."""
    (corpus / "copy.md").write_text((corpus / "bees.md").read_text())
    (corpus / "blank.md").write_text("")
    (corpus / "photo.xyz").write_bytes(b"\0")
    semsearch.index(corpus)
    return corpus


def test_json_of_a_command_is_the_dict_of_its_value(printed: Printed, folder: Path) -> None:
    """With lists for tuples, so that the dict can be sent by any other way."""
    for command, result in CASES:
        at = [] if command[0] == "similarity" else ["--index", folder]
        told, values = printed(*command, *at), result(folder).to_dict()
        for timed in (told, values):
            timed.pop("seconds", None)
        assert told == values, command


def test_json_of_several_indexes_is_the_dict_of_the_joint_answer(
    printed: Printed, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of one that cannot be searched, and of the paths alone."""
    settings = tmp_path / "config.toml"
    settings.write_text(f'[indexes]\nnotes = "{folder}"\ngone = "{tmp_path}"\n')
    monkeypatch.setenv("SEMSEARCH_CONFIG", str(settings))
    answer = search_all("honey bees")
    assert [failure["name"] for failure in answer.to_dict()["failed"]] == ["gone"]
    assert printed("query", "honey bees", "--all") == answer.to_dict()
    paths = printed("query", "honey bees", "--all", "--files-only")
    assert paths == answer.to_dict(files_only=True)
    assert printed("list")["indexes"] == [named.to_dict() for named in named_indexes()]


def test_json_of_what_writes_is_the_dict_of_its_report(
    printed: Printed, folder: Path, tmp_path: Path
) -> None:
    """The same names, and values of the same kinds."""
    carried = semsearch.export(tmp_path / "one", index=folder).to_dict()
    told = printed("export", tmp_path / "two", "--index", folder)
    assert {**told, "file": carried["file"]} == carried
    exported = semsearch.export_vectors(tmp_path / "v.npy", None, index=folder).to_dict()
    told = printed("export", "--vectors", tmp_path / "w.npy", "--index", folder)
    assert {**told, "vectors": str(tmp_path / "v.npy")} == exported
    (folder / "copy.md").unlink()
    report = semsearch.index(folder).to_dict()
    assert list(printed("index", folder)) == list(report)
    assert json.loads(json.dumps(report)) == report
    restored = semsearch.rollback(folder).to_dict()
    told = printed("rollback", "--index", folder)
    assert list(told) == list(restored)
    assert told["restored"] == restored["generation"] - 1
    forgotten = semsearch.forget(["bees.md"], index=folder).to_dict()
    assert json.loads(json.dumps(forgotten)) == forgotten
    told = printed("forget", "bread.txt", "--index", folder)
    assert (list(told), told["still_there"]) == (list(forgotten), ["bread.txt"])
