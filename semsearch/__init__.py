"""Semantic search over a folder of documents, with exact citations.

>>> import semsearch
>>> notes = semsearch.Index("notes")                      # doctest: +SKIP
>>> notes.update(embedder="local:minilm")                 # doctest: +SKIP
>>> notes.search("how do bees keep warm?").hits           # doctest: +SKIP

``__all__`` is the public face. What clusters, classifies, compares and evaluates is in the modules
of ``semsearch.insights`` and ``semsearch.evaluation``; those of their names that earlier versions
offered here stay importable from here.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from semsearch.api import Index, index, plan, rebuild
    from semsearch.ask.answer import WrittenAnswer as WrittenAnswer
    from semsearch.ask.chat_model import ChatModel as ChatModel
    from semsearch.ask.claims import Claim as Claim
    from semsearch.documents.coverage import Coverage as Coverage
    from semsearch.documents.coverage import LeftOut as LeftOut
    from semsearch.documents.passage import Location
    from semsearch.embedders.embedder import EmbeddedBatch, Embedder
    from semsearch.errors import (
        BatchPending,
        BudgetReached,
        EmbedderError,
        EmbedderMismatch,
        GenerationRefused,
        IndexLocked,
        IndexMissing,
        KeyRefused,
        RunDeclined,
        SemsearchError,
        SettingsError,
        TextsRefused,
    )
    from semsearch.evaluation.evaluate import Evaluation as Evaluation
    from semsearch.evaluation.evaluate import evaluate as evaluate
    from semsearch.evaluation.tune import Tuning as Tuning
    from semsearch.evaluation.tune import tune as tune
    from semsearch.indexer.options import BatchUse, RunHooks, RunOptions
    from semsearch.indexer.plan import Plan
    from semsearch.indexer.progress import Progress
    from semsearch.indexer.questions.news import News
    from semsearch.indexer.questions.regression import add_canary as add_canary
    from semsearch.indexer.questions.regression import list_canaries as list_canaries
    from semsearch.indexer.questions.regression import remove_canary as remove_canary
    from semsearch.indexer.refresh import Refresh as Refresh
    from semsearch.indexer.refresh import refresh
    from semsearch.indexer.report import IndexReport
    from semsearch.insights.classify import Classification as Classification
    from semsearch.insights.classify import classify as classify
    from semsearch.insights.clustering import Clustering as Clustering
    from semsearch.insights.clusters import cluster as cluster
    from semsearch.insights.duplicates import Duplicates as Duplicates
    from semsearch.insights.duplicates import duplicates as duplicates
    from semsearch.insights.map import CorpusMap as CorpusMap
    from semsearch.insights.map import corpus_map as corpus_map
    from semsearch.insights.outliers import Outliers as Outliers
    from semsearch.insights.outliers import outliers as outliers
    from semsearch.insights.related import Related as Related
    from semsearch.insights.related import related as related
    from semsearch.insights.similarity import Similarities as Similarities
    from semsearch.insights.similarity import similarity as similarity
    from semsearch.insights.vector_export import ExportedVectors as ExportedVectors
    from semsearch.insights.vector_export import PassageVectors as PassageVectors
    from semsearch.insights.vector_export import export_vectors as export_vectors
    from semsearch.insights.vector_export import load_vectors as load_vectors
    from semsearch.query.citation import Checked as Checked
    from semsearch.query.citation import Standing as Standing
    from semsearch.query.federated import JointAnswer, search_all
    from semsearch.query.hits import Answer, Hit
    from semsearch.query.options import SearchOptions
    from semsearch.query.parser import Filter
    from semsearch.query.passage_context import Shown as Shown
    from semsearch.query.passage_context import show
    from semsearch.query.rerankers.reranker import Reranker
    from semsearch.query.scoring import Mode
    from semsearch.query.searcher import Searcher, search
    from semsearch.settings.schema import Settings
    from semsearch.settings.sources import load_settings
    from semsearch.store.collection.index_publication import publish, withdraw
    from semsearch.store.collection.publisher import Publication as Publication
    from semsearch.store.maintenance.bundle import Carried as Carried
    from semsearch.store.maintenance.bundle import export, import_
    from semsearch.store.maintenance.forget import ForgetReport as ForgetReport
    from semsearch.store.maintenance.forget import forget
    from semsearch.store.maintenance.repair import RepairReport as RepairReport
    from semsearch.store.maintenance.repair import repair
    from semsearch.store.maintenance.rollback import RollbackReport as RollbackReport
    from semsearch.store.maintenance.rollback import rollback
    from semsearch.store.maintenance.status import FolderChanges as FolderChanges
    from semsearch.store.maintenance.status import Missing as Missing
    from semsearch.store.maintenance.status import Status, missing, status
    from semsearch.store.maintenance.verify import Verification as Verification
    from semsearch.store.maintenance.verify import verify

__all__ = [
    "Answer",
    "BatchPending",
    "BatchUse",
    "BudgetReached",
    "EmbeddedBatch",
    "Embedder",
    "EmbedderError",
    "EmbedderMismatch",
    "Filter",
    "GenerationRefused",
    "Hit",
    "Index",
    "IndexLocked",
    "IndexMissing",
    "IndexReport",
    "JointAnswer",
    "KeyRefused",
    "Location",
    "Mode",
    "News",
    "Plan",
    "Progress",
    "Reranker",
    "RunDeclined",
    "RunHooks",
    "RunOptions",
    "SearchOptions",
    "Searcher",
    "SemsearchError",
    "Settings",
    "SettingsError",
    "Status",
    "TextsRefused",
    "export",
    "forget",
    "import_",
    "index",
    "load_settings",
    "missing",
    "plan",
    "publish",
    "rebuild",
    "refresh",
    "repair",
    "rollback",
    "search",
    "search_all",
    "show",
    "status",
    "verify",
    "withdraw",
]

# Where each name is defined: a name is imported when it is first used.
_FACE: Final = {
    "api": "Index index plan rebuild",
    "documents.passage": "Location",
    "embedders.embedder": "EmbeddedBatch Embedder",
    "errors": (
        "BatchPending BudgetReached EmbedderError EmbedderMismatch GenerationRefused "
        "IndexLocked IndexMissing KeyRefused RunDeclined SemsearchError SettingsError "
        "TextsRefused"
    ),
    "indexer.options": "BatchUse RunHooks RunOptions",
    "indexer.plan": "Plan",
    "indexer.progress": "Progress",
    "indexer.questions.news": "News",
    "indexer.refresh": "refresh",
    "indexer.report": "IndexReport",
    "query.federated": "JointAnswer search_all",
    "query.hits": "Answer Hit",
    "query.options": "SearchOptions",
    "query.parser": "Filter",
    "query.passage_context": "show",
    "query.scoring": "Mode",
    "query.searcher": "Searcher search",
    "query.rerankers.reranker": "Reranker",
    "settings.schema": "Settings",
    "settings.sources": "load_settings",
    "store.collection.index_publication": "publish withdraw",
    "store.maintenance.bundle": "export import_",
    "store.maintenance.forget": "forget",
    "store.maintenance.repair": "repair",
    "store.maintenance.rollback": "rollback",
    "store.maintenance.status": "Status missing status",
    "store.maintenance.verify": "verify",
}
# Results of the functions above, and names of insights and evaluation.
_MORE: Final = {
    "ask.answer": "WrittenAnswer",
    "ask.chat_model": "ChatModel",
    "ask.claims": "Claim",
    "documents.coverage": "Coverage LeftOut",
    "evaluation.evaluate": "Evaluation evaluate",
    "evaluation.tune": "Tuning tune",
    "indexer.questions.regression": "add_canary list_canaries remove_canary",
    "indexer.refresh": "Refresh",
    "insights.classify": "Classification classify",
    "insights.clustering": "Clustering",
    "insights.clusters": "cluster",
    "insights.duplicates": "Duplicates duplicates",
    "insights.map": "CorpusMap corpus_map",
    "insights.outliers": "Outliers outliers",
    "insights.related": "Related related",
    "insights.similarity": "Similarities similarity",
    "insights.vector_export": "ExportedVectors PassageVectors export_vectors load_vectors",
    "query.citation": "Checked Standing",
    "query.passage_context": "Shown",
    "store.collection.publisher": "Publication",
    "store.maintenance.bundle": "Carried",
    "store.maintenance.forget": "ForgetReport",
    "store.maintenance.repair": "RepairReport",
    "store.maintenance.rollback": "RollbackReport",
    "store.maintenance.status": "FolderChanges Missing",
    "store.maintenance.verify": "Verification",
}
_HOME_OF: Final = {
    name: home
    for homes in (_FACE, _MORE)
    for home, names in homes.items()
    for name in names.split()
}


def __dir__() -> list[str]:
    return sorted(__all__)


def __getattr__(name: str) -> Any:
    """Import a name when it is first used, so that a query does not wait for the readers."""
    if (home := _HOME_OF.get(name)) is None:
        raise AttributeError(f"module 'semsearch' has no attribute {name!r}")
    return getattr(import_module(f"semsearch.{home}"), name)
