"""The local model of a folder's first run."""

import json
import shutil
from pathlib import Path

import pytest
from conftest import Run

from fakes.packed_model import write_packed
from semsearch.embedders.local.e5_install import build_e5
from semsearch.embedders.local.packed_weights import read_packed
from semsearch.errors import ModelMissing
from semsearch.indexer.folder_languages import FolderLanguages, languages_of_folder
from semsearch.indexer.options import RunOptions
from semsearch.indexer.run import run_index
from semsearch.indexer.target import Target, prepare
from semsearch.settings.schema import Settings
from semsearch.settings.secrets import Secret
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.writer import open_writer

LANGUAGES = Path(__file__).parents[1] / "languages"
FRENCH = "Les abeilles restent au chaud dans la ruche pendant que la neige tombe sur le jardin. "
ENGLISH = "The bees stay warm in the hive while the snow is falling on the garden and the roof. "


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory, minilm_folder: Path) -> Path:
    """Models: minilm, and a small one with random weights in the place of e5."""
    place = tmp_path_factory.mktemp("models")
    (place / "minilm").symlink_to(minilm_folder)
    letters = [(letter, -2.0) for letter in "▁abcdefghijklmnopqrstuvwxyz.:"]
    write_packed(place / "model.bin", letters)
    build_e5(read_packed(place / "model.bin"), place, place / "e5", ["bees swarm"])
    return place


@pytest.fixture
def only_e5(both: Path, tmp_path: Path) -> Path:
    """Models without minilm."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "e5").symlink_to(both / "e5")
    return tmp_path / "models"


def folder(place: Path, *texts: str) -> Path:
    """A folder with a document of each text."""
    place.mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (place / f"{number:03}.txt").write_text(text * 10, "utf-8")
    return place


def chosen(corpus: Path, settings: Settings) -> tuple[str, tuple[str, ...]]:
    """Embedder and notices of a run."""
    run = prepare(Target(corpus, settings=settings), RunOptions())
    return run.embedder.uri, run.notices


def test_languages_are_counted_by_documents() -> None:
    """A folder is English when two thirds of its documents are, and when none shows a language."""
    assert FolderLanguages({"en": 2, "de": 1}).is_english
    assert not FolderLanguages({"en": 3, "de": 1, "fr": 1}).is_english
    assert FolderLanguages({"fr": 1, "en": 9, "de": 2}).others == ["de", "fr"]
    assert FolderLanguages({}).is_english


def test_a_sample_is_spread_over_the_folder(tmp_path: Path) -> None:
    """At most 24 documents are read, of each part of the folder one; damaged ones do not count."""
    corpus = folder(tmp_path / "many", *([ENGLISH] * 50), *([FRENCH] * 50))
    (corpus / "000.pdf").write_bytes(b"%PDF-1.4 nothing" * 100)
    found = languages_of_folder(corpus, Settings()).documents
    assert sum(found.values()) in (23, 24)
    assert 10 <= found["en"] <= 14


def test_six_languages_are_told_apart(tmp_path: Path) -> None:
    """Each document of the texts in six languages is in its own."""
    for page in LANGUAGES.glob("*.md"):
        shutil.copy(page, tmp_path)
    found = languages_of_folder(tmp_path, Settings())
    assert found.documents == dict.fromkeys(("ar", "de", "ja", "ko", "ru", "zh"), 1)


@pytest.mark.usefixtures("minilm")
def test_a_folder_in_english_has_minilm(tmp_path: Path, both: Path) -> None:
    """The notice is as short as without a choice."""
    corpus = folder(tmp_path / "corpus", ENGLISH, ENGLISH, FRENCH)
    uri, notices = chosen(corpus, Settings(models_directory=both))
    assert uri == "local:minilm@4"
    assert notices == (
        "no MISTRAL_API_KEY is set: using local:minilm, a model on this machine (English)",
    )


@pytest.mark.usefixtures("minilm")
def test_a_folder_in_another_language_has_e5(tmp_path: Path, both: Path) -> None:
    """The notice tells how many documents are in which language."""
    corpus = folder(tmp_path / "corpus", ENGLISH, FRENCH, FRENCH)
    uri, (notice,) = chosen(corpus, Settings(models_directory=both))
    assert uri == "local:e5"
    assert notice.endswith(
        "using local:e5, a model on this machine: of 3 documents looked at, 2 are in French"
    )


@pytest.mark.usefixtures("minilm")
def test_without_e5_the_notice_tells_how_to_get_it(tmp_path: Path, only_minilm: Path) -> None:
    """One line names the language and the commands."""
    corpus = folder(tmp_path / "corpus", FRENCH)
    uri, (notice,) = chosen(corpus, Settings(models_directory=only_minilm))
    assert uri == "local:minilm@4"
    assert "of 1 documents looked at, 1 are in French" not in notice
    assert "the document looked at is in French" in notice
    assert "semsearch models install e5, then semsearch rebuild --embedder local:e5" in notice


def test_the_only_model_is_used(tmp_path: Path, only_e5: Path) -> None:
    """Where only e5 is installed it is used for English, too."""
    corpus = folder(tmp_path / "corpus", ENGLISH)
    assert chosen(corpus, Settings(models_directory=only_e5))[0] == "local:e5"


@pytest.mark.parametrize(("text", "model"), [(ENGLISH, "minilm"), (FRENCH, "e5")])
def test_without_a_model_the_error_names_that_for_the_folder(
    tmp_path: Path, text: str, model: str
) -> None:
    """So that a folder in French does not need two installations."""
    corpus = folder(tmp_path / "corpus", text)
    with pytest.raises(ModelMissing, match=f"semsearch models install {model}$"):
        chosen(corpus, Settings(models_directory=tmp_path / "none"))


@pytest.mark.usefixtures("minilm")
def test_an_index_keeps_its_embedder(tmp_path: Path, both: Path) -> None:
    """Documents in another language that are added later change nothing."""
    settings = Settings(models_directory=both)
    corpus = folder(tmp_path / "corpus", ENGLISH)
    run_index(Target(corpus, settings=settings), RunOptions())
    for number in range(5):
        (corpus / f"more{number}.txt").write_text(FRENCH * 10)
    assert chosen(corpus, settings) == ("local:minilm@4", ())
    assert run_index(Target(corpus, settings=settings), RunOptions()).embedder == "local:minilm@4"


@pytest.mark.parametrize("uri", ["local:minilm@4", "local:e5"])
@pytest.mark.usefixtures("minilm")
def test_a_stopped_run_keeps_its_embedder(tmp_path: Path, both: Path, uri: str) -> None:
    """The next try of a first run goes on with its model, whatever the language."""
    corpus = folder(tmp_path / "corpus", FRENCH if "minilm" in uri else ENGLISH)
    with open_writer(IndexDirectory(corpus / ".semsearch")) as writer:
        writer.begin(corpus, uri, "profile", fresh=False)
    assert chosen(corpus, Settings(models_directory=both))[0] == uri


def test_a_key_and_a_named_embedder_decide(tmp_path: Path, both: Path) -> None:
    """With a key it is Mistral's, and a named embedder is used whatever the language."""
    corpus = folder(tmp_path / "corpus", FRENCH)
    keyed = Settings(models_directory=both, mistral_api_key=Secret("key"))
    assert chosen(corpus, keyed)[0] == "mistral:mistral-embed"
    named = Settings(models_directory=both, embedder="local:e5")
    assert chosen(corpus, named) == ("local:e5", ())


@pytest.mark.usefixtures("minilm")
def test_a_plan_tells_the_choice(tmp_path: Path, both: Path, run: Run) -> None:
    """The line is on standard error, and the embedder in the plan and its JSON."""
    corpus = folder(tmp_path / "corpus", FRENCH, FRENCH)
    models = {"SEMSEARCH_MODELS_DIRECTORY": str(both)}
    told = run("plan", corpus, **models)
    assert "of 2 documents looked at, 2 are in French" in told.stderr
    assert "embedder   local:e5" in told.stdout
    quiet = run("index", corpus, "--dry-run", "--json", "--quiet", **models)
    assert (json.loads(quiet.stdout)["embedder"], quiet.stderr) == ("local:e5", "")
