"""An index is evaluated on a judged set."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import semsearch
from fakes.mistral_server import KEY, mistral_server
from semsearch.errors import BudgetReached, RunDeclined, SettingsError
from semsearch.evaluation.evaluate import evaluate, setting_named
from semsearch.indexer.plan import Plan
from semsearch.query.scoring import Mode

MINILM = "local:minilm"
QUESTIONS = (
    ("Where do bees form a cluster?", "bees.md"),
    ("Which knot neither slips nor jams?", "sub/knots.txt"),
    ("What has the moon to do with water?", "sub/tides.html"),
)


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    """Three questions whose words occur in their answers."""
    folder = tmp_path / "judged"
    folder.mkdir()
    rows = [json.dumps({"question": text, "path": path}) for text, path in QUESTIONS]
    (folder / "queries.jsonl").write_text("\n".join(rows) + "\n")
    return folder


def beir(tmp_path: Path) -> Path:
    """A set with two documents, one of which answers its question."""
    folder = tmp_path / "beir"
    folder.mkdir()
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "bees in winter"}\n')
    (folder / "qrels.tsv").write_text("q\tb\t1\n")
    rows = [{"_id": "a", "title": "Tides", "text": "The moon pulls."},
            {"_id": "b", "title": "Bees", "text": "They keep warm in winter."}]  # fmt: skip
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


def test_questions_that_are_easy_are_answered(corpus: Path, judged: Path) -> None:
    """Easy questions are answered in both settings, so that p is 1."""
    semsearch.index(corpus, embedder=MINILM)
    found = evaluate(judged, index=corpus, against="mode=keyword")
    assert (found.questions, found.embedder, found.corpus) == (3, f"{MINILM}@4", corpus.resolve())
    by_name = {row.figure: row for row in found.figures}
    assert by_name["MRR@10"].mean.value == 1.0
    assert by_name["MRR@10"].chance == 1.0


def test_a_set_that_brings_its_documents_is_indexed(tmp_path: Path) -> None:
    """The documents of a set are indexed under ``keep``, and embedded once."""
    folder = beir(tmp_path)
    found = evaluate(folder, keep=tmp_path / "kept", embedder=MINILM)
    assert found.figures[0].mean.value == 1.0
    assert semsearch.index(tmp_path / "kept" / "beir", embedder=MINILM).embedded == 0


def test_a_set_with_documents_takes_no_index(tmp_path: Path) -> None:
    """A set with documents refuses ``index``."""
    (tmp_path / "queries.jsonl").write_text('{"_id": "q", "text": "bees"}\n')
    (tmp_path / "qrels.tsv").write_text("q\tb\t1\n")
    (tmp_path / "corpus.jsonl").write_text("")
    with pytest.raises(SettingsError, match="leave --index out"):
        evaluate(tmp_path, index=tmp_path)


def test_a_setting_is_named_by_mode_and_weight() -> None:
    """A setting has a mode, a weight or both."""
    wanted = setting_named("mode=semantic, words=0.5")
    assert (wanted.mode, wanted.weights.words) == (Mode.SEMANTIC, 0.5)
    assert setting_named("words=0").mode is Mode.HYBRID


@pytest.mark.parametrize("text", ["", "hybrid", "mode=best", "words=x", "words=nan", "words=-1"])
def test_what_is_no_setting_is_refused(text: str) -> None:
    """An invalid setting is refused with the valid forms."""
    with pytest.raises(SettingsError):
        setting_named(text)


def test_the_command_prints_json(corpus: Path, judged: Path) -> None:
    """The command's JSON has means, intervals and p-values."""
    semsearch.index(corpus, embedder=MINILM)
    line = [sys.executable, "-m", "semsearch", "evaluate", judged, "--index", corpus]
    done = subprocess.run(
        [*line, "--against", "mode=keyword", "--json"], capture_output=True, text=True, check=True
    )
    record = json.loads(done.stdout)
    assert record["figures"]["recall@5"]["mean"]["value"] == 1.0
    assert record["figures"]["recall@5"]["p"] == 1.0
    shown = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    assert shown.startswith("judged: 3 questions to ")
    assert "nDCG@10" in shown


def test_only_a_set_with_documents_can_keep_them(corpus: Path, judged: Path) -> None:
    """A set without documents refuses ``keep``."""
    with pytest.raises(SettingsError, match="leave --keep out"):
        evaluate(judged, index=corpus, keep=corpus)


def test_questions_count_in_what_is_agreed_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The approved plan includes the questions, and equals the tokens sent."""
    plans: list[Plan] = []

    def agree(plan: Plan) -> bool:
        plans.append(plan)
        return len(plans) < 3

    folder = beir(tmp_path)
    with mistral_server() as server:
        monkeypatch.setenv("MISTRAL_BASE_URL", server.url)
        monkeypatch.setenv("MISTRAL_API_KEY", KEY)
        evaluate(folder, keep=tmp_path / "kept", approve=agree)
        asked = "bees in winter"
        assert (plans[0].needs.texts, server.texts.count(asked)) == (3, 1)
        evaluate(folder, keep=tmp_path / "kept", approve=agree)
        assert (plans[1].needs.texts, server.texts.count(asked)) == (1, 2)
        with pytest.raises(RunDeclined):
            evaluate(folder, keep=tmp_path / "kept", approve=agree)
        with pytest.raises(BudgetReached):
            evaluate(folder, keep=tmp_path / "kept", max_tokens=1)
        assert server.texts.count(asked) == 2
