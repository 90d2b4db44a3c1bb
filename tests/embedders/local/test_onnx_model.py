"""``local:PATH``: a folder with a tiny model, compared with numpy on equal weights."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import Run

from fakes.onnx_folder import OnnxFolder, Rows, unit
from semsearch.api import index
from semsearch.embedders.embedder import AsymmetricEmbedder, embedded
from semsearch.embedders.local.model_folder import most_pieces
from semsearch.embedders.local.model_uri import model_uri
from semsearch.embedders.local.onnx_model import open_model, whole_uri
from semsearch.embedders.registry import choose_uri
from semsearch.errors import (
    EmbedderDrifted,
    EmbedderError,
    EmbedderMismatch,
    ModelMissing,
    SemsearchError,
    SettingsError,
)
from semsearch.query.options import SearchOptions
from semsearch.query.scoring import Mode
from semsearch.query.searcher import Searcher, search
from semsearch.settings.schema import Settings
from semsearch.store.maintenance.status import status

NOWHERE = Path("nowhere")  # nothing is built
TEXT = "Honey bees keep warm."
PROMPTS = {"query": "query: ", "passage": "passage: "}


@pytest.fixture
def folder(tmp_path: Path) -> OnnxFolder:
    """A model with a window of 24 word pieces."""
    return OnnxFolder(tmp_path / "tiny model")


def vectors(uri: object, texts: Sequence[str]) -> Rows:
    """The model's vectors of some passages."""
    return embedded(open_model(str(uri), NOWHERE), texts)


def uri_of(folder: OnnxFolder) -> str:
    """The URI as a user types it."""
    return f"local:{folder.path}"


@pytest.mark.parametrize(
    ("pooling", "pooled"),
    [
        ("mean_tokens", lambda states: states.mean(axis=0)),
        ("cls_token", lambda states: states[0]),
        ("max_tokens", lambda states: states.max(axis=0)),
        ("lasttoken", lambda states: states[-1]),
    ],
)
def test_vectors_are_those_of_the_definition(
    tmp_path: Path, pooling: str, pooled: Callable[[Rows], Rows]
) -> None:
    """Vectors equal the reference with the folder's pooling, alone and in a batch."""
    folder = OnnxFolder(tmp_path / "model", pooling=pooling, graph="model.onnx")
    found = vectors(uri_of(folder), [TEXT, "x", TEXT + " and bread"])
    expected = unit(pooled(folder.states(folder.ids(TEXT))))
    np.testing.assert_allclose(found[0], expected, atol=1e-6)
    np.testing.assert_array_equal(found[0], vectors(uri_of(folder), [TEXT])[0])


def test_the_newer_form_of_the_pooling_is_read(folder: OnnxFolder) -> None:
    """Pooling is read from ``pooling_mode`` as well as from flags."""
    folder.put("1_Pooling/config.json", {"pooling_mode": "cls"})
    expected = unit(folder.states(folder.ids(TEXT))[0])
    np.testing.assert_allclose(vectors(uri_of(folder), [TEXT])[0], expected, atol=1e-6)


def test_questions_and_passages_have_their_own_prefixes(tmp_path: Path) -> None:
    """Prefixes come from the folder; an empty prefix in the URI removes them."""
    folder = OnnxFolder(tmp_path / "model", prompts=PROMPTS)
    model = open_model(uri_of(folder), NOWHERE)
    assert isinstance(model, AsymmetricEmbedder)
    passage, question = embedded(model, [TEXT])[0], embedded(model.for_questions(), [TEXT])[0]
    for found, prefix in ((passage, "passage: "), (question, "query: ")):
        expected = unit(folder.states(folder.ids(prefix + TEXT)).mean(axis=0))
        np.testing.assert_allclose(found, expected, atol=1e-6)
    assert model.count_tokens(TEXT) == len(folder.ids("passage: " + TEXT))
    bare = unit(folder.states(folder.ids(TEXT)).mean(axis=0))
    without = vectors(uri_of(folder) + "?passage_prefix=", [TEXT])[0]
    np.testing.assert_allclose(without, bare, atol=1e-6)


def test_a_long_text_is_the_mean_of_windows_with_the_prefix(tmp_path: Path) -> None:
    """Each window has special pieces and prefix, and fits the model's window."""
    folder = OnnxFolder(tmp_path / "model", length=24, prompts=PROMPTS)
    text = "bees honey moon tide bread " * 8  # 40 word pieces; 20 fit beside the prefix
    first, *pieces, last = folder.ids(text)
    prefix = folder.ids("passage: ")[1:-1]
    windows = [folder.states([first, *prefix, *part, last]).mean(axis=0)
               for part in (pieces[:20], pieces[20:])]  # fmt: skip
    expected = unit(unit(windows[0]) + unit(windows[1]))
    np.testing.assert_allclose(vectors(uri_of(folder), [text])[0], expected, atol=1e-6)


def test_a_text_above_four_windows_is_refused(folder: OnnxFolder) -> None:
    """A text above four windows is refused, not truncated."""
    model = open_model(uri_of(folder), NOWHERE)
    assert model.max_tokens == 4 * 22 + 2
    assert embedded(model, ["bees " * 88]).shape == (1, 16)
    with pytest.raises(EmbedderError, match="91 word pieces is above the 90"):
        embedded(model, ["bees " * 89])


def test_fluency_is_told_by_the_letters_of_word_pieces(folder: OnnxFolder) -> None:
    """Known words are fluent, words split into letters are not."""
    model = open_model(uri_of(folder) + "?query_prefix=query:+", NOWHERE).for_questions()
    assert model.fluency("bees keep warm in winter") == 1
    assert model.fluency("zyx zyx zyx") == pytest.approx(0.1)


def test_a_prefix_must_leave_room(folder: OnnxFolder) -> None:
    """A prefix that fills the window is refused with advice."""
    with pytest.raises(ModelMissing, match=r"leave no room .* shorter prefix"):
        vectors(uri_of(folder) + "?passage_prefix=passage+of+the+tide+and+moon+bread", [TEXT])


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("modules.json", [{"path": "", "type": "x.Transformer"}, {"path": "2", "type": "x.Dense"}],
         "has a part Dense"),
        ("modules.json", [{"path": "", "type": "x.Transformer"}], "pools nothing"),
        ("modules.json", 7, "configuration of the model .* is damaged"),
        ("1_Pooling/config.json", {"pooling_mode": "weightedmean"}, "pools by"),
        ("1_Pooling/config.json", {"pooling_mode": ["cls", "mean"]}, r"pools by \['cls', 'mean'\]"),
        ("1_Pooling/config.json", {"pooling_mode_cls_token": True, "pooling_mode_max_tokens": True},
         "pools by"),
        ("sentence_bert_config.json", {"max_seq_length": "many"}, "is damaged"),
        ("tokenizer.json", {}, "cannot read .*tokenizer.json"),
        ("onnx/model.onnx", {}, "cannot run .*model.onnx"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_named(
    folder: OnnxFolder, name: str, value: object, said: str
) -> None:
    """A model that cannot run is an EmbedderError that names the cause."""
    folder.put(name, value)
    with pytest.raises(ModelMissing, match=said):
        vectors(uri_of(folder), [TEXT])


def test_a_folder_of_version_6_has_its_length_with_the_tokenizer(folder: OnnxFolder) -> None:
    """It is the same model as in the layout before, with the same fingerprint."""
    before = whole_uri(uri_of(folder))
    folder.put("sentence_bert_config.json", {"do_lower_case": False})
    folder.put("config.json", {"model_type": "bert", "max_position_embeddings": 512})
    folder.put("tokenizer_config.json", {"model_max_length": 24})
    assert whole_uri(uri_of(folder)) == before


@pytest.mark.parametrize(
    ("stated", "positions", "length"),
    [(8192, 8192, 8192), (10**30, 8192, 512), (None, 8192, 512), (8192, 2048, 2048)],
)
def test_a_length_is_taken_where_it_is_stated(
    folder: OnnxFolder, stated: int | None, positions: int, length: int
) -> None:
    """Else it is BERT's, whatever the graph could take; never more than it has positions."""
    folder.put("sentence_bert_config.json", {})
    folder.put("config.json", {"model_type": "x", "max_position_embeddings": positions})
    folder.put("tokenizer_config.json", {"model_max_length": stated})
    assert most_pieces(folder.path) == length


def test_the_pooling_by_the_root_of_the_length_is_known_by_both_names(folder: OnnxFolder) -> None:
    """Its direction is the mean's."""
    before = vectors(uri_of(folder), [TEXT])
    folder.put("1_Pooling/config.json", {"pooling_mode": "mean_sqrt_len_tokens"})
    np.testing.assert_array_equal(vectors(uri_of(folder), [TEXT]), before)


def test_the_prompt_of_documents_comes_first(folder: OnnxFolder) -> None:
    """As in the library, which saves an empty one where there is none."""
    for prompts, first in (
        ({"document": "tide ", "passage": "moon ", "corpus": "bread "}, "tide "),
        ({"document": "", "passage": "moon ", "corpus": "bread "}, "moon "),
        ({"document": "", "corpus": "bread "}, "bread "),
    ):
        folder.put("config_sentence_transformers.json", {"prompts": prompts})
        given = vectors(f"{uri_of(folder)}?passage_prefix={first.strip()}+", [TEXT])
        np.testing.assert_array_equal(vectors(uri_of(folder), [TEXT]), given)


def test_the_first_numbers_of_a_vector_are_kept(folder: OnnxFolder) -> None:
    """As the folder says, or the URI, and scaled to length 1."""
    whole = vectors(uri_of(folder), [TEXT])
    expected = unit(whole[0, :4])
    folder.put("config_sentence_transformers.json", {"truncate_dim": 4})
    np.testing.assert_allclose(vectors(uri_of(folder), [TEXT])[0], expected, atol=1e-6)
    assert vectors(f"{uri_of(folder)}?dimension=3", [TEXT]).shape == (1, 3)
    with pytest.raises(EmbedderError, match="vectors of 16 numbers, not 99"):
        vectors(f"{uri_of(folder)}?dimension=99", [TEXT])


def test_a_folder_that_routes_is_refused_by_name(tmp_path: Path) -> None:
    """It has no weights at the top, which is not what is wrong."""
    (tmp_path / "router_config.json").write_text("{}")
    with pytest.raises(ModelMissing, match="routes questions and passages"):
        whole_uri(f"local:{tmp_path}")


def test_a_folder_without_a_graph_is_refused(tmp_path: Path) -> None:
    """The error for a folder without weights says how to export a model."""
    with pytest.raises(
        ModelMissing, match=r"has no onnx/model\.onnx or .*; .* optimum-cli export onnx"
    ):
        choose_uri(None, Settings(embedder=f"local:{tmp_path}"))


@pytest.mark.parametrize(
    ("renamed", "said"),
    [
        ({"onnx/model.onnx": "little.onnx"}, r"has no onnx/.*but little\.onnx, which may"),
        ({"tokenizer.json": "pieces.json"}, r"has onnx/model\.onnx and no tokenizer\.json"),
        ({"onnx/model.onnx": "model.safetensors", "config.json": "c"}, r"has no config\.json"),
    ],
)
def test_a_folder_that_lacks_a_file_tells_which(
    folder: OnnxFolder, renamed: dict[str, str], said: str
) -> None:
    """And which file it has under another name."""
    (folder.path / "config.json").write_text("{}")
    for name, other in renamed.items():
        (folder.path / name).rename(folder.path / other)
    with pytest.raises(ModelMissing, match=said):
        whole_uri(uri_of(folder))


@pytest.mark.parametrize(
    "options", ["?prefix=x", "?query_prefix=a&query_prefix=b", "?query_prefix"]
)
def test_options_that_are_none_are_refused(folder: OnnxFolder, options: str) -> None:
    """Unknown options in a URI are refused before the folder is read."""
    with pytest.raises(SettingsError, match="option"):
        choose_uri(None, Settings(embedder=uri_of(folder) + options))


def test_a_link_that_leads_to_itself_is_no_model(tmp_path: Path) -> None:
    """A circular link is a SettingsError on every Python version."""
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(SemsearchError, match="loop"):
        choose_uri(None, Settings(embedder=f"local:{tmp_path}/loop/model"))


@pytest.mark.parametrize("name", ["a", "a b", "50%", "why?&+", "ü\udcff"])
def test_a_uri_is_read_as_it_is_written(tmp_path: Path, name: str) -> None:
    """A URI survives parsing and printing for any folder name and prefix."""
    named = model_uri(f"local:{tmp_path}?query_prefix=a%26b:+&passage_prefix=")
    assert (named.query_prefix, named.passage_prefix) == ("a&b: ", "")
    moved = type(named)(tmp_path / name, "a&b: ", "")
    assert model_uri(str(moved)) == moved


def test_the_fingerprint_is_that_of_weights_pieces_and_configuration(tmp_path: Path) -> None:
    """Equal files give an equal fingerprint; each change gives another."""
    path = tmp_path / "model"
    first = whole_uri(uri_of(OnnxFolder(path)))
    assert whole_uri(uri_of(OnnxFolder(path))) == first
    with_data = OnnxFolder(path)
    (path / "onnx" / "model.onnx_data").write_bytes(b"weights")
    uris = {whole_uri(uri_of(with_data))}
    (path / "onnx" / "model.onnx_data").unlink()
    for folder in (
        lambda: OnnxFolder(path, seed=1),
        lambda: OnnxFolder(path, pooling="cls_token"),
        lambda: OnnxFolder(path, prompts=PROMPTS),
    ):
        uris.add(whole_uri(uri_of(folder())))
    assert len(uris | {first}) == 5
    with pytest.raises(EmbedderDrifted, match="has changed"):
        whole_uri(first)


def test_an_index_may_not_choose_which_folder_is_opened(corpus: Path, folder: OnnxFolder) -> None:
    """A model folder must be named by the user, and must match the index's."""
    made = index(corpus, embedder=uri_of(folder))
    assert made.embedder == whole_uri(uri_of(folder)) == status(corpus).embedder
    for call in (lambda: search("bees", index=corpus), lambda: index(corpus)):
        with pytest.raises(SettingsError, match=r"the model .*tiny model; if you trust it"):
            call()
    answer = search("honey bees", index=corpus, embedder=uri_of(folder), mode="semantic")
    assert answer.embedder == made.embedder
    assert index(corpus, embedder=uri_of(folder)).embedded == 0


def test_words_alone_need_no_folder(corpus: Path, folder: OnnxFolder, run: Run) -> None:
    """Keyword search needs no model folder; other modes do."""
    index(corpus, embedder=uri_of(folder))
    shutil.rmtree(folder.path)
    answer = search("honey bees", index=corpus, mode="keyword", mark=True)
    assert answer.hits[0].location.path == "bees.md"
    done = run("query", "honey bees", "--index", corpus, "--mode", "keyword", "--files-only")
    assert (done.returncode, done.stdout, done.stderr) == (0, "bees.md\n", "")
    with pytest.raises(SettingsError, match="if you trust it"):
        search("honey bees", index=corpus, mode="semantic")
    with Searcher(index=corpus, by_words_alone=True) as searcher:
        assert next(searcher.answers(["bees"], SearchOptions(mode=Mode.KEYWORD))).hits
        with pytest.raises(SettingsError, match="if you trust it"):
            next(searcher.answers(["bees"], SearchOptions()))


def test_questions_are_embedded_with_their_prefix(corpus: Path, tmp_path: Path) -> None:
    """The best hit's cosine is that of the question's vector with its prefix."""
    folder = OnnxFolder(tmp_path / "model", prompts=PROMPTS)
    index(corpus, embedder=uri_of(folder))
    question = "how do bees keep warm"
    hits = search(
        question, index=corpus, embedder=uri_of(folder), mode="semantic", min_relevance=0
    ).hits
    model = open_model(uri_of(folder), NOWHERE)
    asked = embedded(model.for_questions(), [question])[0]
    for hit in hits:
        assert hit.signals.cosine == pytest.approx(embedded(model, [hit.text])[0] @ asked, abs=1e-3)


def test_weights_that_have_changed_end_with_13(corpus: Path, folder: OnnxFolder, run: Run) -> None:
    """With changed weights queries and updates exit with 13; a rebuild uses the new weights."""
    uri = uri_of(folder)
    index(corpus, embedder=uri)
    OnnxFolder(folder.path, seed=1)
    for command in (("query", "bees", "--index", corpus), ("index", corpus)):
        done = run(*command, "--embedder", uri)
        assert (done.returncode, done.stdout) == (EmbedderMismatch.exit_code, ""), done.stderr
        assert "semsearch rebuild --embedder 'local:" in done.stderr
    done = run("rebuild", corpus, "--embedder", uri, "--yes")
    assert done.returncode == 0, done.stderr
    assert run("query", "bees", "--index", corpus, "--embedder", uri).returncode in (0, 1)


def test_an_error_of_the_model_is_one_of_the_tree(folder: OnnxFolder) -> None:
    """A failure inside the model is an EmbedderError."""
    folder.table = folder.table[:5]
    short = OnnxFolder._model(folder)
    folder.graph.write_bytes(short.SerializeToString())
    with pytest.raises(SemsearchError, match=r"model\.onnx has failed"):
        vectors(uri_of(folder), [TEXT])
