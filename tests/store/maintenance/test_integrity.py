"""Damage is found and named, and undamaged parts are kept."""

import random
import shutil
import sqlite3
import time
from contextlib import closing
from itertools import chain
from pathlib import Path

import pytest
from faults.flips import Flip, answers, flipped, heal, judge, make_corpus, random_flip

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import EmbedderUnavailable, IndexDamaged, IndexTooNew
from semsearch.settings.schema import Settings
from semsearch.store.disk.directory import DIRECTORY_NAME, IndexDirectory
from semsearch.store.maintenance.integrity import damages
from semsearch.store.record.connection import open_to_read, open_to_write
from semsearch.store.record.schema import FORMAT_VERSION
from semsearch.store.snapshot import open_snapshot


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder of twelve documents, with an index of two generations."""
    make_corpus(tmp_path / "corpus")
    return tmp_path / "corpus"


def change(corpus: Path, statement: str) -> None:
    """Change the record as a disk fault might."""
    with open_to_write(corpus / ".semsearch" / "index.sqlite") as connection:
        connection.execute("pragma foreign_keys = off")
        connection.execute(statement)


def test_a_flipped_bit_never_gives_another_answer_without_a_word(
    corpus: Path, tmp_path: Path
) -> None:
    """A flipped bit changes no answer without a notice; scripts/soak flips 10,000."""
    clean = tmp_path / "clean"
    shutil.copytree(corpus / ".semsearch", clean)
    expected, told = answers(corpus, WordEmbedder(dimension=16))
    assert not told
    flips = [random_flip(clean, number) for number in range(40)]
    outcomes = [judge(corpus, clean, flip, expected) for flip in flips]
    assert [outcome for outcome in outcomes if outcome.is_silent] == []
    assert any(outcome.is_told for outcome in outcomes)


DAMAGES = {
    "vector": "update vector set vector = zeroblob(32) where id = 14",
    "vector as text": "update vector set vector = cast(x'ff' || vector as text) where id = 14",
    "path as text": "update document set path = cast(x'ff' || path as text) where id = 5",
    "corpus as text": "update generation set corpus = cast(x'ff' || corpus as text)",
    "words": "update text set body = body || '!' where id = 14",
    "digest of a text": "update text set digest = zeroblob(32) where id = 14",
    "line": "update passage set first_line = first_line + 1 where id = 14",
    "lost passage": "delete from passage where id = 14",
    "path": "update document set path = 'x' || path where id = 5",
    "coverage": "update document set coverage = 'failed' where id = 5",
    "lost document": "delete from document where id = 5",
    "death": "update document set died = 1 where id = 5",
    "resurrection": "update document set died = null where died is not null",
    "newest generation": "update generation set chunking = '' where number = 2",
    "lost generation": "delete from generation where number = 2",
    "note": "update note set value = 1",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_named_and_repaired(corpus: Path, damage: str) -> None:
    """Verify names damage; repair and a run restore the answers at the announced cost."""
    expected, _ = answers(corpus, WordEmbedder(dimension=16))
    assert semsearch.verify(corpus, full=True).damages == ()
    change(corpus, DAMAGES[damage])
    assert semsearch.verify(corpus, full=True).damages
    assert heal(corpus, expected) is None


def test_a_vector_of_another_text_is_not_read(corpus: Path) -> None:
    """A vector whose hash is not its own is left out and named, though it is a unit row."""
    other = "(select vector from vector where text = 6)"
    change(corpus, f"update vector set vector = {other} where text = 5")
    with open_snapshot(IndexDirectory(corpus / DIRECTORY_NAME)) as snapshot:
        texts = snapshot.view.texts.ids()
        ids, _ = snapshot.view.vectors.of_texts(snapshot.generation.embedder, texts)
        assert len(ids) == len(texts) - 1
        assert len(snapshot.view.withheld) == 1


@pytest.mark.parametrize(
    "change_of_titles",
    [
        "update text set digest = zeroblob(32)"
        " where id = (select max(id) from text where body is null)",
        "delete from vector where text in (select id from text where body is null)",
    ],
)
def test_a_title_that_has_lost_its_vector_is_told(corpus: Path, change_of_titles: str) -> None:
    """Scores without the evidence of a title come with a notice, until a repair."""
    expected, told = answers(corpus, WordEmbedder(dimension=16))
    change(corpus, change_of_titles)
    hits, is_told = answers(corpus, WordEmbedder(dimension=16))
    assert (told, hits == expected, is_told) == (False, False, True)
    assert heal(corpus, expected) is None


@pytest.mark.parametrize("damage", ["line", "words", "lost passage", "path", "coverage"])
def test_a_damaged_row_is_withheld_and_named(corpus: Path, damage: str) -> None:
    """A damaged row is left out with a notice; other hits are shown."""
    expected, _ = answers(corpus, WordEmbedder(dimension=16))
    change(corpus, DAMAGES[damage])
    hits, told = answers(corpus, WordEmbedder(dimension=16))
    shown, before = (
        {place for hit in chain.from_iterable(found) for place in (hit.location, *hit.copies)}
        for found in (hits, expected)
    )
    assert told
    assert shown
    assert shown <= before
    texts = {hit.text for hit in chain.from_iterable(expected)}
    assert {hit.text for hit in chain.from_iterable(hits)} <= texts


def test_a_writer_stops_before_it_sends_damaged_words(corpus: Path) -> None:
    """A damaged text of a stopped run is not sent to the embedder."""
    (corpus / "new.md").write_text("Words that nobody has embedded yet.")
    time.sleep(0.06)  # a file that was just written is read again, which mends its text
    with pytest.raises(EmbedderUnavailable):
        stopped = WordEmbedder(dimension=16, fails_after=0)
        semsearch.index(corpus, embedder=stopped, settings=Settings())
    change(corpus, "update text set body = body || '!'")
    embedder = WordEmbedder(dimension=16)
    with pytest.raises(IndexDamaged, match="semsearch repair"):
        semsearch.index(corpus, embedder=embedder, settings=Settings())
    assert embedder.seen == []


def test_a_record_with_damaged_trees_keeps_what_can_be_read(corpus: Path) -> None:
    """Repair keeps readable rows of a damaged B-tree, and announces the cost of the rest."""
    record = corpus / ".semsearch" / "index.sqlite"
    expected, _ = answers(corpus, WordEmbedder(dimension=16))
    content = bytearray(record.read_bytes())
    size = int.from_bytes(content[16:18], "big")  # of its pages, as its header has it
    for page in (5, 9, 12):
        content[size * page : size * page + 100] = bytes(100)
    record.write_bytes(content)
    assert semsearch.verify(corpus).damages
    assert heal(corpus, expected) is None


def test_a_record_with_damaged_definitions_keeps_its_rows(corpus: Path) -> None:
    """A flipped bit in a column's name loses no row."""
    record = corpus / ".semsearch" / "index.sqlite"
    expected, _ = answers(corpus, WordEmbedder(dimension=16))
    record.write_bytes(record.read_bytes().replace(b"ann_digest blob", b"ann_eigest blob"))
    assert semsearch.verify(corpus).damages
    assert heal(corpus, expected) is None


@pytest.mark.parametrize(
    "damaged", [slice(0, 16), slice(16, 24), slice(0, 100), slice(40, 60), slice(28, 32)]
)
def test_a_record_with_a_damaged_header_keeps_its_rows(corpus: Path, damaged: slice) -> None:
    """Verify names a damaged SQLite header, and repair writes it again."""
    record = corpus / ".semsearch" / "index.sqlite"
    expected, _ = answers(corpus, WordEmbedder(dimension=16))
    content = bytearray(record.read_bytes())
    content[damaged] = b"\xff" * len(content[damaged])
    record.write_bytes(content)
    assert semsearch.verify(corpus).damages
    with pytest.raises(IndexDamaged, match=r"semsearch (repair|verify)"):
        semsearch.search("bees", index=corpus, embedder=WordEmbedder(dimension=16))
    assert heal(corpus, expected) is None


def test_a_header_of_another_program_is_left_alone(corpus: Path) -> None:
    """Repair changes no header of another program."""
    change(corpus, "pragma application_id = 7")
    with pytest.raises(IndexDamaged):
        semsearch.repair(corpus)


def test_a_record_of_a_later_format_is_left_alone(corpus: Path) -> None:
    """Repair refuses a record with a later version and a table that it does not know."""
    record = corpus / ".semsearch" / "index.sqlite"
    change(corpus, "create table later (id integer primary key)")
    change(corpus, f"pragma user_version = {FORMAT_VERSION + 1}")
    before = record.read_bytes()
    with pytest.raises(IndexTooNew, match="update it"):
        semsearch.repair(corpus)
    assert record.read_bytes() == before


def test_an_index_that_is_whole_needs_no_repair(corpus: Path) -> None:
    """Repairing a whole index changes nothing and costs nothing."""
    report = semsearch.repair(corpus)
    assert (report.found, report.documents_left_out, report.generation) == ((), 0, 2)
    assert semsearch.status(corpus).generation == 2


def test_files_that_a_writer_removes_meanwhile_are_no_damage(corpus: Path) -> None:
    """A long verification reads a generation that is kept no more at its end."""
    directory = IndexDirectory(corpus / DIRECTORY_NAME)
    with open_to_read(directory.record) as connection:
        assert list(damages(connection, directory, full=True)) == []
        for number in range(2):
            (corpus / "new.md").write_text(f"A new document, version {number}.\n")
            semsearch.index(
                corpus, embedder=WordEmbedder(dimension=16), settings=Settings(), accept=True
            )
        assert list(damages(connection, directory, full=True)) == []
    for path in directory.path.glob("ann-*"):
        path.unlink()
    assert any("cannot be read" in damage for damage in semsearch.verify(corpus).damages)


@pytest.mark.parametrize("index", ["document_born", "sqlite_autoindex_passage_1"])
def test_a_damaged_index_of_sqlite_changes_no_answer_without_a_word(
    index: str, corpus: Path, tmp_path: Path
) -> None:
    """SQLite believes its indexes, so that rows would be missing, or be those of another."""
    clean = tmp_path / "clean"
    shutil.copytree(corpus / DIRECTORY_NAME, clean)
    expected, _ = answers(corpus, WordEmbedder(dimension=16))
    flips = _flips_in(clean / "index.sqlite", index, 40)
    outcomes = [judge(corpus, clean, flip, expected) for flip in flips]
    assert [outcome for outcome in outcomes if outcome.is_silent] == []


def _flips_in(record: Path, index: str, count: int) -> list[Flip]:
    """Flips of bits in the only leaf of an index, whose entries fill its end."""
    with closing(sqlite3.connect(record)) as connection:
        ((start, size, unused),) = connection.execute(
            "select pgoffset, pgsize, unused from dbstat where name = ? and pagetype = 'leaf'",
            (index,),
        )
    chance = random.Random(index)
    return [
        Flip(record.name, start + chance.randrange(unused, size), chance.randrange(8))
        for _ in range(count)
    ]


def test_a_text_whose_id_has_flipped_takes_no_vector_of_another(
    corpus: Path, tmp_path: Path
) -> None:
    """The hash of a vector has the id of its text, and two texts have the same id then."""
    clean = tmp_path / "clean"
    shutil.copytree(corpus / DIRECTORY_NAME, clean)
    expected, _ = answers(corpus, WordEmbedder(dimension=16))
    for low, high in ((6, 22), (22, 6), (1, 17)):
        at, bit = _id_of_text(clean / "index.sqlite", low), (low ^ high).bit_length() - 1
        flipped(corpus, clean, Flip("index.sqlite", at, bit))
        assert heal(corpus, expected) is None


def _id_of_text(record: Path, text: int) -> int:
    """The offset of a text's id, of one byte, on the only leaf of its table."""
    with closing(sqlite3.connect(record)) as connection:
        ((start,),) = connection.execute(
            "select pgoffset from dbstat where name = 'text' and pagetype = 'leaf'"
        )
    content = record.read_bytes()
    cells = int.from_bytes(content[start + 3 : start + 5])
    for cell in range(cells):
        pointer = start + 8 + 2 * cell
        at = start + int.from_bytes(content[pointer : pointer + 2])
        while content[at] & 0x80:  # the length of the row, before its id
            at += 1
        if content[at + 1] == text:
            return at + 1
    raise AssertionError(f"there is no text {text}")
