"""Documents are classified and tagged, and tags filter a question."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from insights.subjects import SUBJECTS, write_documents, write_subjects

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import EmbedderMismatch, RunDeclined, SettingsError, TooLittle
from semsearch.insights.classify import reset_tags
from semsearch.insights.label_fit import SUBJECTS as USUAL
from semsearch.query.parser import Filter
from semsearch.store.record.connection import open_to_write

if TYPE_CHECKING:
    from conftest import Run

QUESTION = "the"


@pytest.fixture
def indexed(tmp_path: Path, words: WordEmbedder) -> Path:
    """An index of the three subjects."""
    folder = write_subjects(tmp_path / "subjects")
    semsearch.index(folder, embedder=words)
    words.seen.clear()
    return folder


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table of two documents of each subject, by path."""
    rows = [f"{subject}/{number}.txt,{subject}" for subject in SUBJECTS for number in (0, 1)]
    path = tmp_path / "labels.csv"
    path.write_text("path,label\n" + "\n".join(rows) + "\n")
    return path


def found(folder: Path, words: WordEmbedder, **tags: tuple[str, ...]) -> set[str]:
    """The folders of the documents that are found with some tags."""
    answer = semsearch.search(
        QUESTION, limit=50, min_relevance=0, index=folder, embedder=words, filter=Filter(**tags)
    )
    return {hit.location.path.split("/")[0] for hit in answer.hits}


@pytest.mark.parametrize("method", ["logistic", "centroid"])
def test_documents_get_the_label_of_examples_like_them(
    indexed: Path, table: Path, method: str
) -> None:
    """Examples that are documents of the index need no embedding."""
    told = semsearch.classify(table, index=indexed, method=method)
    assert {(one.path.split("/")[0], one.likeliest) for one in told.predictions} == {
        (subject, subject) for subject in SUBJECTS
    }
    assert [one.given for one in told.predictions[:4]] == ["bees", "bees", None, None]
    assert (told.examples, told.method, told.labels) == (6, method, tuple(SUBJECTS))
    assert told.trial is not None
    assert (told.trial.folds, told.trial.accuracy) == (2, 1)


def test_a_folder_for_each_label_holds_examples(
    indexed: Path, tmp_path: Path, words: WordEmbedder
) -> None:
    """Known files reuse vectors, others are embedded, unreadable ones give notices."""
    sorted_ = tmp_path / "sorted"
    for subject, some in SUBJECTS.items():
        write_documents(sorted_ / subject, some, range(3, 6))
    (sorted_ / "bees" / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    (sorted_ / "loose.txt").write_text("No label.\n")
    told = semsearch.classify(sorted_, index=indexed, embedder=words)
    assert told.examples == 9
    assert len(words.seen) == 6
    assert {one.path: one.given for one in told.predictions if one.given} == {
        f"{subject}/3.txt": subject for subject in SUBJECTS
    }
    assert all(one.likeliest == one.path.split("/")[0] for one in told.predictions)
    [notice] = told.notices
    assert notice.startswith("bees/broken.pdf is no example: ")


def test_texts_in_a_table_and_names_alone_are_embedded(
    indexed: Path, tmp_path: Path, words: WordEmbedder
) -> None:
    """Texts and label names are embedded by the index's embedder only."""
    table = tmp_path / "labels.tsv"
    rows = [f"{some}\t{subject}" for subject, some in SUBJECTS.items()]
    table.write_text("text\tlabel\n" + "\n".join(rows) + "\n")
    told = semsearch.classify(table, index=indexed, embedder=words, unsure_below=0)
    assert all(one.label == one.path.split("/")[0] for one in told.predictions)
    assert told.trial is None
    assert "two examples of each label" in told.notices[0]
    names = ["hive honey queen swarm", "mast anchor rudder", "flour dough yeast"]
    told = semsearch.classify(
        labels=names, index=indexed, embedder=words, unsure_below=0, least_fit=-9
    )
    by_folder = dict(zip(SUBJECTS, names, strict=True))
    assert all(one.label == by_folder[one.path.split("/")[0]] for one in told.predictions)
    assert words.seen[-43:] == [f"This is about {name}." for name in (*names, *USUAL)]
    with pytest.raises(EmbedderMismatch, match="cannot embed examples"):
        semsearch.classify(labels=names, index=indexed, embedder=WordEmbedder("test:others"))


def test_what_would_go_to_a_server_is_asked_for(
    indexed: Path, tmp_path: Path, words: WordEmbedder
) -> None:
    """Without consent no example is sent to a server."""

    class Served(WordEmbedder):
        host = "api.example.org"
        price = spent = requests_a_minute = learned_limits = None

        def forecast(self) -> None: ...

        def recall(self, learned_limits: str) -> None: ...

    table = tmp_path / "labels.csv"
    table.write_text("text,label\nhive honey,bees\nmast anchor,boats\n")
    served = Served()
    asked: list[tuple[str, str]] = []
    with pytest.raises(RunDeclined, match=r"would go to api\.example\.org; agree with --yes"):
        semsearch.classify(table, index=indexed, embedder=served)
    assert served.seen == []
    semsearch.classify(
        table,
        index=indexed,
        embedder=served,
        approve=lambda what, host: not asked.append((what, host)),  # type: ignore[func-returns-value]
    )
    assert asked == [("2 texts of examples, at most 21 tokens,", "api.example.org")]


def test_unsure_documents_have_no_label(indexed: Path, table: Path) -> None:
    """A document below the threshold has no label."""
    likely = sorted(one.probability for one in semsearch.classify(table, index=indexed).predictions)
    told = semsearch.classify(table, index=indexed, unsure_below=likely[6]).predictions
    assert [one.label is None for one in told] == [one.probability < likely[6] for one in told]
    assert sum(one.label is None for one in told) == 6


def test_tags_restrict_a_question(indexed: Path, table: Path, words: WordEmbedder) -> None:
    """Tags filter by option and in the question; several are joined by or, ! excludes."""
    told = semsearch.classify(table, index=indexed, unsure_below=0, apply=True)
    assert told.tagged == 12
    assert found(indexed, words, tags=("bees",)) == {"bees"}
    assert found(indexed, words, tags=("bees", "boats")) == {"bees", "boats"}
    assert found(indexed, words, not_tags=("bees",)) == {"boats", "bread"}
    answer = semsearch.search('the tag:"bread"', limit=50, index=indexed, embedder=words)
    assert {hit.location.path.split("/")[0] for hit in answer.hits} == {"bread"}
    with pytest.raises(SettingsError, match="no tag 'cars' in the index; tags are bees, boats"):
        found(indexed, words, tags=("cars",))
    assert reset_tags(indexed) is True
    assert reset_tags(indexed) is False
    with pytest.raises(SettingsError, match="nothing is tagged"):
        found(indexed, words, not_tags=("bees",))


def test_a_tag_lives_as_long_as_what_the_file_has_in_it(
    indexed: Path, table: Path, words: WordEmbedder
) -> None:
    """A tag survives renames and rebuilds, and ends when the file changes."""
    semsearch.classify(table, index=indexed, unsure_below=0, apply=True)
    (indexed / "bees" / "0.txt").rename(indexed / "moved.txt")
    (indexed / "bees" / "1.txt").write_text("The hive and the queen and the comb.\n")
    (indexed / "boats" / "0.txt").unlink()
    semsearch.index(indexed, embedder=words)
    semsearch.rebuild(indexed, embedder=words)
    answer = semsearch.search("the tag:bees", limit=50, index=indexed, embedder=words)
    assert {hit.location.path for hit in answer.hits} == {"moved.txt", "bees/2.txt", "bees/3.txt"}
    semsearch.classify(
        labels=["rope", "honey"], index=indexed, embedder=words, unsure_below=0, apply=True
    )
    assert found(indexed, words, tags=("bread",)) == {"bread"}  # tags of other labels are kept


def test_a_document_that_is_forgotten_leaves_no_tag(
    indexed: Path, table: Path, words: WordEmbedder
) -> None:
    """Forgetting a document removes its digest from the tags."""
    semsearch.classify(table, index=indexed, unsure_below=0, apply=True)
    semsearch.forget(indexed / "bees" / "0.txt", index=indexed)
    with open_to_write(indexed / ".semsearch" / "index.sqlite") as connection:
        [(kept,)] = connection.execute("select value from note where name = 'tags'").fetchall()
    assert {tag: len(digests) for tag, digests in json.loads(kept).items()} == {
        "bees": 3, "boats": 4, "bread": 4,
    }  # fmt: skip


def test_a_model_is_used_again(indexed: Path, table: Path, tmp_path: Path) -> None:
    """A saved model gives equal labels, for the same embedder only."""
    file = tmp_path / "model.npz"
    first = semsearch.classify(table, index=indexed, save=file)
    again = semsearch.classify(model=file, index=indexed)
    assert [one.likeliest for one in again.predictions] == [
        one.likeliest for one in first.predictions
    ]
    with pytest.raises(SettingsError, match="is there already; name a new file"):
        semsearch.classify(table, index=indexed, save=file)
    other = write_subjects(tmp_path / "others")
    semsearch.index(other, embedder=WordEmbedder("test:others"))
    with pytest.raises(EmbedderMismatch, match="was made with test:words"):
        semsearch.classify(model=file, index=other)


def test_what_cannot_be_learned_from_is_told(indexed: Path, tmp_path: Path) -> None:
    """Unusable examples raise an error that names the place."""
    table = tmp_path / "labels.csv"
    for content, error, message in (
        ("name,label\na,b\n", SettingsError, "must name a column label, and one path or text"),
        ("path,label\nbees/0.txt,\n", SettingsError, r"labels.csv:2: a row needs a label"),
        ("path,label\nnowhere.txt,b\n", SettingsError, "nowhere.txt is no document of the index"),
        ("path,label\n", TooLittle, "there are no examples in"),
        ("path,label\nbees/0.txt,bees\n", TooLittle, "only one label, 'bees'"),
    ):
        table.write_text(content)
        with pytest.raises(error, match=message):
            semsearch.classify(table, index=indexed)
    table.write_bytes(b"path,label\n\xff,b\n")
    with pytest.raises(SettingsError, match="cannot read examples"):
        semsearch.classify(table, index=indexed)
    with pytest.raises(TooLittle, match="only one label; give two or more"):
        semsearch.classify(labels=["bees", " bees "], index=indexed)
    with pytest.raises(SettingsError, match="give one of examples, labels and a model"):
        semsearch.classify(index=indexed)
    with pytest.raises(SettingsError, match="'guess' is no method"):
        semsearch.classify(table, method="guess", index=indexed)


def test_the_command_prints_figures_first_and_tags(indexed: Path, table: Path, run: "Run") -> None:
    """The command prints figures, or equal JSON, and tags documents."""
    shown = run("classify", "--examples", table, "--apply", "--unsure-below", 0, "--index", indexed)
    assert (shown.returncode, shown.stderr) == (0, "")
    lines = shown.stdout.splitlines()
    assert lines[0] == "6 examples of 3 labels; accuracy 1.00 on those left out, in 2 folds"
    assert lines[3] == "bees          2       1.00    1.00"
    assert lines[7].endswith("  bees    bees/0.txt (example)")
    assert lines[-1] == "12 documents, unsure of 0; 12 tagged"
    told = json.loads(run("classify", "--examples", table, "--index", indexed, "--json").stdout)
    assert told["trial"]["accuracy"] == 1
    assert [one["given"] for one in told["documents"]].count(None) == 6
    paths = run(
        "query", "the", "--tag", "boats", "--files-only", "--mode", "keyword", "--index", indexed
    )
    assert {line.split("/")[0] for line in paths.stdout.splitlines()} <= {"boats"}
    reset = run("classify", "--reset", "--index", indexed)
    assert reset.stdout == "nothing is tagged any more\n"
    wrong = run("classify", "--index", indexed)
    assert wrong.stderr == "semsearch: give one of --examples, --labels and --model\n"
