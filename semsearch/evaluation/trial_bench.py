"""Bench for settings: sample documents, chunk, embed and search them."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from semsearch.documents.chunker import budget_of
from semsearch.documents.document import Document
from semsearch.documents.passage import text_digest
from semsearch.documents.pool.limits import Limits
from semsearch.documents.pool.pool import ReaderPool, Request
from semsearch.documents.readers.reader import ReadDocument
from semsearch.embedders.api.protocols import forecast_of
from semsearch.embedders.embedder import (
    Batches,
    Embedder,
    embedded,
    embedder_of_passages,
    embedder_of_questions,
)
from semsearch.embedders.vectors import Vectors
from semsearch.errors import RunDeclined
from semsearch.evaluation.judgments import JudgedQuestion
from semsearch.evaluation.metrics import gain_by_reading
from semsearch.evaluation.question_generation import GeneratedQuestions
from semsearch.evaluation.trial_index import (
    ChunkedDocuments,
    PrecomputedEmbedder,
    answers_of,
    chunk_documents,
    trial_index,
)
from semsearch.evaluation.trials import DEPTH, run_trial
from semsearch.evaluation.verdict import Setting, TrialResult
from semsearch.indexer.document_counts import DocumentCounts
from semsearch.indexer.plan import Plan, plan_of
from semsearch.indexer.target import PreparedRun
from semsearch.query.options import SearchOptions
from semsearch.query.scoring import Weights
from semsearch.query.searcher import Searcher
from semsearch.settings.amounts import counted
from semsearch.settings.schema import Settings
from semsearch.store.record.documents import StoredDocument
from semsearch.store.snapshot import Snapshot

_MOST_CHARACTERS: Final = 600_000  # of the sampled documents: minutes for a local model
_SIZES: Final = (200, 6_000)  # bounds of the passage lengths that are tried, in characters
_HITS: Final = 30


def sampled_documents(
    run: PreparedRun,
    known: Sequence[StoredDocument],
    seed: int,
    first: Set[str] = frozenset(),
) -> dict[str, Document]:
    """Read documents of the index in random order, until 600,000 characters are read.

    Documents whose paths are in ``first`` come before all others, each as a whole.
    """
    order = sorted(known, key=lambda document: document.path)
    Random(seed).shuffle(order)  # noqa: S311  # no secret depends on it
    order.sort(key=lambda document: document.path not in first)
    requests = ((d.path, Request(d.path, d.stat.size)) for d in order)
    found: dict[str, Document] = {}
    left = _MOST_CHARACTERS
    with ReaderPool(run.corpus, Limits.of(run.settings)) as pool:
        for path, outcome in pool.in_order(requests):
            if isinstance(outcome, ReadDocument) and outcome.document.blocks:
                is_first = path in first
                found[path] = outcome.document if is_first else _beginning(outcome.document, left)
                left -= sum(len(block.text) for block in found[path].blocks)
            if left <= 0 and len(found) >= len(first):
                break
    return found


def _beginning(document: Document, characters: int) -> Document:
    """Return the document cut off after the block in which ``characters`` are reached."""
    count = 0
    while count < len(document.blocks) and characters > 0:
        characters -= len(document.blocks[count].text)
        count += 1
    return replace(document, blocks=document.blocks[:count])


def chunked_in_sizes(
    run: PreparedRun, generated: GeneratedQuestions, present: int, sizes: Sequence[int] | None
) -> dict[int, ChunkedDocuments]:
    """Chunk the documents in each size, the present first; skip sizes with equal passages."""
    least, most = _SIZES
    wanted = sizes or [size for size in (present // 2, present * 2) if least <= size <= most]
    cuts: dict[int, ChunkedDocuments] = {}
    for size in dict.fromkeys([present, *wanted]):
        sized = replace(
            run.settings,
            passage_characters=size,
            overlap_characters=overlap_for(size, run.settings.overlap_characters),
        )
        cut = chunk_documents(generated.documents, budget_of(run.embedder, sized))
        if all(cut.texts != other.texts for other in cuts.values()):
            cuts[size] = cut
    return cuts


def overlap_for(characters: int, wanted: int) -> int:
    """Return the overlap for passages of a length: at most half of it."""
    return min(wanted, characters // 2)


def trial_vectors(
    run: PreparedRun,
    snapshot: Snapshot,
    generated: GeneratedQuestions,
    cuts: Mapping[int, ChunkedDocuments],
    documents: int,
    approve: Callable[[Plan], bool] | None,
    tell: Callable[[str], None],
    asked: Sequence[str] | None = None,
) -> "TrialVectors":
    """Return a vector for each question and for each text of any chunking, with its sentences'.

    ``asked`` are the questions, if they are not the generated ones. Vectors in the index are
    reused; all other texts are embedded. Raises ``RunDeclined`` when ``approve`` returns False.
    """
    told = [cut.texts + (cut.called if run.embedder.is_local else []) for cut in cuts.values()]
    texts = list(dict.fromkeys(text for some in told for text in some))
    digests = {text_digest(text): text for text in texts}
    vectors: dict[str, Vectors] = {}
    sentences: dict[str, Vectors] = {}
    indexed_by = snapshot.generation.embedder
    if indexed_by.uri == run.embedder.uri:
        stored = snapshot.view.vectors.by_digest(indexed_by, list(digests))
        vectors = {digests[digest]: row for digest, row in stored.items()}
        of_sentences = snapshot.view.sentences.by_digest(indexed_by, list(digests))
        sentences = {digests[digest]: rows for digest, rows in of_sentences.items()}
    if asked is None:
        asked = [question.text for question in generated.questions]
    asked = list(dict.fromkeys(asked))
    missing = [text for text in texts if text not in vectors]
    forecast = forecast_of(run.embedder)
    for text in (*missing, *asked):
        forecast.add(text)
    plan = plan_of(
        run.embedder,
        forecast.needs(),
        run.corpus,
        run.directory.path,
        documents=DocumentCounts(
            to_read=len(generated.documents), unchanged=documents - len(generated.documents)
        ),
        passages=len(asked) + sum(len(some) for c in cuts.values() for some in c.passages.values()),
    )
    if plan.host is not None and approve is not None and not approve(plan):
        raise RunDeclined("nothing was sent and nothing has changed")
    tell(f"embedding {counted(len(missing), 'text')} and {counted(len(asked), 'question')}")
    for batch in Batches(embedder_of_passages(run.embedder), missing) if missing else ():
        own = [missing[position] for position in batch.positions]
        vectors |= zip(own, batch.vectors, strict=True)
        sentences |= zip(own, batch.sentences, strict=False)  # of most embedders none
    return TrialVectors(vectors, sentences, _of_questions(run.embedder, asked))


def _of_questions(embedder: Embedder, asked: Sequence[str]) -> Mapping[str, Vectors]:
    return dict(zip(asked, embedded(embedder_of_questions(embedder), asked), strict=True))


@dataclass(frozen=True, slots=True)
class TrialVectors:
    """Vectors by text, (dimension,) each; questions may have other vectors than texts.

    ``of_sentences`` are the rows (n, dimension) of the texts that have vectors of sentences.
    """

    of_texts: Mapping[str, Vectors]
    of_sentences: Mapping[str, Vectors]
    of_questions: Mapping[str, Vectors]


class TrialBench:
    """Tries settings: an index for each passage length, searched with each ranking."""

    def __init__(
        self,
        run: PreparedRun,
        generated: GeneratedQuestions,
        cuts: Mapping[int, ChunkedDocuments],
        vectors: TrialVectors,
        canaries: Vectors | None,
        tell: Callable[[str], None],
    ) -> None:
        self.generated = generated
        self.sizes = list(cuts)
        self._embedder = PrecomputedEmbedder(run.embedder, vectors.of_questions)
        self._vectors = vectors
        self._cuts = cuts
        self._canaries = canaries
        self._tell = tell

    def figures(
        self, setting: Setting, judged: Sequence[JudgedQuestion]
    ) -> Mapping[str, Sequence[float]]:
        """Return the metrics by name with a value per question, judged or else generated."""
        if not judged:
            (result,) = self.tried([setting])
            return {"gain": result.gains, "recall@5": result.recalls}
        with self._searcher(self._cuts[setting.characters]) as searcher:
            return run_trial(searcher, judged, _wanted(setting, DEPTH)).figures

    def tried(self, settings: Sequence[Setting]) -> Iterator[TrialResult]:
        """Yield the results of each setting; all settings have the same passage length."""
        size = settings[0].characters
        self._tell(
            f"asking {counted(len(self.generated.questions), 'question')}, passages of {size}"
        )
        cut = self._cuts[size]
        answers = answers_of(self.generated.questions, self.generated.documents, cut)
        with self._searcher(cut) as searcher:
            for setting in settings:
                yield self._asked(searcher, setting, cut, answers)

    @contextmanager
    def _searcher(self, cut: ChunkedDocuments) -> Iterator[Searcher]:
        with (
            trial_index(
                cut,
                self._vectors.of_texts,
                self._vectors.of_sentences,
                self._embedder.uri,
                self._canaries,
            ) as place,
            Searcher(index=place, embedder=self._embedder, settings=Settings()) as searcher,
        ):
            yield searcher

    def _asked(
        self,
        searcher: Searcher,
        setting: Setting,
        cut: ChunkedDocuments,
        answers: Sequence[frozenset[str]],
    ) -> TrialResult:
        wanted = _wanted(setting, _HITS)
        gains, recalls = [], []
        asked = [question.text for question in self.generated.questions]
        for right, answer in zip(answers, searcher.answers(asked, wanted), strict=True):
            is_right = [hit.digest in right for hit in answer.hits]
            gains.append(gain_by_reading([len(hit.text) for hit in answer.hits], is_right))
            recalls.append(float(any(is_right[:5])))
        return TrialResult(setting, sum(map(len, cut.passages.values())), gains, recalls)


def _wanted(setting: Setting, hits: int) -> SearchOptions:
    return SearchOptions(
        hits,
        mode=setting.mode,
        weights=Weights(words=setting.words),
        min_relevance=0.0,
        literal=True,
    )
