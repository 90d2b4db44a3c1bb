"""News of watched questions are found, and delivered once."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import SettingsError
from semsearch.indexer.questions.news import News
from semsearch.indexer.questions.watchlist import unwatch_question, watch_question, watched
from semsearch.settings.schema import Settings

BY_WORDS = Settings(mode="keyword")


class Kept:
    """A channel that stores its news; ``fails`` is the error to raise before or after that."""

    def __init__(self, name: str = "kept") -> None:
        self.name = name
        self.told: list[News] = []
        self.before: BaseException | None = None
        self.after: BaseException | None = None

    def tell(self, news: Sequence[News]) -> None:
        """Store the news."""
        if self.before is not None:
            raise self.before
        self.told += news
        if self.after is not None:
            raise self.after

    @property
    def texts(self) -> list[str]:
        """The delivered texts, in order."""
        return [one.text for one in self.told]


class Folder:
    """A corpus indexed repeatedly, by keywords alone, with one watched question."""

    def __init__(self, path: Path, words: WordEmbedder) -> None:
        self.path = path
        self.words = words
        self.channel = Kept()

    def index(self, settings: Settings = BY_WORDS, *channels: Kept) -> semsearch.IndexReport:
        """Run the index once."""
        told = channels or (self.channel,)
        return semsearch.index(self.path, embedder=self.words, settings=settings, channels=told)

    def watch(self, question: str, min_relevance: float = 0) -> None:
        """Add a watched question."""
        watch_question(
            question,
            min_relevance=min_relevance,
            index=self.path,
            embedder=self.words,
            settings=BY_WORDS,
        )

    def write(self, name: str, text: str) -> None:
        """Write a document into the folder."""
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_text(text)


@pytest.fixture
def folder(corpus: Path, words: WordEmbedder) -> Folder:
    """An index without zebras, in which zebras are watched for."""
    made = Folder(corpus, words)
    made.write("zoo.md", "One zebra was here before.")
    made.index()
    made.watch("zebra")
    return made


def test_what_is_new_is_told_once_with_its_place(folder: Folder, corpus: Path) -> None:
    """A new matching passage is delivered once; earlier passages are no news."""
    folder.write("a.md", "A zebra has come.")
    folder.write("b.md", "An okapi has come.")
    report = folder.index()
    (news,) = folder.channel.told
    assert report.news == (news,)
    assert (news.question, news.text, news.generation) == ("zebra", "A zebra has come.", 2)
    assert (news.corpus / news.location.path, news.location.lines) == (corpus / "a.md", (1, 1))
    assert folder.index().news == ()
    assert len(folder.channel.told) == 1


def test_a_document_that_is_moved_or_cut_anew_is_no_news(folder: Folder) -> None:
    """Moved or re-chunked text is no news."""
    sentences = [f"Sentence {number} is about a zebra and its stripes." for number in range(30)]
    folder.write("a.md", "\n\n".join(sentences))
    folder.index()
    told = list(folder.channel.texts)
    assert len(told) >= 1
    (folder.path / "a.md").rename(folder.path / "moved.md")
    folder.index()
    folder.index(Settings(mode="keyword", passage_characters=300, overlap_characters=60))
    folder.write("moved.md", "A line at the top.\n\n" + "\n\n".join(sentences))
    folder.index(Settings(mode="keyword", passage_characters=300, overlap_characters=60))
    later = folder.channel.texts[len(told) :]
    assert [text for text in later if "A line at the top" not in text] == []


def test_each_new_passage_of_a_long_history_is_told_once(folder: Folder) -> None:
    """Through edits, killed runs and failing channels each new passage is delivered once."""
    chance = random.Random(8)
    ever: set[str] = set()
    found: set[str] = set()
    waiting: set[str] = set()
    told: set[str] = set()
    here: dict[str, str] = {}
    for step in range(60):
        for _ in range(chance.randint(1, 3)):
            name = f"{chance.randint(1, 9)}.md"
            act = chance.choice(["write", "write", "move", "remove", "back"])
            if act == "write":
                here[name] = f"{chance.choice(['A zebra', 'An okapi'])} number {len(ever)}-{step}."
            elif act == "move" and name in here:
                here[f"moved/{step}.md"] = here.pop(name)
            elif act == "remove":
                here.pop(name, None)
            elif act == "back" and ever:
                here[name] = chance.choice(sorted(ever))
        for path in folder.path.rglob("*.md"):
            path.unlink()
        for name, text in here.items():
            folder.write(name, text)
        folder.channel.before = chance.choice([None, None, KeyboardInterrupt(), SettingsError("x")])
        try:
            semsearch.index(
                folder.path,
                embedder=folder.words,
                settings=BY_WORDS,
                channels=[folder.channel],
                allow_mass_delete=True,
            )
        except KeyboardInterrupt:
            assert isinstance(folder.channel.before, KeyboardInterrupt)
        ever |= set(here.values())
        zebras = {text for text in here.values() if "zebra" in text}
        waiting |= zebras - found
        found |= zebras
        if folder.channel.before is None:
            told |= waiting & zebras  # what was gone before it could be told is told by none
            waiting = set()
        assert sorted(folder.channel.texts) == sorted(told)
    assert len(told) > 10


def test_what_was_told_when_the_process_was_killed_comes_again_with_its_id(
    folder: Folder,
) -> None:
    """News delivered just before a kill are delivered again with an equal id."""
    folder.write("a.md", "A zebra has come.")
    folder.channel.after = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        folder.index()
    folder.channel.after = None
    folder.index()
    folder.index()
    assert len(folder.channel.told) == 2
    assert len({one.id for one in folder.channel.told}) == 1


def test_a_channel_that_fails_is_tried_again_and_the_others_are_not(folder: Folder) -> None:
    """Only the failed channel is retried; the report has the error."""
    folder.write("a.md", "A zebra has come.")
    broken, well = Kept("broken"), Kept("well")
    broken.before = SettingsError("the hook ended with 3")
    assert folder.index(BY_WORDS, broken, well).not_told == ("the hook ended with 3",)
    broken.before = None
    assert folder.index(BY_WORDS, broken, well).not_told == ()
    assert (len(broken.told), len(well.told)) == (1, 1)
    assert folder.index(BY_WORDS, broken, well).news == ()


def test_without_a_channel_news_wait(folder: Folder) -> None:
    """Without a channel news stay pending in the report."""
    folder.write("a.md", "A zebra has come.")
    waiting = semsearch.index(folder.path, embedder=folder.words, settings=BY_WORDS)
    assert [one.text for one in waiting.news] == ["A zebra has come."]
    folder.index()
    assert folder.channel.told == list(waiting.news)


def test_what_is_gone_before_it_is_told_is_not_told(folder: Folder) -> None:
    """News of a passage that was deleted meanwhile are dropped."""
    folder.write("a.md", "A zebra has come.")
    folder.channel.before = SettingsError("out of order")
    folder.index()
    (folder.path / "a.md").unlink()
    folder.channel.before = None
    folder.index()
    assert folder.channel.told == []


def test_no_words_of_a_document_are_kept_with_the_news(folder: Folder) -> None:
    """Stored news contain no text of documents."""
    folder.write("a.md", "A zebra has come by balloon.")
    folder.channel.before = SettingsError("out of order")
    folder.index()
    semsearch.forget("a.md", index=folder.path)
    for path in (folder.path / ".semsearch").rglob("*"):
        if path.is_file():
            assert b"balloon" not in path.read_bytes()


def test_a_question_is_restricted_as_in_a_query(folder: Folder) -> None:
    """A watched question honours path, type and word filters."""
    unwatch_question("zebra", index=folder.path, settings=BY_WORDS)
    folder.watch("zebra file:in/* -dead", 0)
    folder.write("in/a.md", "A zebra is in.")
    folder.write("in/b.md", "A dead zebra is in.")
    folder.write("out.md", "A zebra is out.")
    folder.index()
    assert folder.channel.texts == ["A zebra is in."]


def test_questions_come_change_and_go(folder: Folder) -> None:
    """Watched questions are added, changed and removed; invalid questions are refused."""
    folder.watch("okapi", 0.3)
    folder.watch("okapi", 0)
    folder.write("a.md", "A zebra and a zebra.")
    folder.write("b.md", "An okapi.")
    folder.index()
    found = watched(index=folder.path, settings=BY_WORDS)
    assert [(one.question, one.min_relevance, count) for one, count in found] == [
        ("zebra", 0, 1),
        ("okapi", 0, 1),
    ]
    removed = unwatch_question("zebra", index=folder.path, settings=BY_WORDS)
    assert removed is not None
    assert unwatch_question("zebra", index=folder.path, settings=BY_WORDS) is None
    assert len(watched(index=folder.path, settings=BY_WORDS)) == 1
    for question, least in ((" ", 0.5), ("zebra", 1.5)):
        with pytest.raises(SettingsError):
            folder.watch(question, least)


def test_a_relevance_keeps_what_is_less_relevant_out(folder: Folder) -> None:
    """Passages below the question's relevance are no news."""
    folder.watch("zebra", 1)
    folder.write("a.md", "A zebra has come with a herd of other animals, all of them tired.")
    assert folder.index().news == ()
