"""Names of indexes in the user's settings file."""

import os
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import CorpusError, SettingsError
from semsearch.settings.sources import load_settings
from semsearch.store.named_indexes import add_name, chosen_names, named_indexes, remove_name

OWN = """\
# kept by hand
passage_characters = 1200   # shorter

[prices]
"mistral:mistral-embed" = 0.2
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings file that was written by hand."""
    path = tmp_path / "config.toml"
    path.write_text(OWN)
    monkeypatch.setenv("SEMSEARCH_CONFIG", str(path))
    return path


def test_a_name_comes_and_goes_and_the_rest_of_the_file_stays(config: Path, corpus: Path) -> None:
    """Adding and removing a name keeps comments, order and spaces."""
    config.chmod(0o640)
    assert add_name("notes", corpus) == corpus
    assert config.read_text().startswith(OWN)
    assert load_settings().indexes == {"notes": str(corpus)}
    assert remove_name("notes") == str(corpus)
    assert config.read_text().strip() == OWN.strip()
    assert config.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in config.parent.glob(".config*") if path.suffix != ".lock"] == []


def test_a_file_that_is_not_there_is_made_for_its_owner_only(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new settings file has mode 0600, as it may get a key."""
    path = tmp_path / "new" / "config.toml"
    monkeypatch.setenv("SEMSEARCH_CONFIG", str(path))
    add_name("notes", corpus)
    assert path.read_text() == f'[indexes]\nnotes = "{corpus}"\n'
    assert path.stat().st_mode & 0o077 == 0


def test_a_link_to_the_settings_file_stays_one(
    config: Path, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A symbolic link to the settings file stays a link."""
    link = tmp_path / "link.toml"
    link.symlink_to(config)
    monkeypatch.setenv("SEMSEARCH_CONFIG", str(link))
    add_name("notes", corpus)
    assert link.is_symlink()
    assert "notes" in config.read_text()


@pytest.mark.parametrize("name", ["", "-x", "a b", "a,b", "a/b", ".a", "~", "x" * 65])
def test_what_options_and_paths_would_be_taken_for_is_no_name(
    config: Path, corpus: Path, name: str
) -> None:
    """An invalid name is refused, and the file is unchanged."""
    with pytest.raises(SettingsError, match="cannot be a name"):
        add_name(name, corpus)
    assert config.read_text() == OWN


def test_a_name_stands_for_one_folder(config: Path, corpus: Path) -> None:
    """Adding a name again changes nothing; for another folder it is refused."""
    add_name("notes", corpus)
    before = config.read_text()
    add_name("notes", corpus)
    assert config.read_text() == before
    with pytest.raises(SettingsError, match="run: semsearch remove notes"):
        add_name("notes", corpus / "sub")
    with pytest.raises(SettingsError, match="nothing is named 'other'"):
        remove_name("other")
    with pytest.raises(CorpusError, match="there is no folder"):
        add_name("other", corpus / "nowhere")


@pytest.mark.parametrize("text", ["= broken", "indexes = 3", "\ufeff\x00"])
def test_a_file_that_cannot_be_understood_is_left_alone(
    config: Path, corpus: Path, text: str
) -> None:
    """A file with invalid TOML is unchanged, and the message says why."""
    config.write_text(text)
    with pytest.raises(SettingsError, match=r"config\.toml"):
        add_name("notes", corpus)
    assert config.read_text() == text


def test_no_settings_keep_no_names(corpus: Path) -> None:
    """With the null device as settings file no name can be stored."""
    assert load_settings().indexes == {}
    with pytest.raises(SettingsError, match=f"SEMSEARCH_CONFIG is {os.devnull}"):
        add_name("notes", corpus)
    with pytest.raises(SettingsError, match="run: semsearch add NAME FOLDER"):
        chosen_names(None)


@pytest.mark.usefixtures("config")
def test_each_name_is_told_with_its_index_or_what_is_wrong(
    corpus: Path, tmp_path: Path, words: WordEmbedder
) -> None:
    """Each name is listed with its index, or with the problem."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    semsearch.index(corpus, index=elsewhere, embedder=words)
    add_name("kept", elsewhere / ".semsearch")
    add_name("none", corpus)
    kept, none = named_indexes()
    assert (kept.folder, kept.index) == (corpus, elsewhere / ".semsearch")
    assert (kept.generation, kept.problem) == (1, None)
    assert (none.generation, none.place) == (None, corpus)
    assert "run: semsearch index --index none" in str(none.problem)


@pytest.mark.usefixtures("config")
def test_names_are_chosen_once_each_and_must_be_there(corpus: Path) -> None:
    """Given names keep their order, each once; an unknown one is refused."""
    for name in "bca":
        add_name(name, corpus)
    assert chosen_names(None) == ["a", "b", "c"]
    assert chosen_names(["c", "a", "c"]) == ["c", "a"]
    for wrong in (["a", "d"], []):
        with pytest.raises(SettingsError, match="there are a, b, c"):
            chosen_names(wrong)


@pytest.mark.usefixtures("config")
def test_a_name_is_a_folder_to_index_unless_a_folder_here_is_called_so(
    corpus: Path, tmp_path: Path, words: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of the current directory goes before a name."""
    monkeypatch.chdir(tmp_path)
    add_name("notes", corpus)
    assert semsearch.index("notes", embedder=words).corpus == corpus
    add_name("sub", corpus / "sub")
    assert semsearch.index(index="sub", embedder=words).corpus == corpus / "sub"
    here = tmp_path / "notes"
    here.mkdir()
    (here / "own.md").write_text("own words")
    assert semsearch.index("notes", embedder=words).corpus == here
