"""What an index or a folder asks for counts only when this user has chosen it."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.mistral_server import KEY, MistralServer, mistral_server
from semsearch.errors import ApprovalMissing, CorpusError, RunDeclined, SettingsError
from semsearch.indexer.options import RunHooks, RunOptions
from semsearch.indexer.plan import Plan
from semsearch.indexer.refresh import refresh
from semsearch.indexer.run import run_index
from semsearch.indexer.target import Target
from semsearch.settings.choices import Choice, is_chosen, remember
from semsearch.settings.schema import Settings
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.locate import find_index

if TYPE_CHECKING:
    from conftest import WithoutRoot


@pytest.fixture
def planted(corpus: Path, words: WordEmbedder, tmp_path: Path, own_state: Path) -> Path:
    """An index that somebody else has made: beside a folder, and of another folder."""
    place = tmp_path / "clone" / ".semsearch"
    place.parent.mkdir()
    semsearch.index(corpus, index=place, embedder=words)
    for choice in (own_state / "choices").iterdir():
        choice.unlink()
    (corpus / "diary.txt").write_text("My diary.")
    words.seen.clear()
    return place


def test_a_folder_that_only_an_index_names_is_not_read(planted: Path, words: WordEmbedder) -> None:
    """Neither a run nor a refresh reads and sends it; the refusal says what to name."""
    for run in (
        lambda: semsearch.index(index=planted, embedder=words),
        lambda: semsearch.rebuild(index=planted, embedder=words),
        lambda: refresh(planted, embedder=words),
    ):
        with pytest.raises(
            CorpusError, match=r"names the folder .* name both once: semsearch index"
        ):
            run()
    assert words.seen == []


def test_a_folder_that_the_user_names_with_an_index_is_chosen(
    planted: Path, corpus: Path, words: WordEmbedder
) -> None:
    """After both were named once, the index alone is enough."""
    semsearch.index(corpus, index=planted, embedder=words)
    assert semsearch.index(index=planted, embedder=words).corpus == corpus


def test_an_index_of_the_users_settings_is_chosen(planted: Path, words: WordEmbedder) -> None:
    """The user has given it a name."""
    settings = Settings(indexes={"mine": str(planted)}, index="mine")
    run_index(Target(embedder=words, settings=settings))
    assert words.seen


def test_a_folder_within_the_folder_of_the_index_needs_no_choice(
    corpus: Path, words: WordEmbedder, own_state: Path
) -> None:
    """Index and folder came together, and stay together when they are moved."""
    place = corpus / ".semsearch"
    semsearch.index(corpus / "sub", index=place, embedder=words)
    corpus.rename(corpus.with_name("moved"))
    report = semsearch.index(index=corpus.with_name("moved"), embedder=words)
    assert report.corpus == corpus.with_name("moved") / "sub"
    assert not (own_state / "choices").exists()


def test_an_index_of_another_user_is_not_found(without_root: "WithoutRoot") -> None:
    """What stands in a folder above is used only if it is this user's, or named."""
    if os.geteuid() != 0:
        pytest.skip("only root can be another user")
    with TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)
        (place / ".semsearch").mkdir(mode=0o755)
        (place / ".semsearch" / "index.sqlite").write_bytes(b"")
        (place / "below").mkdir()
        with without_root(), pytest.raises(SettingsError, match=r"another user.*--index"):
            find_index(Settings(), place / "below")
        named = Settings(index=str(place))
        with without_root():
            assert find_index(named) == IndexDirectory(place.resolve() / ".semsearch")


def test_a_choice_is_of_its_kind_and_words() -> None:
    """No list of words stands for another, and a choice that was not made is none."""
    remember(Choice.FOLDER, "/a", "b/c")
    assert is_chosen(Choice.FOLDER, "/a", "b/c")
    assert not is_chosen(Choice.FOLDER, "/a/b", "c")
    assert not is_chosen(Choice.SENDING, "/a", "b/c")
    remember(Choice.FOLDER, "/a", "b/c")


def test_where_no_choice_can_be_kept_the_user_names_it_again(
    planted: Path, corpus: Path, words: WordEmbedder, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A run that names it goes well; the next one that does not is refused."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    for _ in range(2):
        semsearch.index(corpus, index=planted, embedder=words)
        with pytest.raises(CorpusError, match="name both once"):
            semsearch.index(index=planted, embedder=words)


@pytest.fixture
def paid(monkeypatch: pytest.MonkeyPatch) -> Iterator[MistralServer]:
    """The environment of somebody with a key."""
    with mistral_server() as server:
        monkeypatch.setenv("MISTRAL_API_KEY", KEY)
        monkeypatch.setenv("MISTRAL_BASE_URL", server.url)
        yield server


FINER = "passage_characters = 50\noverlap_characters = 25\n"


def test_settings_of_a_folder_that_cost_money_need_a_yes(corpus: Path, paid: MistralServer) -> None:
    """Without anybody to ask the run ends before it sends a text; plan shows the price."""
    semsearch.index(corpus)
    (corpus / ".semsearch.toml").write_text(FINER)
    sent = len(paid.texts)
    with pytest.raises(ApprovalMissing, match="50 characters, overlap 25"):
        semsearch.index(corpus)
    assert semsearch.plan(corpus).cut_anew == 50
    assert len(paid.texts) == sent
    assert ApprovalMissing.exit_code == 16


def test_a_yes_to_settings_of_a_folder_is_remembered(corpus: Path, paid: MistralServer) -> None:
    """The plan is shown with its reason; after a yes, later runs do not ask."""
    (corpus / "long.md").write_text("Bees fly far and wide. Bread is baked. " * 9)
    asked: list[Plan] = []

    def answer(plan: Plan) -> bool:
        asked.append(plan)
        return len(asked) != 2

    hooks = RunHooks(approve=answer)
    run_index(Target(corpus), RunOptions(), hooks)
    (corpus / ".semsearch.toml").write_text(FINER)
    with pytest.raises(RunDeclined):
        run_index(Target(corpus), RunOptions(), hooks)
    run_index(Target(corpus), RunOptions(), hooks)
    assert [plan.cut_by_folder for plan in asked] == [False, True, True]
    (corpus / "new.md").write_text("Something else.")
    semsearch.index(corpus)
    semsearch.rebuild(corpus)
    assert len(asked) == 3
    assert paid.texts


def test_settings_of_a_folder_need_no_yes_where_nothing_is_paid(
    corpus: Path, words: WordEmbedder
) -> None:
    """A model on this machine cuts and embeds as the folder asks."""
    (corpus / "long.md").write_text("Bees fly far and wide. Bread is baked. " * 9)
    semsearch.index(corpus, embedder=words)
    (corpus / ".semsearch.toml").write_text(FINER)
    assert semsearch.index(corpus, embedder=words).embedded > 0


def test_an_index_does_not_say_that_the_user_has_agreed(
    corpus: Path, paid: MistralServer, own_state: Path
) -> None:
    """Consent to send is this user's, not a note in an index that may come from somebody else."""
    asked: list[Plan] = []
    hooks = RunHooks(approve=lambda plan: not asked.append(plan))
    for text, times in (("One.", 1), ("Two.", 1), ("Three.", 2)):
        if times == 2:
            for choice in (own_state / "choices").iterdir():
                choice.unlink()
        (corpus / "new.md").write_text(text)
        run_index(Target(corpus), RunOptions(), hooks)
        assert len(asked) == times
    assert paid.texts
