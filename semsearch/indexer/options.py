"""Options of an index run, as one value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from semsearch.errors import SettingsError

if TYPE_CHECKING:
    from semsearch.indexer.plan import Plan
    from semsearch.indexer.progress import Progress
    from semsearch.indexer.questions.news import Channel


class BatchUse(Enum):
    """How a run uses the provider's Batch API, beside collecting the jobs that have ended."""

    NONE = "new texts are sent at once"
    SUBMIT = "new texts are sent in jobs, which a later run collects"
    WAIT = "new texts are sent in jobs, and the run waits for them"


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How an index run goes; ``RunOptions()`` is a plain ``semsearch index``.

    Raises ``SettingsError`` for values that contradict each other.
    """

    everything: bool = False  # rebuild: read and cut every document anew, into a new generation
    fresh: bool = False  # with ``everything``: embed every text again, also those that have vectors
    max_cost: float | None = None  # USD that the run may spend
    max_tokens: int | None = None  # tokens that the run may send
    ocr: str | None = None  # tesseract's languages from now on, "" for none; None keeps the index's
    generated: bool | None = None  # read generated text, too, or no longer; None keeps the index's
    context: str | None = None  # a name of ``settings.schema.Context``; None keeps the index's
    shard: str | None = None  # the part of the folder to index, as "3/16"; None keeps the index's
    batch: BatchUse = BatchUse.NONE
    allow_mass_delete: bool = False  # go on when fewer than ``min_documents`` are left
    accept: bool = False  # publish a generation that the quality gate would refuse
    whole: bool = False  # publish nothing before every passage has a vector
    wait: float = 0  # seconds to wait while another process writes

    def __post_init__(self) -> None:
        if self.fresh and not self.everything:
            raise SettingsError("fresh vectors are for a rebuild: give everything=True, too")


def agreed(_plan: "Plan") -> bool:
    """Approve any plan: the ``approve`` of a run that was agreed to beforehand.

    Such a run need not read everything for its plan before it sends the first text.
    """
    return True


@dataclass(frozen=True, slots=True)
class RunHooks:
    """Functions that a run calls while it goes.

    ``approve`` is asked with the plan before the first text of an index goes to a server, unless it
    was asked for that server before, and when the folder's ``.semsearch.toml`` changes how an index
    is cut; when it returns False, ``RunDeclined`` is raised. Without ``approve`` such a change
    raises ``ApprovalMissing``, and texts are sent without asking otherwise.
    ``on_progress`` is called after each file and batch, ``on_notice`` before the work with each
    notice on what was chosen, such as the embedder. ``channels`` deliver the news of watched
    questions, each once; without a channel the news wait for a later run.
    """

    on_progress: "Callable[[Progress], None] | None" = None
    approve: "Callable[[Plan], bool] | None" = None
    channels: "Sequence[Channel]" = ()
    on_notice: "Callable[[str], None] | None" = None

    def show(self, progress: "Progress") -> None:
        """Call ``on_progress``, if there is one."""
        if self.on_progress is not None:
            self.on_progress(progress)
