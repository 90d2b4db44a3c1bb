"""The clusters of an index, and how they continue when the index changes."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from insights.subjects import SUBJECTS, write_documents, write_subjects

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import SettingsError, TooLittle
from semsearch.insights.clustering import Clustering
from semsearch.store.record.connection import open_to_write

if TYPE_CHECKING:
    from conftest import Run, WithoutRoot


@pytest.fixture
def indexed(tmp_path: Path, words: WordEmbedder) -> Path:
    """An index of the three subjects."""
    folder = write_subjects(tmp_path / "subjects")
    semsearch.index(folder, embedder=words)
    return folder


def folders(found: Clustering) -> list[set[str]]:
    """The folders of the documents in each cluster."""
    return [{path.split("/")[0] for path in one.documents} for one in found.clusters]


def named(found: Clustering) -> dict[str, tuple[int, str]]:
    """The number and name of each folder's cluster."""
    return {
        path.split("/")[0]: (one.number, one.name)
        for one in found.clusters
        for path in one.documents
    }


@pytest.mark.parametrize("documents", [False, True])
@pytest.mark.parametrize("method", ["kmeans", "hdbscan"])
def test_each_subject_is_a_cluster_named_by_its_words(
    indexed: Path, documents: bool, method: str
) -> None:
    """Each subject is a cluster, with citations of central passages."""
    found = semsearch.cluster(index=indexed, documents=documents, method=method)
    assert sorted(map(sorted, folders(found))) == [["bees"], ["boats"], ["bread"]]
    assert (found.count, found.unclustered, found.notices) == (12, 0, ())
    for one in found.clusters:
        subject = next(iter(one.documents)).split("/")[0]
        assert set(one.name.split(", ")) <= set(SUBJECTS[subject].split())
        assert one.size == len(one.documents) == 4
        assert len(one.central) == 3
        assert all(place.location.path in one.documents for place in one.central)
        similar = [place.similarity for place in one.central]
        assert similar == sorted(similar, reverse=True)
        assert 0.8 < one.cohesion < 1


def test_numbers_and_names_stay_where_documents_do(indexed: Path, words: WordEmbedder) -> None:
    """Numbers and names survive new documents, new clusters and a rebuild."""
    first = named(semsearch.cluster(3, index=indexed))
    write_documents(indexed / "aa", "violin bow rosin strings bridge peg scroll neck", range(6))
    write_documents(indexed / "bees", SUBJECTS["bees"], range(4, 7))
    semsearch.index(indexed, embedder=words)
    later = named(semsearch.cluster(4, index=indexed))
    assert {subject: later[subject] for subject in SUBJECTS} == first
    assert later["aa"][0] == 4
    semsearch.rebuild(indexed, embedder=words)
    assert named(semsearch.cluster(4, index=indexed)) == later


def test_an_index_that_cannot_be_written_has_clusters_too(
    indexed: Path, without_root: "WithoutRoot", tmp_path: Path
) -> None:
    """A locked index is clustered, with a notice that nothing is stored."""
    shutil.copytree(indexed, tmp_path / "kept")
    for path in [indexed / ".semsearch", *(indexed / ".semsearch").rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & 0o001:  # closed to others, unlike /tmp
            folder.chmod(0o755)
    semsearch.cluster(index=tmp_path / "kept")  # imports what only root may read
    with without_root():
        found = semsearch.cluster(index=indexed)
    assert len(found.clusters) == 3
    [notice] = found.notices
    assert notice.startswith("the clusters' numbers and names are not kept for the next time")


def test_nothing_is_written_where_nothing_has_changed(indexed: Path) -> None:
    """Equal clusters are not stored again."""
    semsearch.cluster(index=indexed)
    from semsearch.store.disk.directory import IndexDirectory

    with IndexDirectory(indexed / ".semsearch").locked():
        assert semsearch.cluster(index=indexed).notices == ()
        [notice] = semsearch.cluster(4, index=indexed).notices
    assert "another semsearch" in notice


def test_clusters_that_were_damaged_are_found_anew(indexed: Path) -> None:
    """Damaged stored clusters are ignored, with a notice."""
    first = semsearch.cluster(index=indexed)
    with open_to_write(indexed / ".semsearch" / "index.sqlite") as connection:
        connection.execute("update note set value = '{}' where name = 'clusters of passages'")
    again = semsearch.cluster(index=indexed)
    assert "the note clusters of passages" in again.notices[0]
    assert named(again) == named(first)
    assert semsearch.cluster(index=indexed).notices == ()


def test_a_document_that_is_forgotten_leaves_no_name(indexed: Path) -> None:
    """Forgetting a document removes the clusters' names."""
    semsearch.cluster(index=indexed)
    semsearch.cluster(index=indexed, documents=True)
    semsearch.forget(indexed / "bees" / "0.txt", index=indexed)
    with open_to_write(indexed / ".semsearch" / "index.sqlite") as connection:
        kept = connection.execute("select name from note where name like 'clusters%'").fetchall()
    assert kept == []


def test_what_makes_no_clusters_is_told(indexed: Path, corpus: Path, words: WordEmbedder) -> None:
    """Inputs that make no clusters raise an error with advice."""
    for wrong, message in (
        ({"method": "nonsense"}, "'nonsense' is no method; give one of kmeans, hdbscan"),
        ({"count": 1}, "one cluster would hold everything"),
        ({"count": 4, "method": "hdbscan"}, "hdbscan finds how many clusters there are"),
        ({"least": 4}, "--least is for --method hdbscan"),
        ({"least": 1, "method": "hdbscan"}, "a cluster has two members or more"),
    ):
        with pytest.raises(SettingsError, match=message):
            semsearch.cluster(index=indexed, **wrong)  # type: ignore[arg-type]
    for name in ("bees.md", "bread.txt"):
        (corpus / name).unlink()
    semsearch.index(corpus, embedder=words, allow_mass_delete=True)
    with pytest.raises(TooLittle, match="has 2 documents with text, and this takes 3 or more"):
        semsearch.cluster(index=corpus)


def test_the_command_prints_a_table_and_json(indexed: Path, run: "Run") -> None:
    """Table and JSON have equal clusters; wrong numbers are one line."""
    shown = run("cluster", "--documents", "--index", indexed)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith("3 clusters of 12 documents, silhouette 0.")
    told = json.loads(run("cluster", "--documents", "--index", indexed, "--json").stdout)
    assert [one["number"] for one in told["clusters"]] == [1, 2, 3]
    for one in told["clusters"]:
        assert f"  {one['number']}  {one['name']}  " in shown.stdout
        assert f"     {one['central'][0]['path']}:1" in shown.stdout
        assert {document["members"] for document in one["documents"]} == {1}
    wrong = run("cluster", "-n", "few", "--index", indexed)
    assert wrong.stderr == ("semsearch: 'few' is no number of clusters; give -n 12, or -n auto\n")
    assert wrong.returncode == 2
