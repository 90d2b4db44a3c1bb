"""Two embedders are compared on the same questions."""

import json
from pathlib import Path

import pytest
from conftest import Run
from evaluation.test_evaluate import judged  # noqa: F401  # a fixture
from evaluation.test_tune import topics  # noqa: F401  # a fixture

import semsearch
from fakes.mistral_server import KEY, mistral_server
from semsearch.errors import IndexMissing, RunDeclined, SettingsError
from semsearch.evaluation.model_comparison import compare_models, named_embedder
from semsearch.store.maintenance.status import status

MISTRAL = "mistral:mistral-embed"
MINILM = "local:minilm"
STORED = "local:minilm@4"
pytestmark = pytest.mark.usefixtures("minilm")


def test_a_setting_may_name_a_model() -> None:
    """The text behind embedder= is the URI; other settings name none."""
    assert named_embedder("embedder=openai:m@http://h/v1?dimension=4") == (
        "openai:m@http://h/v1?dimension=4"
    )
    assert named_embedder("mode=keyword") is None


def test_both_are_asked_judged_questions(
    corpus: Path,
    judged: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The own figures are those of evaluate, the plan of a switch those of the other model."""
    semsearch.index(corpus, embedder=MINILM)
    before = status(corpus)
    with mistral_server() as server:
        monkeypatch.setenv("MISTRAL_BASE_URL", server.url)
        monkeypatch.setenv("MISTRAL_API_KEY", KEY)
        found = compare_models(corpus, MISTRAL, judged=judged, setting="mode=semantic")
    assert (found.embedder, found.against, found.questions) == (STORED, MISTRAL, 3)
    assert (found.documents, found.documents_in_index) == (4, 4)
    own = semsearch.evaluation.evaluate.evaluate(judged, index=corpus, setting="mode=semantic")
    assert [row.mean.value for row in found.figures] == [row.mean.value for row in own.figures]
    assert all(row.other is not None and row.chance is not None for row in found.figures)
    assert found.switch.embedder == MISTRAL
    assert found.switch.needs.texts == 5
    assert found.switch.cost is not None
    assert status(corpus).generation == before.generation


def test_questions_are_generated_without_a_set(
    topics: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a set the gain of generated questions is compared."""
    semsearch.index(topics, embedder=MINILM)
    with mistral_server() as server:
        monkeypatch.setenv("MISTRAL_BASE_URL", server.url)
        monkeypatch.setenv("MISTRAL_API_KEY", KEY)
        found = compare_models(topics, MISTRAL, questions=50)
    assert [row.figure for row in found.figures] == ["gain", "recall@5"]
    assert found.questions >= 50


def test_nothing_is_sent_without_consent(corpus: Path, judged: Path) -> None:  # noqa: F811
    """A plan that is declined ends the comparison before the first request."""
    semsearch.index(corpus, embedder=MINILM)
    settings = {"MISTRAL_API_KEY": KEY}
    with mistral_server() as server, pytest.MonkeyPatch.context() as environment:
        for name, value in {**settings, "MISTRAL_BASE_URL": server.url}.items():
            environment.setenv(name, value)
        with pytest.raises(RunDeclined):
            compare_models(corpus, MISTRAL, judged=judged, approve=lambda plan: False)
        assert len(server.texts) == 0


def test_what_cannot_be_compared_is_refused(corpus: Path, tmp_path: Path) -> None:
    """The own embedder, an unknown one and a folder without an index are refused."""
    with pytest.raises(IndexMissing):
        compare_models(tmp_path, MISTRAL)
    semsearch.index(corpus, embedder=MINILM)
    with pytest.raises(SettingsError, match="is the embedder of the index; name another one"):
        compare_models(corpus, MINILM)
    with pytest.raises(SettingsError, match="there is no embedder 'local:e6'"):
        compare_models(corpus, "local:e6")


def test_the_command_tells_what_a_switch_costs(
    corpus: Path,
    judged: Path,  # noqa: F811
    run: Run,
) -> None:
    """The figures are beside each other; texts, tokens, price and command are below."""
    semsearch.index(corpus, embedder=MINILM)
    line = ("evaluate", judged, "--index", corpus, "--against", f"embedder={MISTRAL}")
    with mistral_server() as server:
        keyed = {"MISTRAL_BASE_URL": server.url, "MISTRAL_API_KEY": KEY}
        declined = run(*line, **keyed)
        assert declined.returncode != 0
        assert "give --yes to send this" in declined.stderr
        shown = run(*line, "--yes", **keyed)
        assert "local:minilm@4          mistral:mistral-embed" in shown.stdout
        assert "a switch embeds 5 texts" in shown.stdout
        assert "USD" in shown.stdout
        assert f"--embedder {MISTRAL}" in shown.stdout
        record = json.loads(run(*line, "--yes", "--json", **keyed).stdout)
    assert record["switch"]["texts"] == 5
    assert record["figures"]["nDCG@10"]["mean"]["value"] == 1.0
    refused = run(*line, "--apply")
    assert "leave --embedder, --keep" in refused.stderr


def test_contexts_are_compared_as_models_are(corpus: Path, judged: Path, run: Run) -> None:  # noqa: F811
    """The figures of the other context are those of an index that has it."""
    semsearch.index(corpus, embedder=MINILM)
    found = compare_models(corpus, "context=full", judged=judged)
    assert (found.embedder, found.context, found.against) == (STORED, "none", "context=full")
    assert found.command[-2:] == ("--context", "full")
    assert 0 < found.switch.needs.texts <= 5
    line = ("evaluate", judged, "--index", corpus, "--against", "context=full")
    text = run(*line).stdout
    assert "context=none" in text
    assert text.rstrip().endswith("--context full")
    assert json.loads(run(*line, "--json").stdout)["context"] == "none"
    semsearch.rebuild(corpus, embedder=MINILM, context="full")
    own = semsearch.evaluation.evaluate.evaluate(judged, index=corpus)
    others = [row.other.value for row in found.figures if row.other is not None]
    assert others == [row.mean.value for row in own.figures]
    with pytest.raises(SettingsError, match="context=full is the context of the index"):
        compare_models(corpus, "context=full", judged=judged)
    with pytest.raises(SettingsError, match="context must be one of"):
        compare_models(corpus, "context=titles", judged=judged)
