"""The changes of a run, computed from its own rows, equal those of all rows."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.settings.schema import Settings
from semsearch.store.disk.directory import DIRECTORY_NAME, IndexDirectory
from semsearch.store.loaded_indexes import load_derived
from semsearch.store.snapshot import open_snapshot

TEXTS = [f"Paragraph {number} is about {word}." for number, word in enumerate("abcdefgh")]
CUT = Settings(passage_characters=50, overlap_characters=0)

files = st.integers(0, 4).map("doc{}.md".format)
edits = st.one_of(
    st.tuples(files, st.lists(st.sampled_from(TEXTS), max_size=6)),  # some stand there twice
    st.tuples(files, st.none()),  # it goes
    st.just("rollback"),
)


def edited(corpus: Path, edit: object) -> None:
    """Edit the folder once, and index it."""
    if edit == "rollback":
        if len(list((corpus / DIRECTORY_NAME).glob("keywords-*"))) == 2:
            semsearch.rollback(corpus)
        return
    assert isinstance(edit, tuple)
    name, texts = edit
    if texts is None:
        (corpus / name).unlink(missing_ok=True)
    else:
        (corpus / name).write_text("\n\n".join(texts))
    semsearch.index(
        corpus, embedder=WordEmbedder(dimension=16), settings=CUT, allow_mass_delete=True
    )


@settings(max_examples=15, deadline=None)
@given(st.lists(edits, min_size=1, max_size=6))
def test_a_generation_holds_what_its_rows_show(changes: list[object]) -> None:
    """Counts, repeated texts and derived indexes of a generation fit its rows."""
    with tempfile.TemporaryDirectory() as name:
        corpus = Path(name)
        (corpus / "always.md").write_text("Here is some text that stays.")
        for edit in [("doc0.md", TEXTS[:3]), *changes]:
            edited(corpus, edit)
            assert semsearch.verify(corpus, full=True).damages == ()
            with open_snapshot(IndexDirectory(corpus / DIRECTORY_NAME)) as snapshot:
                derived = load_derived(snapshot)
                texts = snapshot.view.texts.ids().tolist()
                assert derived.ann is not None
                assert derived.keywords is not None
                assert derived.ann.ids.tolist() == texts
                assert derived.keywords.texts_with_all("").tolist() == texts
                shown = snapshot.view.passages.of_texts(texts, snapshot.generation.repeats)
                assert len(shown) == snapshot.generation.passages
                assert not snapshot.view.withheld
