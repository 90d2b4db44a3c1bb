"""Documents of a judged set in a folder that is kept."""

import json
from pathlib import Path

import pytest

from semsearch.errors import SettingsError
from semsearch.evaluation.corpus_files import sync_documents


def corpus_of(folder: Path, *names: str) -> Path:
    """A corpus.jsonl with some documents."""
    path = folder / "corpus.jsonl"
    rows = [json.dumps({"_id": name, "title": name, "text": f"About {name}."}) for name in names]
    path.write_text("\n".join(rows))
    return path


def test_what_the_set_has_no_more_goes(tmp_path: Path) -> None:
    """Documents that left the set are deleted; other files stay."""
    kept = tmp_path / "kept"
    sync_documents(corpus_of(tmp_path, "bees", "tides"), kept)
    (kept / "own.txt").write_text("mine")
    sync_documents(corpus_of(tmp_path, "bees", "knots"), kept)
    files = {path.name for path in kept.iterdir() if not path.name.startswith(".")}
    assert files == {"bees.txt", "knots.txt", "own.txt"}
    assert (kept / "own.txt").read_text() == "mine"


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    """A folder with other files is refused and unchanged."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "bees.txt").write_text("mine")
    with pytest.raises(SettingsError, match="another place"):
        sync_documents(corpus_of(tmp_path, "bees"), kept)
    assert [path.name for path in kept.iterdir()] == ["bees.txt"]
    assert (kept / "bees.txt").read_text() == "mine"


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    """An altered list of written files deletes nothing outside the folder."""
    kept = tmp_path / "kept"
    sync_documents(corpus_of(tmp_path, "bees"), kept)
    (tmp_path / "outside.txt").write_text("mine")
    (kept / ".semsearch-set.json").write_text('["../outside.txt", 7, ".."]')
    sync_documents(corpus_of(tmp_path, "bees"), kept)
    assert (tmp_path / "outside.txt").exists()
