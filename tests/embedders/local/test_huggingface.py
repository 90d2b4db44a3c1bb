"""``hf:NAME``: from a hub on loopback, and from a cache in huggingface_hub's layout."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import onnx
import pytest
from conftest import Run

from fakes.bert_folder import BertFolder
from fakes.cross_encoder_folder import CrossEncoderFolder
from fakes.hub_server import COMMIT, GATED, HubServer, hub_server
from fakes.onnx_folder import OnnxFolder
from fakes.static_folder import StaticFolder
from semsearch.embedders.local.model_uri import HubModel, model_uri
from semsearch.embedders.registry import trusted_uri
from semsearch.errors import (
    EmbedderMismatch,
    EmbedderUnavailable,
    KeyRefused,
    ModelMissing,
    SettingsError,
)
from semsearch.settings.schema import Settings

NAME = "owner/model"
PROMPTS = {"query": "query: ", "passage": "passage: "}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubServer]:
    """A hub with one model, which has more files than needed."""
    with hub_server() as running:
        folder = OnnxFolder(tmp_path / "published", prompts=PROMPTS)
        onnx.save(
            onnx.load(folder.graph),
            folder.graph,
            save_as_external_data=True,
            location="model.onnx_data",
            size_threshold=256,
        )
        for name in ("pytorch_model.bin", "model.safetensors", "onnx/model_O2.onnx", "README.md"):
            (folder.path / name).write_bytes(b"not needed")
        running.models[NAME] = folder.path
        yield running


def environment(hub: HubServer, home: Path, **more: str) -> dict[str, str]:
    """Environment for a command that downloads from that hub into a cache of its own."""
    return {"HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1", **more}


def similarities(
    run: Run, uri: str, variables: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """The command's output for three texts."""
    return run(
        "similarity", "honey bees", "bees keep warm", "the tide", "--embedder", uri, "--json",
        **variables,
    )  # fmt: skip


def test_only_what_is_needed_is_fetched_and_once(hub: HubServer, run: Run, tmp_path: Path) -> None:
    """Only needed files are downloaded, once, and give the vectors of the local folder."""
    variables = environment(hub, tmp_path / "home")
    first = similarities(run, f"hf:{NAME}", variables)
    assert (first.returncode, first.stderr) == (0, "")
    assert sorted(hub.fetched) == sorted(
        [
            "1_Pooling/config.json", "config_sentence_transformers.json", "modules.json",
            "onnx/model.onnx", "onnx/model.onnx_data", "sentence_bert_config.json",
            "tokenizer.json",
        ]
    )  # fmt: skip
    here = similarities(run, f"local:{hub.models[NAME]}", variables)
    shown, expected = json.loads(first.stdout), json.loads(here.stdout)
    assert shown["similarities"] == expected["similarities"]
    assert shown["embedder"] == f"hf:{NAME}?digest={expected['embedder'].rpartition('=')[2]}"
    asked = len(hub.requests)
    assert similarities(run, f"hf:{NAME}", variables).stdout == first.stdout
    assert len(hub.requests) == asked


def test_a_static_model_of_the_hub_needs_few_files(
    hub: HubServer, run: Run, tmp_path: Path
) -> None:
    """Those of its module, in the module's folder."""
    folder = StaticFolder(tmp_path / "static", is_model2vec=False, within="0_StaticEmbedding")
    hub.models["owner/static"] = folder.path
    variables = environment(hub, tmp_path / "home")
    first = similarities(run, "hf:owner/static", variables)
    assert (first.returncode, first.stderr) == (0, "")
    assert sorted(hub.fetched) == [
        "0_StaticEmbedding/model.safetensors", "0_StaticEmbedding/tokenizer.json", "modules.json",
    ]  # fmt: skip
    here = json.loads(similarities(run, f"local:{folder.path}", variables).stdout)
    assert json.loads(first.stdout)["similarities"] == here["similarities"]


def test_the_hub_gets_its_own_token_and_no_text(hub: HubServer, run: Run, tmp_path: Path) -> None:
    """It is asked for files of the model by name, and for nothing else."""
    variables = environment(hub, tmp_path / "home", MISTRAL_API_KEY="sk-mistral")
    assert similarities(run, f"hf:{NAME}", variables).returncode == 0
    assert hub.tokens == {None}
    assert all(path.startswith(f"/{NAME}/resolve/") for _, path in hub.requests)
    again = environment(hub, tmp_path / "other home", HF_TOKEN="hf_abc")
    assert similarities(run, f"hf:{NAME}", again).returncode == 0
    assert hub.tokens == {None, "Bearer hf_abc"}


def test_a_cache_that_others_have_filled_serves_without_a_network(
    hub: HubServer, run: Run, tmp_path: Path
) -> None:
    """A cache filled by the library works offline, even if it does not record absent files."""
    own = tmp_path / "home" / "hub" / "models--owner--other"
    for name in ("refs", "blobs", "snapshots"):
        (own / name).mkdir(parents=True)
    (own / "refs" / "main").write_text(COMMIT)
    folder = BertFolder(tmp_path / "bert")
    snapshot = own / "snapshots" / COMMIT
    snapshot.mkdir()
    for file in folder.path.iterdir():
        shutil.copyfile(file, own / "blobs" / f"blob-{file.name}")
        (snapshot / file.name).symlink_to(Path("..", "..", "blobs", f"blob-{file.name}"))
    variables = environment(hub, tmp_path / "home", HF_HUB_OFFLINE="1")
    variables["SEMSEARCH_MODELS_DIRECTORY"] = str(tmp_path / "models")
    done = similarities(run, "hf:owner/other", variables)
    assert (done.returncode, done.stderr) == (0, "")
    expected = json.loads(similarities(run, f"local:{folder.path}", variables).stdout)
    assert json.loads(done.stdout)["similarities"] == expected["similarities"]
    assert hub.requests == []


@pytest.mark.parametrize(
    ("uri", "kind", "said"),
    [
        ("hf:owner/nothing", ModelMissing, "there is no model owner/nothing on the"),
        (f"hf:{NAME}@v9", ModelMissing, f"the model {NAME} has no revision v9"),
        (f"hf:{GATED}", KeyRefused, "accepted its terms; .* hf auth login"),
        ("hf:owner/empty", ModelMissing, "has no onnx/model.onnx or model.onnx or model.safet"),
        ("hf:a b", SettingsError, "looks like hf:OWNER/MODEL"),
        ("hf:../x", SettingsError, "looks like hf:OWNER/MODEL"),
    ],
)
def test_what_cannot_be_had_is_told_in_one_line(
    hub: HubServer, run: Run, tmp_path: Path, uri: str, kind: type[ModelMissing], said: str
) -> None:
    """A model that cannot be downloaded gives one line, the exit code and advice."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "README.md").write_text("# Nothing\n")
    hub.models["owner/empty"] = tmp_path / "empty"
    done = similarities(run, uri, environment(hub, tmp_path / "home"))
    assert (done.returncode, done.stdout) == (kind.exit_code, "")
    assert done.stderr.count("\n") == 1
    assert re.search(said, done.stderr)


@pytest.mark.parametrize("more", [{"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:1"}])
def test_without_a_network_what_is_not_cached_cannot_be_had(
    hub: HubServer, run: Run, tmp_path: Path, more: dict[str, str]
) -> None:
    """Offline, a model that is not in the cache is an error."""
    done = similarities(run, f"hf:{NAME}", environment(hub, tmp_path / "home") | more)
    assert (done.returncode, done.stdout) == (EmbedderUnavailable.exit_code, "")
    assert "is not in the cache, and the Hugging Face hub cannot be reached" in done.stderr
    assert done.stderr.count("\n") == 1
    assert hub.requests == []


def test_an_index_is_asked_with_the_model_that_built_it(
    hub: HubServer, run: Run, corpus: Path, tmp_path: Path
) -> None:
    """A query needs the index's model named; other weights under its name exit with 13."""
    variables = environment(hub, tmp_path / "home")
    done = run("index", corpus, "--embedder", f"hf:{NAME}@main", **variables)
    assert done.returncode == 0, done.stderr
    ask = ("query", "honey bees", "--index", corpus, "--min-relevance", "0", "--files-only")
    unnamed = run(*ask, **variables)
    assert (unnamed.returncode, unnamed.stdout) == (2, "")
    assert f"the index names the model {NAME}@main; if you trust it" in unnamed.stderr
    assert run(*ask, "--embedder", f"hf:{NAME}@main", **variables).stdout.count("\n") == 4
    OnnxFolder(hub.models[NAME], seed=1, prompts=PROMPTS)
    shutil.rmtree(tmp_path / "home")
    changed = run(*ask, "--embedder", f"hf:{NAME}@main", **variables)
    assert changed.returncode == EmbedderMismatch.exit_code


def test_a_reranker_may_be_the_hubs(hub: HubServer, run: Run, corpus: Path, tmp_path: Path) -> None:
    """A reranker may come from the hub; a missing one costs one line."""
    hub.models["owner/cross"] = CrossEncoderFolder(tmp_path / "cross", length=64).path
    variables = environment(hub, tmp_path / "home")
    run("index", corpus, "--embedder", "local:minilm", **variables)
    ask = ("query", "honey bees", "--index", corpus, "--mode", "keyword", "--json", "--rerank")
    done = run(*ask, "hf:owner/cross", **variables)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["hits"][0]["signals"]["rerank"] >= 2
    without = run(*ask, "hf:owner/nothing", **variables)
    assert without.returncode == 0
    assert without.stderr.startswith("semsearch: ranked without hf:owner/nothing: there is no")


def test_a_uri_is_read_as_it_is_written() -> None:
    """A URI with revision and prefixes survives parsing and printing."""
    named = model_uri("hf:intfloat/e5-small@refs/pr/3?query_prefix=query:+")
    assert named.place == HubModel("intfloat/e5-small", "refs/pr/3")
    assert model_uri(str(named)) == named
    assert str(model_uri("hf:bert")) == "hf:bert"
    with pytest.raises(SettingsError, match="the index names the model bert; if you trust it"):
        trusted_uri("hf:bert?digest=0", Settings())
