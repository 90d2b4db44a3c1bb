"""The temporary indexes in which settings are tried."""

import numpy as np

from fakes.embedder import SentenceWordEmbedder
from semsearch.documents.passage import Passage, text_digest
from semsearch.evaluation.trial_index import ChunkedDocuments, trial_index
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.snapshot import open_snapshot


def test_a_trial_has_the_vectors_of_sentences_that_are_known() -> None:
    """Passages are ranked by their best sentence in a trial, too; of others there are no rows."""
    words = SentenceWordEmbedder()
    several, single = "Bees gather nectar. Honey is spun.", "Bread rises."
    cut = ChunkedDocuments(
        99, {"a.md": [Passage(text, (1, 1), None, ()) for text in (several, single)]}
    )
    vectors = {text: words.vector(text) for text in (several, single)}
    rows = np.stack([words.vector("Bees gather nectar."), words.vector("Honey is spun.")])
    with (
        trial_index(cut, vectors, {several: rows}, words.uri, None) as place,
        open_snapshot(IndexDirectory(place)) as snapshot,
    ):
        ids = snapshot.view.texts.ids()
        owners, found = snapshot.view.sentences.of_texts(snapshot.generation.embedder, ids)
        bodies = dict(snapshot.view.texts.bodies(owners.tolist()))
    assert [bodies[owner] for owner in owners.tolist()] == [several] * 2
    assert (np.einsum("ij,ij->i", found, rows) > 0.999).all()


def test_a_trial_has_the_titles_of_its_documents() -> None:
    """They count in the ranking of a local embedder's index, so they do in a trial."""
    words = SentenceWordEmbedder()
    passages = [Passage("Honey is spun.", (1, 1), None, ())]
    cut = ChunkedDocuments(99, {"a.md": passages, "my b.md": passages}, {"a.md": "Bees"})
    assert cut.called == ["Bees", "my b"]
    vectors = {text: words.vector(text) for text in ("Honey is spun.", "Bees")}
    with (
        trial_index(cut, vectors, {}, words.uri, None) as place,
        open_snapshot(IndexDirectory(place)) as snapshot,
    ):
        own = snapshot.generation.embedder
        digests = [text_digest(title) for title in cut.called]
        assert list(snapshot.view.vectors.by_digest(own, digests)) == digests[:1]
        texts = snapshot.view.texts.ids().tolist()
        names = snapshot.view.passages.names_of(texts, snapshot.generation.repeats)
    assert sorted(names) == [(1, "a.md", "Bees", 1), (1, "my b.md", None, 1)]
