"""A quick update of the index before it is asked, when little has changed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from semsearch.embedders.embedder import Embedder
from semsearch.indexer.planner import plan_run
from semsearch.indexer.report import IndexReport
from semsearch.indexer.run import run_index
from semsearch.indexer.target import Target
from semsearch.settings.amounts import counted
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.locate import refuse_collection_of
from semsearch.store.maintenance.status import status

_FILES: Final = 200  # changed files
_TEXTS: Final = 200  # texts to embed: one or two requests, or ten seconds of the local model
_COST: Final = 0.01  # USD


@dataclass(frozen=True, slots=True)
class Refresh:
    """The result of a refresh: the ``report`` of a run, or the ``reason`` why there was none.

    Neither when nothing has changed.
    """

    report: IndexReport | None = None
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The report or the reason as JSON names and values."""
        return {
            "report": None if self.report is None else self.report.to_dict(),
            "reason": self.reason,
        }


def refresh(
    where: str | Path | None = None,
    *,
    embedder: str | Embedder | None = None,
    settings: Settings | None = None,
) -> Refresh:
    """Bring the index up to date, if at most 200 files have changed and 200 texts are new.

    ``where`` is the index as for ``search``, and no collection. The price must be known and at most
    one cent. Raises ``SemsearchError``.
    """
    refuse_collection_of(run_settings(settings, index=where))
    found = status(where, settings=settings)
    if found.changes is None:
        return Refresh(reason=f"the folder {found.corpus} is not there")
    changed = found.changes.added + found.changes.changed + found.changes.removed
    if not changed:
        return Refresh()
    if changed > _FILES:
        return Refresh(reason=f"{counted(changed, 'changed file')}")
    target = Target(index=found.index, embedder=embedder, settings=settings)
    planned = plan_run(target, takes_time=False)
    if planned.to_read > _FILES:
        return Refresh(reason=f"{counted(planned.to_read, 'file')} to read")
    if planned.needs.texts > _TEXTS:
        return Refresh(reason=f"{counted(planned.needs.texts, 'text')} to embed")
    if planned.host is not None and planned.needs.texts and not _is_cheap(planned.cost):
        return Refresh(reason="it may cost more than a cent")
    return Refresh(run_index(target))


def _is_cheap(cost: float | None) -> bool:
    return cost is not None and cost <= _COST
