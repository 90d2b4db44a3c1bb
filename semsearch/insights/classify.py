"""Classify the documents of an index by examples, a saved model or label names; tag them."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from semsearch.documents.passage import valid_text
from semsearch.embedders.embedder import Embedder
from semsearch.embedders.vectors import Vectors
from semsearch.errors import EmbedderMismatch, IndexDamaged, SettingsError, TooLittle
from semsearch.insights.classifier import (
    Learner,
    Model,
    Trial,
    cross_validate,
    learner_named,
    model_of_names,
    train_model,
)
from semsearch.insights.example_vectors import Approve, ExampleEmbedder
from semsearch.insights.examples import Example, read_folders, read_table
from semsearch.insights.label_fit import DEFAULT_LEAST_FIT, SUBJECTS, label_fits
from semsearch.insights.model_files import load_model, save_model
from semsearch.insights.passage_matrix import PassageMatrix, Steps, open_passage_matrix
from semsearch.insights.sklearn_door import Matrix
from semsearch.settings.paths import expanded
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.locate import find_index
from semsearch.store.notes.cosine_baseline import baseline_of
from semsearch.store.notes.tags import TAGS, as_note, tags_of
from semsearch.store.writer import open_writer

DEFAULT_UNSURE_BELOW: Final = 0.5

_FEWEST: Final = 3  # documents
# Sharpness, in standard deviations of the cosines of unrelated passages. On the labelled passages
# and documents of two corpora (local:minilm) the log loss of means of examples was least at 20 to
# 40 times the cosine, that of unit rows, such as vectors of label names, at 15 to 20.
_BY_MEANS: Final = 3.0
_BY_NAMES: Final = 2.0


@dataclass(frozen=True, slots=True)
class Prediction:
    """The label of one document; None where the ``likeliest`` is below a threshold.

    ``given`` is the label that the document has as an example. ``fit`` is that of ``label_fit`` for
    label names, else None.
    """

    path: str
    label: str | None
    likeliest: str
    probability: float
    given: str | None = None
    fit: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The prediction as JSON names and values."""
        return {
            "path": self.path,
            "label": self.label,
            "likeliest": self.likeliest,
            "probability": round(self.probability, 4),
            "fit": None if self.fit is None else round(self.fit, 4),
            "given": self.given,
        }

    @property
    def tag(self) -> str | None:
        """The tag of the document: its label as an example, else the predicted one."""
        return self.given or self.label


@dataclass(frozen=True, slots=True)
class Classification:
    """The predicted labels of all documents, by path.

    ``trial`` is None without enough examples, ``method`` is None for a model loaded from a file.
    """

    index: Path
    corpus: Path
    generation: int
    embedder: str
    method: str | None
    labels: tuple[str, ...]
    examples: int
    trial: Trial | None
    unsure_below: float
    least_fit: float
    predictions: tuple[Prediction, ...]
    saved: Path | None
    tagged: int | None  # documents; None when that was not asked for
    notices: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Labels, trial and predictions as JSON names and values."""
        return {
            "index": str(self.index),
            "corpus": str(self.corpus),
            "generation": self.generation,
            "embedder": self.embedder,
            "method": self.method,
            "labels": list(self.labels),
            "examples": self.examples,
            "trial": None if self.trial is None else self.trial.to_dict(),
            "unsure_below": self.unsure_below,
            "least_fit": self.least_fit,
            "documents": [prediction.to_dict() for prediction in self.predictions],
            "saved": None if self.saved is None else str(self.saved),
            "tagged": self.tagged,
        }


def classify(
    examples: str | Path | None = None,
    *,
    labels: Sequence[str] = (),
    model: str | Path | None = None,
    method: Learner | str = Learner.LOGISTIC,
    unsure_below: float = DEFAULT_UNSURE_BELOW,
    least_fit: float = DEFAULT_LEAST_FIT,
    save: str | Path | None = None,
    apply: bool = False,
    index: str | Path | None = None,
    embedder: Embedder | None = None,
    settings: Settings | None = None,
    approve: Approve | None = None,
    steps: Steps | None = None,
) -> Classification:
    """Predict a label for each document of an index from its vector.

    Give one of ``examples`` (a CSV or TSV file with columns label and path or text, or a folder
    with a folder of files for each label), a saved ``model``, or ``labels`` whose words are
    embedded. A document whose likeliest label has a probability below ``unsure_below`` gets none;
    with ``labels`` also one that the label fits less than ``least_fit`` (see ``label_fit``).
    ``save`` writes the model to a new file. ``apply`` tags the documents in the index, replacing
    earlier tags of these labels. ``embedder`` must be that of the index. Before texts of examples
    are sent to a server, ``approve`` is called; without it, or if it returns False, ``RunDeclined``
    is raised. Raises ``SemsearchError``, as ``TooLittle`` for fewer than 3 documents or one label.
    """
    if sum((examples is not None, bool(labels), model is not None)) != 1:
        raise SettingsError("give one of examples, labels and a model")
    if not 0 <= unsure_below <= 1:
        raise SettingsError("--unsure-below must be from 0 to 1")
    settings = run_settings(settings, index=index)
    learner = learner_named(method)
    target = None if save is None else _new(save)
    with open_passage_matrix(index, settings=settings, documents=_FEWEST, steps=steps) as matrix:
        embedding = ExampleEmbedder(matrix, settings, embedder, approve)
        vectors = matrix.document_vectors()
        if examples is not None:
            source = expanded(examples)
            taught = _from_examples(source, matrix, vectors, embedding, settings, learner)
        elif model is not None:
            taught = _loaded(expanded(model), matrix)
        else:
            sharpness = _sharpness(matrix, _BY_NAMES)
            taught = _from_names(labels, vectors, embedding, sharpness)
        digests = {one.path: one.digest for one in matrix.snapshot.view.documents.all()}
        snapshot = matrix.snapshot
        found = Classification(
            index=snapshot.directory.path,
            corpus=snapshot.corpus,
            generation=snapshot.generation.number,
            embedder=matrix.embedder,
            method=taught.method,
            labels=taught.model.labels,
            examples=taught.examples,
            trial=taught.trial,
            unsure_below=unsure_below,
            least_fit=least_fit,
            predictions=_predictions(taught, matrix.paths, vectors, unsure_below, least_fit),
            saved=target,
            tagged=None,
            notices=(*taught.notices, *matrix.notices),
        )
    if target is not None:
        save_model(target, taught.model)
    return replace(found, tagged=_tag(found, digests)) if apply else found


@dataclass(frozen=True, slots=True)
class _Taught:
    """A model, with how it was trained; ``fits`` (documents, labels) for label names."""

    model: Model
    method: str | None = None
    examples: int = 0
    trial: Trial | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    fits: Matrix | None = None


def reset_tags(index: str | Path | None = None, *, settings: Settings | None = None) -> bool:
    """Remove all tags; returns whether there were any. Raises ``SemsearchError``."""
    with open_writer(find_index(run_settings(settings, index=index))) as writer:
        try:
            were_any = bool(tags_of(writer.view))
        except IndexDamaged:
            were_any = True
        writer.notes.put(TAGS, None)
    return were_any


def _new(file: str | Path) -> Path:
    path = expanded(file).absolute()
    if os.path.lexists(path):
        raise SettingsError(f"{path} is there already; name a new file")
    if not path.parent.is_dir():
        raise SettingsError(f"there is no folder {path.parent}; make it first")
    return path


def _sharpness(matrix: PassageMatrix, deviations: float) -> float:
    snapshot = matrix.snapshot
    return deviations / baseline_of(snapshot.view, snapshot.generation).deviation


def _from_examples(
    source: Path,
    matrix: PassageMatrix,
    vectors: Vectors,
    embedding: ExampleEmbedder,
    settings: Settings,
    learner: Learner,
) -> _Taught:
    examples, notices = _examples(source, matrix, settings)
    rows = np.empty((len(examples), vectors.shape[1]), dtype=np.float32)
    place = {path: position for position, path in enumerate(matrix.paths)}
    others = [position for position, one in enumerate(examples) if one.path is None]
    for position, one in enumerate(examples):
        if one.path is not None:
            rows[position] = vectors[place[one.path]]
    if others:
        rows[others] = embedding.of_examples([examples[position] for position in others])
    labels = [one.label for one in examples]
    sharpness = _sharpness(matrix, _BY_MEANS)
    model = train_model(matrix.embedder, rows, labels, learner, sharpness)
    trial = cross_validate(rows, labels, learner, sharpness)
    if trial is None:
        notices.append("how well it does is not known: that takes two examples of each label")
    given = {one.path: one.label for one in examples if one.path is not None}
    return _Taught(model, learner.value, len(examples), trial, given, tuple(notices))


def _loaded(file: Path, matrix: PassageMatrix) -> _Taught:
    model = load_model(file)
    if model.embedder != matrix.embedder:
        raise EmbedderMismatch(
            f"the model was made with {model.embedder}, and the index by {matrix.embedder}; make"
            " one from examples: semsearch classify --examples"
        )
    if model.weights.shape[1] != matrix.stored.shape[1]:
        raise SettingsError(f"the model {file} is for vectors of another length; make it anew")
    return _Taught(model)


def _from_names(
    labels: Sequence[str], vectors: Vectors, embedding: ExampleEmbedder, sharpness: float
) -> _Taught:
    names = tuple(dict.fromkeys(name for label in labels if (name := valid_text(label).strip())))
    if len(names) < 2:
        raise TooLittle("there is only one label; give two or more: --labels 'invoices,letters'")
    rows, subjects = np.split(embedding.of_names([*names, *SUBJECTS]), [len(names)])
    model = model_of_names(embedding.embedder.uri, names, rows, sharpness)
    return _Taught(model, "names", fits=label_fits(vectors, rows, subjects))


def _examples(
    source: Path, matrix: PassageMatrix, settings: Settings
) -> tuple[list[Example], list[str]]:
    """The examples and notices; an example that is a document of the index has its path."""
    corpus, paths = matrix.snapshot.corpus, set(matrix.paths)
    notices: list[str] = []
    if source.is_dir():
        read = list(read_folders(source.resolve(), settings))
        notices = [one for one in read if isinstance(one, str)]
        documents = matrix.snapshot.view.documents.all()
        at = {one.digest: one.path for one in documents if one.path in paths}
        found = [
            Example(one.label, path=at[one.digest]) if one.digest in at else one
            for one in read
            if isinstance(one, Example)
        ]
    else:
        found = read_table(source, corpus)
    if not found:
        raise TooLittle(f"there are no examples in {source}; semsearch classify --help shows how")
    for example in found:
        if example.path is not None and example.path not in paths:
            raise SettingsError(
                f"{example.path} is no document of the index that has text; name it by its path"
                f" below {corpus}"
            )
    return found, notices


def _predictions(
    taught: _Taught,
    paths: Sequence[str],
    vectors: Vectors,
    unsure_below: float,
    least_fit: float,
) -> tuple[Prediction, ...]:
    likely = taught.model.probabilities(vectors)
    best = likely.argmax(axis=1).tolist()
    found = []
    for at, (path, label, row) in enumerate(zip(paths, best, likely, strict=True)):
        name, probability = taught.model.labels[label], float(row[label])
        fit = None if taught.fits is None else float(taught.fits[at, label])
        is_sure = probability >= unsure_below and (fit is None or fit >= least_fit)
        sure = name if is_sure else None
        found.append(Prediction(path, sure, name, probability, taught.given.get(path), fit))
    return tuple(found)


def _tag(found: Classification, digests: Mapping[str, bytes | None]) -> int:
    """Tag the documents, replacing earlier tags of these labels; returns how many are tagged."""
    tags: dict[str, set[bytes]] = {label: set() for label in found.labels}
    for one in found.predictions:
        digest = digests[one.path]
        if one.tag is not None and digest is not None:
            tags.setdefault(one.tag, set()).add(digest)
    with open_writer(IndexDirectory(found.index)) as writer:
        kept = {tag: of for tag, of in tags_of(writer.view).items() if tag not in tags}
        writer.notes.put(TAGS, as_note({**kept, **tags}))
    return sum(one.tag is not None for one in found.predictions)
