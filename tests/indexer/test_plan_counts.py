"""The counts of a plan are those of the run that follows."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.settings.schema import Settings

_LOCK: Final = b'{"name": "a", "lockfileVersion": 3, "requires": true, "packages": {}}'
_NAMES: Final = (
    "a.md",
    "package-lock.json",
    "b.txt",
    "sub/c.txt",
    "sub/d.pdf",
    "e.svg",
    "f.json",
    "g.rtf",
)
_CONTENTS: Final = (
    b"bees swarm in May",
    b"",
    b"%PDF-1.4 nonsense",
    b"\0\x01 binary",
    b"knots",
    _LOCK,
)


def write(folder: Path, name: str, content: bytes) -> None:
    """Write a file."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def remove(folder: Path, name: str, _: bytes) -> None:
    """Delete a file, if it is there."""
    (folder / name).unlink(missing_ok=True)


def touch(folder: Path, name: str, _: bytes) -> None:
    """Change the times of a file, if it is there."""
    if (folder / name).exists():
        os.utime(folder / name, (1, 1))


def rename_folder(folder: Path, _: str, __: bytes) -> None:
    """Give the folder below another name."""
    for before, after in (("sub", "other"), ("other", "sub")):
        if (folder / before).exists() and not (folder / after).exists():
            shutil.move(folder / before, folder / after)
            return


Change = tuple[Callable[[Path, str, bytes], None], str, bytes]
CHANGES: Final[st.SearchStrategy[Change]] = st.tuples(
    st.sampled_from((write, write, remove, touch, rename_folder)),
    st.sampled_from(_NAMES),
    st.sampled_from(_CONTENTS),
)


@given(steps=st.lists(st.lists(CHANGES, max_size=6), min_size=1, max_size=4))
@settings(max_examples=25, deadline=None)
def test_a_plan_counts_as_its_run(steps: list[list[Change]]) -> None:
    """Over random folders and changes, every count of documents is the same."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "always.md").write_text("There is always a document.")
        own = Settings(min_documents=0)
        for changes in steps:
            for change, path, content in changes:
                change(folder, path, content)
            plan = semsearch.plan(folder, embedder=WordEmbedder(), settings=own)
            report = semsearch.index(
                folder, embedder=WordEmbedder(), settings=own, allow_mass_delete=True, accept=True
            )
            assert (plan.to_read, plan.documents) == (
                report.added + report.changed,
                report.plan.documents,
            )
            assert (
                plan.documents.added,
                plan.documents.changed,
                plan.gone,
                plan.unchanged,
                plan.unreadable,
                plan.passages,
            ) == (
                report.added,
                report.changed,
                report.removed,
                report.unchanged,
                len(report.not_searchable),
                report.passages,
            )
