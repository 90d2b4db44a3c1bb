"""An indexed folder with an equal text in two files."""

from pathlib import Path

import pytest

import semsearch


@pytest.fixture(scope="session")
def notes(tmp_path_factory: pytest.TempPathFactory, minilm_folder: Path) -> Path:
    """Five documents in two formats; the same sentence stands in two of them."""
    folder = tmp_path_factory.mktemp("notes")
    (folder / "sub").mkdir()
    (folder / "bees.md").write_text("# Bees\n\n## Winter\n\nBees keep warm in a dense cluster.\n")
    (folder / "sub" / "bees.md").write_text("# Bees\n\n## Winter\n\nBees keep warm in a cluster.\n")
    (folder / "bread.txt").write_text("Bread dough rises in a warm place.\n")
    (folder / "lease.txt").write_text("The notice period of the lease is three months.\n")
    (folder / "a.txt").write_text("The lighthouse keeper trims the lamp at dusk.\n")
    (folder / "b.txt").write_text("The lighthouse keeper trims the lamp at dusk.\n")
    settings = semsearch.load_settings({"models_directory": minilm_folder.parent})
    semsearch.index(folder, embedder="local:minilm", settings=settings)
    return folder
