"""An index is tuned on questions generated from its own documents."""

import json
from pathlib import Path
from random import Random

import pytest
from conftest import Run

import semsearch
from fakes.embedder import WordEmbedder
from fakes.mistral_server import KEY, mistral_server
from semsearch.errors import BudgetReached, IndexDamaged, RunDeclined, SettingsError
from semsearch.evaluation.tune import reset, tune
from semsearch.indexer.plan import Plan
from semsearch.query.options import SearchOptions
from semsearch.query.scoring import Mode
from semsearch.query.searcher import Searcher
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.maintenance.status import status
from semsearch.store.notes.tuned_settings import OWN_SETTINGS
from semsearch.store.writer import open_writer


def word(random: Random) -> str:
    """A word of three syllables."""
    return "".join(random.choice("bdfgklmnprst") + random.choice("aeiou") for _ in range(3))


@pytest.fixture
def topics(tmp_path: Path) -> Path:
    """Six documents of twelve paragraphs, each of which has five words of its own.

    An embedder that crowds all words into 64 numbers finds less than their words do.
    """
    folder = tmp_path / "topics"
    folder.mkdir()
    random = Random(1)
    shared = [word(random) for _ in range(40)]
    for document in range(6):
        paragraphs = []
        for _ in range(12):
            own = [word(random) for _ in range(5)]
            said = [random.sample(own, 2) + random.sample(shared, 7) for _ in range(8)]
            paragraphs.append(" ".join(" ".join(words).capitalize() + "." for words in said))
        (folder / f"{document}.txt").write_text("\n\n".join(paragraphs))
    return folder


@pytest.fixture
def indexed(topics: Path, words: WordEmbedder) -> Path:
    """An index of the six documents."""
    semsearch.index(topics, embedder=words)
    words.seen.clear()
    return topics


def test_the_questions_are_nowhere_in_what_is_searched(indexed: Path, words: WordEmbedder) -> None:
    """The trial index contains no question."""
    tune(indexed, questions=50, embedder=words)
    questions = [text for text in words.seen if text.count(".") == 1]
    assert len(questions) >= 50
    passages = [text for text in words.seen if text not in questions]
    assert not any(question in text for question in questions for text in passages)


def test_what_is_better_beyond_noise_is_set(indexed: Path, words: WordEmbedder) -> None:
    """A significantly better setting is applied to queries until it is reset."""
    found = tune(indexed, questions=50, embedder=words, apply=True)
    assert (found.present.mode, found.best.mode) == (Mode.HYBRID, Mode.KEYWORD)
    assert found.is_applied
    own = status(indexed).own_settings
    assert own is not None
    assert own.values("test:words") == {"mode": "keyword", "words_weight": 1.0}
    assert semsearch.search("anything", index=indexed, embedder=words).mode is Mode.KEYWORD
    assert reset(indexed)
    assert semsearch.search("anything", index=indexed, embedder=words).mode is Mode.HYBRID
    assert not reset(indexed)


def test_without_apply_nothing_is_set(indexed: Path, words: WordEmbedder) -> None:
    """Without ``apply`` the better setting is reported and not stored."""
    found = tune(indexed, questions=50, embedder=words)
    assert (found.best.mode, found.is_applied) == (Mode.KEYWORD, False)
    assert status(indexed).own_settings is None


def test_what_is_set_is_compared_with_next(indexed: Path, words: WordEmbedder) -> None:
    """A second tuning finds nothing better than the applied setting."""
    tune(indexed, questions=50, embedder=words, apply=True)
    found = tune(indexed, questions=50, embedder=words, apply=True)
    assert (found.present.mode, found.best) == (Mode.KEYWORD, found.present)
    assert not found.is_applied


def test_the_environment_counts_more_than_what_is_set(
    indexed: Path, words: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment overrides the stored setting, and an option overrides both."""
    tune(indexed, questions=50, embedder=words, apply=True)
    monkeypatch.setenv("SEMSEARCH_MODE", "semantic")
    assert semsearch.search("anything", index=indexed, embedder=words).mode is Mode.SEMANTIC
    asked = semsearch.search("anything", index=indexed, embedder=words, mode="hybrid")
    assert asked.mode is Mode.HYBRID


def test_another_length_of_passages_is_what_the_next_run_cuts_by(
    topics: Path, words: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run chunks by a stored passage length, as its plan says; a reset costs nothing."""
    monkeypatch.setenv("SEMSEARCH_PASSAGE_CHARACTERS", "90")
    monkeypatch.setenv("SEMSEARCH_OVERLAP_CHARACTERS", "0")
    monkeypatch.setenv("SEMSEARCH_MODE", "keyword")
    short = semsearch.index(topics, embedder=words).passages
    monkeypatch.delenv("SEMSEARCH_PASSAGE_CHARACTERS")
    found = tune(topics, questions=50, embedder=words, apply=True, sizes=[600])
    assert (found.present.characters, found.best.characters) == (90, 600)
    plan = semsearch.plan(topics, embedder=words)
    assert (plan.cut_anew, plan.to_read) == (600, 6)
    assert semsearch.index(topics, embedder=words).passages < short / 2
    assert semsearch.plan(topics, embedder=words).cut_anew is None
    reset(topics)
    monkeypatch.setenv("SEMSEARCH_PASSAGE_CHARACTERS", "90")
    again = semsearch.index(topics, embedder=words)
    assert (again.passages, again.embedded) == (short, 0)


def test_what_was_measured_with_one_embedder_counts_for_no_other(
    indexed: Path, words: WordEmbedder
) -> None:
    """A setting applies only to the embedder it was measured with."""
    tune(indexed, questions=50, embedder=words, apply=True)
    other = WordEmbedder("test:others")
    semsearch.rebuild(indexed, embedder=other)
    assert semsearch.search("anything", index=indexed, embedder=other).mode is Mode.HYBRID
    semsearch.rebuild(indexed, embedder=words)
    assert semsearch.search("anything", index=indexed, embedder=words).mode is Mode.KEYWORD


def test_the_index_itself_is_not_changed(indexed: Path, words: WordEmbedder) -> None:
    """Tuning changes no generation or passage, and leaves no files."""
    before = status(indexed)
    tune(indexed, questions=50, embedder=words)
    after = status(indexed)
    assert (after.generation, after.passages) == (before.generation, before.passages)
    with Searcher(index=indexed, embedder=words) as searcher:
        (answer,) = searcher.answers(["anything"], SearchOptions(min_relevance=0))
    assert answer.notices == ()


@pytest.mark.parametrize("note", ['{"embedder": "test:words", "words_weight": -1}', "[]", "{"])
def test_settings_that_cannot_be_used_are_told_and_taken_back(
    indexed: Path, words: WordEmbedder, note: str
) -> None:
    """Invalid stored settings are reported: queries use defaults, runs stop."""
    with open_writer(IndexDirectory(indexed / ".semsearch")) as writer:
        writer.notes.put(OWN_SETTINGS, note)
    answer = semsearch.search("anything", index=indexed, embedder=words)
    assert answer.mode is Mode.HYBRID
    assert "evaluate --reset" in answer.notices[0]
    with pytest.raises(IndexDamaged, match="evaluate --reset"):
        semsearch.index(indexed, embedder=words)
    assert status(indexed).settings_damage is not None
    assert reset(indexed)
    assert semsearch.search("anything", index=indexed, embedder=words).notices == ()


def test_too_few_questions_tell_nothing(corpus: Path, words: WordEmbedder) -> None:
    """Too few questions are an error that names a judged set as alternative."""
    semsearch.index(corpus, embedder=words)
    with pytest.raises(SettingsError, match="give a judged set"):
        tune(corpus, embedder=words)


def test_nothing_is_sent_that_nobody_agrees_to(
    topics: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The approved plan includes the questions and equals the tokens sent; a budget holds."""
    with mistral_server() as server:
        monkeypatch.setenv("MISTRAL_BASE_URL", server.url)
        monkeypatch.setenv("MISTRAL_API_KEY", KEY)
        semsearch.index(topics)
        sent = len(server.texts)
        plans: list[Plan] = []

        def answer(plan: Plan) -> bool:
            plans.append(plan)
            return len(plans) > 1

        with pytest.raises(RunDeclined):
            tune(topics, questions=50, approve=answer)
        with pytest.raises(BudgetReached):
            tune(topics, questions=50, max_tokens=100)
        assert len(server.texts) == sent
        tune(topics, questions=50, approve=answer)
        assert plans[0].needs.texts == plans[1].needs.texts == len(server.texts) - sent


def test_the_command_prints_a_table_and_json(indexed: Path, run: Run) -> None:
    """The command prints a table and JSON; a local model needs no approval."""
    semsearch.rebuild(indexed, embedder="local:minilm")
    shown = run("evaluate", indexed, "--questions", 60, "--apply", "--passage-characters", 1500)
    assert shown.returncode == 0, shown.stderr
    assert "is set" in shown.stdout
    found = run("evaluate", "--index", indexed, "--questions", 60, "--json")
    record = json.loads(found.stdout)
    assert record["questions"] == {"heading": 0, "sentence": 60}
    assert record["tried"][0]["p"] is None
    taken_back = run("evaluate", "--reset", "--index", indexed)
    assert "usual settings" in taken_back.stdout or "nothing had been set" in taken_back.stdout


def test_options_of_one_kind_are_refused_with_the_other(run: Run, tmp_path: Path) -> None:
    """Options of tuning are refused with a judged set, and vice versa."""
    done = run("evaluate", tmp_path, "--apply")
    assert (done.returncode, done.stdout) == (2, "")
    assert "take no set" in done.stderr
