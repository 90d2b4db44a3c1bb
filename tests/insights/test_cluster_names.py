"""Clusters are named by distinguishing words, and keep number and name."""

import numpy as np

from semsearch.insights.cluster_matching import cluster_numbers, match_clusters
from semsearch.insights.cluster_names import distinguishing_words, name_of


def test_words_that_one_group_alone_has_come_first() -> None:
    """Common words, numbers and stop words are no names."""
    bees = ["The year 2024 was good for the hive and its hives.", "The hive has a queen this year."]
    german = ["Der Teig und die Hefe sind nicht ohne das Mehl, dieses Jahr.", "Ein Teig mit Teig."]
    boats = ["The anchors and the mast of the boat, this year.", "An anchor and an anchor chain."]
    filler = [["wind rain snow fog frost hail thunder storm clouds"] for _ in range(9)]
    words = distinguishing_words([bees, german, boats, *filler])[:3]
    assert [group[0] for group in words] == ["hive", "teig", "anchor"]
    assert not {"the", "2024", "die", "dieses", "this"} & {
        word for group in words for word in group
    }
    assert words[0].index("queen") < words[0].index("year")


def test_words_in_writing_without_spaces_are_pairs_of_letters() -> None:
    """A cluster of Chinese texts is named by pairs of letters."""
    words = distinguishing_words([["蜜蜂在蜂巢里。", "蜂巢里有蜂王。"], ["The bread is baked."]])
    assert "蜂巢" in words[0]


def test_a_group_without_a_word_has_no_name() -> None:
    """A group of numbers has no name."""
    assert distinguishing_words([["1 2 3"], ["bread"]])[0] == []


def test_a_name_stays_as_long_as_its_words_still_tell() -> None:
    """A name stays while its words are among the best, in any order."""
    assert name_of(["hive", "bee", "swarm", "queen"], "queen, hive") == "queen, hive"
    assert name_of(["hive", "bee", "swarm", "queen"], "anchor, hive") == "hive, bee, swarm"


def test_a_cluster_goes_on_from_the_nearest_old_one() -> None:
    """Clusters are matched one to one, only where they are near."""
    old = np.eye(4, dtype=np.float32)[:3]
    new = old[[2, 0, 1]].copy()
    new[2] = [0, 0, 0, 1]
    assert match_clusters(old, new) == {0: 2, 1: 0}
    assert match_clusters(old, np.eye(3, dtype=np.float32)) == {}
    assert cluster_numbers(3, {0: 3, 1: 1}) == [3, 1, 2]
