"""Semantic search over a folder of documents, with exact citations.

>>> import semsearch
>>> semsearch.index("documents")                       # doctest: +SKIP
>>> semsearch.search("how do bees keep warm?").hits    # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from semsearch.api import index, plan, rebuild
    from semsearch.documents.coverage import Coverage, LeftOut
    from semsearch.documents.passage import Location
    from semsearch.embedders.embedder import EmbeddedBatch, Embedder
    from semsearch.errors import EmbedderError, SemsearchError, TextsRefused
    from semsearch.evaluation.evaluate import Evaluation, evaluate
    from semsearch.indexer.options import BatchUse
    from semsearch.indexer.plan import Plan
    from semsearch.indexer.progress import Progress
    from semsearch.indexer.questions.regression import add_canary, list_canaries, remove_canary
    from semsearch.indexer.refresh import Refresh, refresh
    from semsearch.indexer.report import IndexReport
    from semsearch.insights.classify import Classification, classify
    from semsearch.insights.clustering import Clustering
    from semsearch.insights.clusters import cluster
    from semsearch.insights.duplicates import Duplicates, duplicates
    from semsearch.insights.map import CorpusMap, corpus_map
    from semsearch.insights.outliers import Outliers, outliers
    from semsearch.insights.related import Related, related
    from semsearch.insights.similarity import Similarities, similarity
    from semsearch.insights.vector_export import (
        ExportedVectors,
        PassageVectors,
        export_vectors,
        load_vectors,
    )
    from semsearch.query.citation import Checked, Standing
    from semsearch.query.federated import JointAnswer, search_all
    from semsearch.query.hits import Answer, Hit
    from semsearch.query.passage_context import Shown, show
    from semsearch.query.searcher import search
    from semsearch.rerankers.reranker import Reranker
    from semsearch.settings.schema import Settings
    from semsearch.settings.sources import load_settings
    from semsearch.store.maintenance.bundle import Carried, export, import_
    from semsearch.store.maintenance.forget import ForgetReport, forget
    from semsearch.store.maintenance.repair import RepairReport, repair
    from semsearch.store.maintenance.rollback import RollbackReport, rollback
    from semsearch.store.maintenance.status import FolderChanges, Missing, Status, missing, status
    from semsearch.store.maintenance.verify import Verification, verify

__all__ = [
    "Answer",
    "BatchUse",
    "Carried",
    "Checked",
    "Classification",
    "Clustering",
    "CorpusMap",
    "Coverage",
    "Duplicates",
    "EmbeddedBatch",
    "Embedder",
    "EmbedderError",
    "Evaluation",
    "ExportedVectors",
    "FolderChanges",
    "ForgetReport",
    "Hit",
    "IndexReport",
    "JointAnswer",
    "LeftOut",
    "Location",
    "Missing",
    "Outliers",
    "PassageVectors",
    "Plan",
    "Progress",
    "Refresh",
    "Related",
    "RepairReport",
    "Reranker",
    "RollbackReport",
    "SemsearchError",
    "Settings",
    "Shown",
    "Similarities",
    "Standing",
    "Status",
    "TextsRefused",
    "Tuning",
    "Verification",
    "add_canary",
    "classify",
    "cluster",
    "corpus_map",
    "duplicates",
    "evaluate",
    "export",
    "export_vectors",
    "forget",
    "import_",
    "index",
    "list_canaries",
    "load_settings",
    "load_vectors",
    "missing",
    "outliers",
    "plan",
    "rebuild",
    "refresh",
    "related",
    "remove_canary",
    "repair",
    "rollback",
    "search",
    "search_all",
    "show",
    "similarity",
    "status",
    "tune",
    "verify",
]

_HOMES: Final = {
    "indexer.questions.regression": ("add_canary", "list_canaries", "remove_canary"),
    "query.citation": ("Checked", "Standing"),
    "insights.similarity": ("Similarities", "similarity"),
    "documents.coverage": ("Coverage", "LeftOut"),
    "embedders.embedder": ("EmbeddedBatch", "Embedder"),
    "errors": ("EmbedderError", "SemsearchError", "TextsRefused"),
    "evaluation.evaluate": ("Evaluation", "evaluate"),
    "evaluation.tune": ("Tuning", "tune"),
    "store.maintenance.bundle": ("Carried", "export", "import_"),
    "store.maintenance.forget": ("ForgetReport", "forget"),
    "api": ("index", "plan", "rebuild"),
    "indexer.options": ("BatchUse",),
    "indexer.report": ("IndexReport",),
    "indexer.progress": ("Progress",),
    "insights.classify": ("Classification", "classify"),
    "insights.clustering": ("Clustering",),
    "insights.clusters": ("cluster",),
    "insights.map": ("CorpusMap", "corpus_map"),
    "insights.duplicates": ("Duplicates", "duplicates"),
    "insights.outliers": ("Outliers", "outliers"),
    "insights.related": ("Related", "related"),
    "insights.vector_export": (
        "ExportedVectors",
        "PassageVectors",
        "export_vectors",
        "load_vectors",
    ),
    "store.maintenance.status": ("FolderChanges", "Missing", "Status", "missing", "status"),
    "documents.passage": ("Location",),
    "indexer.plan": ("Plan",),
    "indexer.refresh": ("Refresh", "refresh"),
    "store.maintenance.repair": ("RepairReport", "repair"),
    "rerankers.reranker": ("Reranker",),
    "store.maintenance.rollback": ("RollbackReport", "rollback"),
    "query.searcher": ("Answer", "Hit", "search"),
    "settings.schema": ("Settings", "load_settings"),
    "query.passage_context": ("Shown", "show"),
    "query.federated": ("JointAnswer", "search_all"),
    "store.maintenance.verify": ("Verification", "verify"),
}


def __dir__() -> list[str]:
    return sorted(__all__)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: a query does not wait for the readers."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"semsearch.{home}"), name)
    raise AttributeError(f"module 'semsearch' has no attribute {name!r}")
