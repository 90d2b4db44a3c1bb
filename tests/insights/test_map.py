"""The map of an index."""

from pathlib import Path

import numpy as np
import pytest
from insights.subjects import SUBJECTS, write_subjects

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import SettingsError


@pytest.fixture
def indexed(tmp_path: Path, words: WordEmbedder) -> Path:
    """An index of the three subjects, and a document in the top folder."""
    folder = write_subjects(tmp_path / "subjects")
    (folder / "top.txt").write_text("Hive and queen and comb.\n")
    semsearch.index(folder, embedder=words)
    return folder


@pytest.mark.parametrize("documents", [False, True])
def test_subjects_are_apart_on_the_map(indexed: Path, documents: bool) -> None:
    """Subjects are separate on the map, and points know place and folder."""
    found = semsearch.corpus_map(documents=documents, by="folder", index=indexed)
    assert found.groups == ("bees", "boats", "bread", "(top)")
    assert (found.count, found.notices) == (13, ())
    places = {point.location.path: np.array([point.x, point.y]) for point in found.points}
    assert len(places) == 13
    assert all(0 <= place.min() <= place.max() <= 1 for place in places.values())
    centres = {
        subject: np.mean([places[f"{subject}/{number}.txt"] for number in range(4)], axis=0)
        for subject in SUBJECTS
    }
    for path, place in places.items():
        distances = {name: np.linalg.norm(place - centre) for name, centre in centres.items()}
        subject = path.split("/")[0] if "/" in path else "bees"
        assert min(distances, key=distances.__getitem__) == subject
    assert found.silhouette > 0.3


def test_groups_are_the_clusters_that_are_shown_elsewhere(indexed: Path) -> None:
    """Groups have the numbers and names of ``cluster``."""
    clusters = semsearch.cluster(index=indexed).clusters
    found = semsearch.corpus_map(index=indexed)
    assert found.groups == tuple(f"{one.number} {one.name}" for one in clusters)
    for one, group in zip(clusters, range(len(clusters)), strict=True):
        paths = {point.location.path for point in found.points if point.group == group}
        assert paths == set(one.documents)


def test_a_map_is_the_same_twice(indexed: Path) -> None:
    """A map has a fixed seed."""
    first, again = (semsearch.corpus_map(index=indexed).points for _ in range(2))
    assert first == again


def test_of_many_points_some_are_shown(indexed: Path) -> None:
    """With more points than asked for, a sample is shown with a notice."""
    found = semsearch.corpus_map(most=7, index=indexed)
    assert (len(found.points), found.count) == (7, 13)
    assert found.notices == ("7 of 13 passages are on the map; --most shows more",)


def test_what_cannot_be_drawn_is_told(indexed: Path) -> None:
    """Wrong options raise SettingsError."""
    with pytest.raises(SettingsError, match="'size' is nothing to colour by; give one of cluster"):
        semsearch.corpus_map(by="size", index=indexed)
    with pytest.raises(SettingsError, match="a map has 3 points or more"):
        semsearch.corpus_map(most=2, index=indexed)
