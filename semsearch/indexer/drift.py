"""Drift: whether an embedder still gives the vectors that it gave when the index was begun.

A provider may change a model under its name. Vectors of two models cannot be compared, and no error
shows it. So a few probe texts are embedded with the first paid request, kept, and compared in every
run that pays; likewise for a local model in a folder.
"""

from shlex import quote
from typing import Final

from semsearch.embedders.embedder import Embedder, embedded
from semsearch.embedders.vectors import Vectors
from semsearch.errors import EmbedderDrifted
from semsearch.store.writer import IndexWriter

# Prose, code and another language: a change of the model shows in at least one of them.
CANARIES: Final = (
    "The harbour master enters every vessel in the log before the tide turns.",
    "def mean(values: list[float]) -> float:\n    return sum(values) / len(values)",
    "Die Kündigungsfrist beträgt drei Monate zum Ende eines Quartals.",
)
# A text embedded alone or in a batch differs by less than 0.00002 (measured on mistral-embed).
_LEAST: Final = 0.999


def are_of_one_model(some: Vectors, others: Vectors) -> bool:
    """Whether two sets of vectors (n, dimension) of the probe texts are of one model."""
    return bool(((some * others).sum(axis=1) >= _LEAST).all())


def check_drift(embedder: Embedder, writer: IndexWriter) -> None:
    """Compare the vectors of the probe texts with the stored ones; store them when none are.

    Raises ``EmbedderDrifted`` when a vector has turned, and ``EmbedderError``.
    """
    vectors = embedded(embedder, CANARIES)
    kept = writer.view.vectors.probes(writer.embedder)
    if kept is None:
        writer.vectors.put_probes(vectors)
        return
    if kept.shape != vectors.shape:
        raise EmbedderDrifted(
            f"{embedder.uri} now gives vectors of {vectors.shape[1]} numbers, the index has"
            f" {kept.shape[1]}; nothing was stored, run: semsearch rebuild --fresh"
        )
    cosines = (kept * vectors).sum(axis=1)
    worst = int(cosines.argmin())
    if cosines[worst] < _LEAST:
        first_line = CANARIES[worst].splitlines()[0]
        raise EmbedderDrifted(
            f"{embedder.uri} has changed: its vector for the text {quote(first_line)} has the"
            f" cosine {cosines[worst]:.3f} to the one that the index began with; nothing was"
            " stored, run: semsearch rebuild --fresh"
        )
