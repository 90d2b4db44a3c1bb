"""A folder of documents on three subjects with distinct words."""

from pathlib import Path
from random import Random

SUBJECTS = {
    "bees": "hive honey queen swarm pollen nectar comb drone",
    "boats": "mast anchor rudder keel harbour mooring tide sail",
    "bread": "flour dough yeast oven crust knead loaf starter",
}


def write_subjects(folder: Path) -> Path:
    """Write four documents on each subject, in a folder with its name."""
    for subject, words in SUBJECTS.items():
        write_documents(folder / subject, words, range(4))
    return folder


def write_documents(folder: Path, words: str, numbers: range) -> None:
    """Write ``N.txt`` of 40 of the words each, drawn with the seed N."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        drawn = Random(number).choices(words.split(), k=40)
        (folder / f"{number}.txt").write_text(f"The {' and '.join(drawn)}.\n")
