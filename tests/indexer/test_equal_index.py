"""An updated index equals an index made from scratch."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import semsearch
from fakes.embedder import WordEmbedder
from fakes.index_runs import index
from semsearch.documents.passage import Location
from semsearch.query.hits import Answer

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["a.txt", "b.md", "sub/c.txt", "d.pdf"]),
        st.one_of(
            st.none(),
            st.lists(st.sampled_from(["Bees hum.", "# Tides", "Bread, hot.", "", "Knots hold."])),
        ),
    ),
    max_size=6,
)


@given(steps=STEPS)
@settings(max_examples=25)
def test_an_updated_index_equals_one_made_from_nothing(steps: list[tuple[str, list[str]]]) -> None:
    """After any edits an updated index has the places, texts and answers of a new one."""
    embedder = WordEmbedder()
    with TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        (corpus / "sub").mkdir(parents=True)
        (corpus / "always.txt").write_text("Honey bees.")
        for path, lines in steps:
            (corpus / path).unlink(missing_ok=True)
            if lines is not None:
                (corpus / path).write_text("\n\n".join(lines))
            index(corpus, embedder)
        index(corpus, embedder)
        made = Path(folder, "made")
        shutil.copytree(corpus, made, ignore=shutil.ignore_patterns(".semsearch"))
        index(made, embedder)
        for question in ("bees", "hot tides hold"):
            one, other = (
                semsearch.search(question, index=place, embedder=embedder, limit=50)
                for place in (corpus, made)
            )
            assert (one.notices, other.notices) == ((), ())
            assert places(one) == pytest.approx(places(other))
        assert semsearch.status(corpus).left_out == semsearch.status(made).left_out


def places(answer: Answer) -> dict[tuple[Location, str], float]:
    """The score of each hit, by place and digest."""
    return {(hit.location, hit.digest): hit.score for hit in answer.hits}
