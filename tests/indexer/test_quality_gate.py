"""The quality gate for new generations."""

from pathlib import Path

import numpy as np
import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.embedders.vectors import Vectors
from semsearch.errors import GenerationRefused, IndexDamaged
from semsearch.indexer.quality_gate import with_vectors
from semsearch.indexer.report import IndexReport
from semsearch.settings.schema import Settings
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.locate import find_index
from semsearch.store.notes.questions import as_note
from semsearch.store.notes.regression_questions import (
    SAVED_QUESTIONS,
    SavedQuestion,
    saved_questions,
)
from semsearch.store.record.generations import StoredEmbedder
from semsearch.store.snapshot import open_snapshot
from semsearch.store.writer import open_writer

QUESTION = "which text has a zebra?"


@pytest.fixture
def many(tmp_path: Path, words: WordEmbedder) -> Path:
    """A folder of twelve documents, with its index."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number}.txt").write_text(f"Text {number}.")
    (folder / "5.txt").write_text("The zebra stands in this text.")
    index(folder, words)
    return folder


def index(corpus: Path, words: WordEmbedder, **options: object) -> IndexReport:
    """Bring the index up to date."""
    options = {"settings": Settings(), **options}
    return semsearch.index(corpus, embedder=words, **options)  # type: ignore[arg-type]


def save(corpus: Path, *saved: SavedQuestion) -> None:
    """Store regression questions in the index."""
    with open_writer(IndexDirectory(corpus / ".semsearch")) as writer:
        writer.notes.put(SAVED_QUESTIONS, as_note(saved))


def kept(corpus: Path) -> list[SavedQuestion]:
    """The regression questions of the index."""
    with open_snapshot(find_index(Settings(index=str(corpus)))) as snapshot:
        return saved_questions(snapshot.view)


def test_documents_that_lost_their_text_are_not_lost_silently(
    many: Path, words: WordEmbedder
) -> None:
    """A generation that lost documents' text is refused until it is accepted explicitly."""
    for number in range(7):
        (many / f"{number}.txt").write_text("")
    for _ in range(2):
        with pytest.raises(GenerationRefused, match=r"it has 5 documents and the one before 12"):
            index(many, words)
    assert semsearch.status(many).generation == 1
    assert index(many, words, accept=True).removed == 7


def test_what_was_embedded_for_a_refused_generation_is_paid_for_once(
    many: Path, words: WordEmbedder
) -> None:
    """Vectors of a refused generation are reused later."""
    texts = {number: (many / f"{number}.txt").read_text() for number in range(7)}
    for number in texts:
        (many / f"{number}.txt").write_text("")
    (many / "new.txt").write_text("Something new.")
    with pytest.raises(GenerationRefused):
        index(many, words)
    for number, text in texts.items():
        (many / f"{number}.txt").write_text(text)
    assert (index(many, words).added, words.seen.count("Something new.")) == (1, 1)
    assert semsearch.verify(many, full=True).damages == ()


def test_files_that_cannot_be_read_any_more_are_a_loss(many: Path, words: WordEmbedder) -> None:
    """Files that became unreadable count as lost; new files without text do not."""
    for number in range(5):
        (many / f"scan {number}.html").write_text("<script>draw()</script>")
    assert index(many, words).coverage < 0.75
    for number in (1, 2):
        (many / f"{number}.txt").write_bytes(b"\x00\x01\x02 no text")
    with pytest.raises(GenerationRefused, match=r"12% of the pages and files .*: 1\.txt, 2\.txt;"):
        index(many, words)
    index(many, words, settings=Settings(max_coverage_loss=0.2))


def test_how_many_documents_may_go_can_be_set(many: Path, words: WordEmbedder) -> None:
    """``min_documents`` sets how many documents may be lost."""
    for number in range(7):
        (many / f"{number}.txt").unlink()
    assert index(many, words, settings=Settings(min_documents=0.4)).removed == 7


def test_a_question_that_does_not_find_its_document_keeps_the_old_generation(
    many: Path, words: WordEmbedder
) -> None:
    """A failing regression question keeps the old generation."""
    save(many, SavedQuestion(QUESTION, "5.txt", 1))
    (many / "6.txt").write_text("Another text.")
    assert index(many, words).changed == 1
    (many / "7.txt").write_text("Which text has a zebra? This text has a zebra.")
    with pytest.raises(GenerationRefused, match=r"does not find 5\.txt among its first 1 "):
        index(many, words)
    answer = semsearch.search(QUESTION, index=many, embedder=words, settings=Settings())
    assert (answer.generation, answer.hits[0].location.path) == (2, "5.txt")
    assert not (many / ".semsearch" / "ann-000003.faiss").exists()


def test_a_loss_that_was_accepted_is_none_until_it_is_found_again(
    many: Path, words: WordEmbedder
) -> None:
    """An accepted failure of a question counts again only after the question has succeeded."""
    save(many, SavedQuestion(QUESTION, "5.txt", 1))
    five = (many / "5.txt").read_text()
    (many / "5.txt").unlink()
    assert "(accepted)" in index(many, words, accept=True).notices[-1]
    assert [one.is_lost for one in kept(many)] == [True]
    (many / "6.txt").write_text("Another text.")
    assert index(many, words).notices == ()
    (many / "5.txt").write_text(five)
    index(many, words)
    assert [one.is_lost for one in kept(many)] == [False]
    (many / "5.txt").unlink()
    with pytest.raises(GenerationRefused):
        index(many, words)


def test_a_question_is_paid_for_once_an_epoch(many: Path, words: WordEmbedder) -> None:
    """A regression question is embedded once per epoch."""
    save(many, SavedQuestion(QUESTION, "5.txt", 3))
    for text in ("One more.", "And another."):
        (many / "6.txt").write_text(text)
        index(many, words)
    assert words.seen.count(QUESTION) == 1
    semsearch.rebuild(many, fresh=True, embedder=words, settings=Settings())
    assert words.seen.count(QUESTION) == 2


def test_a_vector_is_kept_bit_for_bit(words: WordEmbedder) -> None:
    """A question's vector is stored bit for bit, for its epoch only."""
    own, other = StoredEmbedder(3, words.uri, 64), StoredEmbedder(4, words.uri, 64)
    (saved,) = with_vectors([SavedQuestion("a b", "x", 1)], words, own)
    assert saved.vector_of(other) is None
    assert np.array_equal(saved.vector_of(own), words.vector("a b"))
    assert with_vectors([saved], words, own) == [saved]
    assert words.seen == ["a b"]


def test_questions_about_a_document_are_forgotten_with_it(many: Path) -> None:
    """``forget`` removes the questions about a document."""
    save(many, SavedQuestion(QUESTION, "5.txt", 3), SavedQuestion("text 6", "6.txt", 3))
    semsearch.forget("5.txt", index=many, settings=Settings())
    assert [one.path for one in kept(many)] == ["6.txt"]
    for path in (many / ".semsearch").glob("index.sqlite*"):
        assert QUESTION.encode() not in path.read_bytes()


def test_questions_that_are_no_questions_are_told(many: Path, words: WordEmbedder) -> None:
    """Invalid stored questions are reported."""
    with open_writer(IndexDirectory(many / ".semsearch")) as writer:
        writer.notes.put(SAVED_QUESTIONS, '[{"question": 1}]')
    (many / "6.txt").write_text("Another text.")
    with pytest.raises(IndexDamaged, match="saved questions cannot be read"):
        index(many, words)


def test_another_embedder_that_was_refused_is_not_paid_for_again(
    many: Path, words: WordEmbedder
) -> None:
    """After a refused change of embedder the index is unchanged and vectors are kept."""
    save(many, SavedQuestion(QUESTION, "5.txt", 1))

    class Forgetful(WordEmbedder):
        """An embedder that knows one word."""

        def vector(self, text: str) -> Vectors:
            return super().vector("one")

    other = Forgetful("test:other")
    wanted = {"embedder": other, "settings": Settings(mode="semantic")}
    with pytest.raises(GenerationRefused):
        semsearch.rebuild(many, **wanted)
    assert semsearch.status(many).embedder == words.uri
    semsearch.rebuild(many, accept=True, **wanted)
    assert semsearch.status(many).embedder == other.uri
    assert sorted(other.seen) == sorted(set(other.seen))
