"""Vectors of sentences in the record."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import semsearch
from fakes.embedder import SentenceWordEmbedder, WordEmbedder
from fakes.generations import files_of, hits, index
from semsearch.documents.passage import text_digest
from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.embedders.vectors import Vectors
from semsearch.errors import IndexDamaged, ReplyInvalid
from semsearch.settings.schema import Settings
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.record.row_hash import row_hash
from semsearch.store.record.sentences import as_stored, rows_of
from semsearch.store.snapshot import open_snapshot

ROWS = "select embedder, text, vectors from sentences order by 1, 2"


@pytest.fixture
def telling() -> SentenceWordEmbedder:
    """An embedder that tells the vectors of sentences."""
    return SentenceWordEmbedder()


@pytest.fixture
def kept(corpus: Path, telling: SentenceWordEmbedder) -> Path:
    """The corpus, with an index that has vectors of sentences."""
    index(corpus, telling)
    return corpus


@contextmanager
def record_of(corpus: Path) -> Iterator[sqlite3.Connection]:
    """The record, as another program might open it."""
    with closing(sqlite3.connect(corpus / ".semsearch" / "index.sqlite")) as connection:
        connection.create_function("row_hash", -1, row_hash)
        with connection:
            yield connection


def stored(corpus: Path) -> list[tuple[int, int, bytes]]:
    """The rows of the table."""
    with record_of(corpus) as connection:
        return connection.execute(ROWS).fetchall()


def test_rows_are_stored_in_a_byte_a_number() -> None:
    """Rows come back with a cosine of 0.999 to themselves, from 386 bytes each."""
    rows = np.random.default_rng(5).normal(size=(7, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    content = as_stored(rows)
    assert len(content) == 7 * 386
    found = rows_of(content, 384)
    assert found is not None
    assert (np.einsum("ij,ij->i", rows, found) > 0.999).all()


@pytest.mark.parametrize(
    ("content", "dimension"),
    [(b"", 4), (b"12345", 4), (bytes(6), 4), (b"\0\x7c" + b"\x7f" * 4, 4), (b"\0\x3c" * 6, 4)],
)
def test_bytes_that_are_no_unit_rows_are_refused(content: bytes, dimension: int) -> None:
    """Bytes of another length, without a direction, or longer than a unit give no rows."""
    assert rows_of(content, dimension) is None


def test_a_passage_of_several_sentences_has_their_vectors(
    kept: Path, telling: SentenceWordEmbedder
) -> None:
    """Each text with several sentences has a row for each, and one of one sentence has none."""
    with open_snapshot(IndexDirectory(kept / ".semsearch")) as snapshot:
        ids = snapshot.view.texts.ids()
        bodies = dict(snapshot.view.texts.bodies(ids.tolist()))
        owners, rows = snapshot.view.sentences.of_texts(snapshot.generation.embedder, ids)
        found = [bodies[owner] for owner in owners.tolist()]
    assert found.count("Bread dough rises.\n\nBake it hot.") == 2
    assert "A bowline neither slips nor jams." not in found
    bake = rows[found.index("Bread dough rises.\n\nBake it hot.") + 1]
    assert bake @ telling.vector("Bake it hot.") > 0.999


def test_rows_are_found_by_the_digests_of_texts(kept: Path, telling: SentenceWordEmbedder) -> None:
    """A text with several sentences has its rows, another digest and a single sentence none."""
    bread, knots = "Bread dough rises.\n\nBake it hot.", "A bowline neither slips nor jams."
    digests = [text_digest(text) for text in (bread, knots, "not there")]
    with open_snapshot(IndexDirectory(kept / ".semsearch")) as snapshot:
        found = snapshot.view.sentences.by_digest(snapshot.generation.embedder, digests)
    (rows,) = found.values()
    assert list(found) == digests[:1]
    assert (
        np.diag(rows @ np.stack([telling.vector(one) for one in bread.split("\n\n")]).T).min()
        > 0.999
    )


DAMAGES = {
    "a bit": "update sentences set vectors = cast(x'ff' || substr(vectors, 2) as blob)",
    "text that is no UTF-8": "update sentences set vectors = cast(x'ff' || vectors as text)",
    "a hash": "update sentences set hash = zeroblob(16)",
    "another type": "update sentences set vectors = 'words'",
    "a length": "update sentences set vectors = cast(vectors || x'00' as blob),"
    " hash = row_hash(embedder, text, cast(vectors || x'00' as blob))",
    "no unit rows": "update sentences set vectors = zeroblob(66),"
    " hash = row_hash(embedder, text, zeroblob(66))",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_rows_cost_a_notice_and_no_passage(
    kept: Path, telling: SentenceWordEmbedder, damage: str
) -> None:
    """A query counts the passage by its vector, verify names the rows, and repair drops them."""
    places = {path for path, _ in hits(kept, "bake bread hot", telling)}
    with record_of(kept) as connection:
        connection.execute(DAMAGES[damage])
    answer = semsearch.search("bake bread hot", index=kept, embedder=telling, settings=Settings())
    assert {hit.location.path for hit in answer.hits} <= places
    assert all(hit.signals.sentence_cosine is None for hit in answer.hits)
    assert any("sentences of text" in notice for notice in answer.notices)
    assert any("sentences of text" in one for one in semsearch.verify(kept, full=True).damages)
    assert semsearch.repair(kept).texts_to_embed == 0
    assert stored(kept) == []
    assert semsearch.verify(kept, full=True).damages == ()


def test_lost_rows_cost_nothing(kept: Path, telling: SentenceWordEmbedder) -> None:
    """Without its rows a passage counts by its vector."""
    with record_of(kept) as connection:
        connection.execute("delete from sentences")
    answer = semsearch.search("bake bread", index=kept, embedder=telling, settings=Settings())
    assert (answer.hits[0].location.path, answer.notices) == ("bread.txt", ())


def test_rows_of_a_lost_vector_are_named_and_dropped(kept: Path) -> None:
    """A row without the vector of its text is damage."""
    with record_of(kept) as connection:
        connection.execute("delete from vector where text in (select text from sentences limit 1)")
    before = stored(kept)
    told = semsearch.verify(kept, full=True).damages
    assert f"sentences of text {before[0][1]}" in told
    semsearch.repair(kept)
    assert stored(kept) == before[1:]


def test_rows_of_forgotten_text_are_in_no_file(kept: Path) -> None:
    """Forgetting leaves no byte of the rows."""
    before = stored(kept)
    semsearch.forget("bread.txt", index=kept)
    (gone,) = set(before).difference(stored(kept))
    assert not any(gone[2] in path.read_bytes() for path in files_of(kept))


def test_rows_are_carried_with_the_index(
    kept: Path, telling: SentenceWordEmbedder, tmp_path: Path
) -> None:
    """An imported index has the rows, and a file with a damaged one is refused."""
    semsearch.export(tmp_path / "carried", index=kept)
    (tmp_path / "there").mkdir()
    semsearch.import_(tmp_path / "carried", tmp_path / "there")
    assert stored(tmp_path / "there") == stored(kept)
    with closing(sqlite3.connect(tmp_path / "carried")) as connection, connection:
        connection.execute("update sentences set vectors = zeroblob(66) where id = 1")
    (tmp_path / "other").mkdir()
    with pytest.raises(IndexDamaged, match="sentences of text"):
        semsearch.import_(tmp_path / "carried", tmp_path / "other")


def test_a_fresh_run_makes_them_again(kept: Path, telling: SentenceWordEmbedder) -> None:
    """Rows of vectors that are put aside go with these, once no generation has them."""
    before = stored(kept)
    for _ in range(2):
        semsearch.rebuild(kept, embedder=telling, settings=Settings(), fresh=True)
    assert {embedder for embedder, *_ in stored(kept)} == {2, 3}
    assert [row[1:] for row in stored(kept) if row[0] == 3] == [row[1:] for row in before]


def test_rows_survive_a_damaged_schema(kept: Path, telling: SentenceWordEmbedder) -> None:
    """Repair finds the rows on their pages."""
    before = stored(kept)
    record = kept / ".semsearch" / "index.sqlite"
    record.write_bytes(record.read_bytes().replace(b"create table", b"create tbble"))
    semsearch.repair(kept)
    assert stored(kept) == before


def test_texts_from_before_have_none_until_they_are_made_anew(corpus: Path) -> None:
    """A text that has its vector gets no rows; a fresh run makes them."""
    index(corpus, WordEmbedder())
    telling = SentenceWordEmbedder()
    index(corpus, telling)
    assert stored(corpus) == []
    semsearch.rebuild(corpus, embedder=telling, settings=Settings(), fresh=True)
    assert len(stored(corpus)) == 4


@pytest.mark.parametrize(
    "rows", [np.ones((2, 64), np.float32), np.eye(2, 63, dtype=np.float32), np.eye(2, 64)]
)
def test_rows_that_are_no_unit_rows_are_not_stored(corpus: Path, rows: Vectors) -> None:
    """An embedder that gives other rows for sentences is refused, and nothing is stored."""

    class Wrong(WordEmbedder):
        def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
            """The rows for each text."""
            for batch in super().embed(texts):
                yield replace(batch, sentences=(rows,) * len(batch.positions))

    with pytest.raises(ReplyInvalid, match="unit rows for sentences"):
        index(corpus, Wrong())
    assert stored(corpus) == []
