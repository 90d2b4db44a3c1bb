"""A folder that is kept up to date for as long as somebody wants it: a run after each change.

Each run is that of ``index``: it goes through the whole folder, so that which events came, and
whether any was lost, decides when it is begun and nothing else.
"""

import time
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from semsearch.documents.walk.walker import Found, walk
from semsearch.embedders.api.protocols import Billed
from semsearch.embedders.embedder import Embedder
from semsearch.embedders.registry import open_embedder
from semsearch.errors import (
    BudgetReached,
    CorpusError,
    EmbedderMismatch,
    RunDeclined,
    SemsearchError,
    SettingsError,
)
from semsearch.indexer.options import RunHooks
from semsearch.indexer.plan import Plan
from semsearch.indexer.questions.news import Channel
from semsearch.indexer.report import IndexReport
from semsearch.indexer.run import run_index
from semsearch.indexer.target import Target
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.disk.directory import DIRECTORY_NAME
from semsearch.store.disk.filesystems import network_of

_QUIET_MS: Final = 200  # without a change: what a program saves is saved
_LONGEST_MS: Final = 1_000  # of changes that come without a pause
_IDLE_MS: Final = 1_000  # after which it is told that there was no change
_MANY: Final = 50  # changes at once are a storm: a copy, a checkout, an unpacked archive
_STORM_SECONDS: Final = 30.0  # the longest that its end is waited for
_POLL_SECONDS: Final = 2.0  # between two looks, or ten times as long as a look takes
_POLL_SHARE: Final = 10
_SWEEP_SECONDS: Final = 600.0  # a run without any event, should one have been lost
_FIRST_RETRY: Final = 1.0  # seconds; doubles with each failure
_LAST_RETRY: Final = 60.0
_FINAL: Final = (BudgetReached, RunDeclined, SettingsError)  # trying again would not help
_HIDDEN_THAT_COUNT: Final = (".gitignore", ".semsearchignore", ".semsearch.toml")


class Changes(Protocol):
    """Where it is known from that something has changed below a folder."""

    def __iter__(self) -> Iterator[Set[str]]:
        """The paths that have changed, as they do; an empty set after a while without any.

        Raises ``CorpusError`` when the folder cannot be watched.
        """


def watch(
    folder: str | Path | None = None,
    *,
    index: str | Path | None = None,
    embedder: str | None = None,
    settings: Settings | None = None,
    poll: bool = False,
    approve: Callable[[Plan], bool] | None = None,
    channels: Sequence[Channel] = (),
    on_report: Callable[[IndexReport], None],
    on_failure: Callable[[SemsearchError], None],
    on_notice: Callable[[str], None],
    on_watching: Callable[[Path], None],
) -> None:
    """Index a folder, and again after each change, until the process is told to end.

    ``on_report`` is given each run's report, ``on_failure`` the error of one that failed, unless it
    is that of the one before, ``on_notice`` what is to be known of the watching, and
    ``on_watching`` the folder, once no change is missed any more. A run that failed
    is tried again after a second, and then ever later, until one does not. With ``poll`` the folder
    is looked through every few seconds, as where events do not work. The rest is as for
    ``run_index``. Raises ``SemsearchError`` when trying again would not help.
    """
    kept: Embedder | None = None
    corpus: Path | None = None  # known after the first run
    changes: Changes | None = None
    retry, said = _FIRST_RETRY, ""

    def run() -> IndexReport:
        target = Target(folder, index, kept or embedder, settings)
        return run_index(target, hooks=RunHooks(approve=approve, channels=channels))

    while True:
        try:
            report = run()
            on_report(report)
            if corpus is None:
                corpus, kept = report.corpus, _kept_open(report, settings)
            if changes is None:
                changes = _changes(corpus, poll, on_notice)
                continue  # with a run for what came before it was watched
            on_watching(corpus)
            for _ in settled(iter(changes)):
                on_report(run())
                retry, said = _FIRST_RETRY, ""
        except _FINAL:
            raise
        except SemsearchError as error:
            if isinstance(error, CorpusError) and corpus is None:
                raise  # it was never there
            if isinstance(error, EmbedderMismatch):
                kept = None  # somebody has rebuilt it with another one
            changes = None
            if str(error) != said:
                said = str(error)
                on_failure(error)
            time.sleep(retry)
            retry = min(2 * retry, _LAST_RETRY)


def settled(
    batches: Iterator[Set[str]], clock: Callable[[], float] = time.monotonic
) -> Iterator[int]:
    """How many paths have changed, each time when it is time for a run.

    A few changes are told as they come; many when a batch comes that is empty, or half a minute
    after the first; none at all every ten minutes. ``clock`` is in seconds.
    """
    changed: set[str] = set()
    since = last = clock()
    for batch in batches:
        now = clock()
        if batch and not changed:
            since = now
        changed |= batch
        if not changed and now - last < _SWEEP_SECONDS:
            continue
        if not batch or len(changed) < _MANY or now - since >= _STORM_SECONDS:
            yield len(changed)
            changed.clear()
            last = clock()


def _kept_open(report: IndexReport, settings: Settings | None) -> Embedder | None:
    """A model on this machine, which takes a second to open; not what has a budget for each run."""
    opened = open_embedder(report.embedder, run_settings(settings))
    return None if isinstance(opened, Billed) else opened


def _changes(corpus: Path, poll: bool, on_notice: Callable[[str], None]) -> Changes:
    """The best source for a folder."""
    reason = None
    if poll:
        return Looks(corpus)
    if (kind := network_of(corpus)) is not None:
        reason = f"no events come from a network file system ({kind})"
    else:
        try:
            return Events(corpus)
        except ImportError:
            reason = "events need an extra: pip install 'semsearch[watch]'"
        except CorpusError as error:
            reason = str(error)
    on_notice(f"looking through the folder every {_POLL_SECONDS:.0f} s or more: {reason}")
    return Looks(corpus)


class Events:
    """What the system tells of a folder, by watchfiles, the door to it."""

    def __init__(self, corpus: Path) -> None:
        """Begins to watch at once; raises ``ImportError``, and ``CorpusError`` when that fails."""
        import watchfiles  # here: an extra

        self._corpus = corpus
        try:
            self._batches = watchfiles.watch(
                corpus,
                watch_filter=None,
                step=_QUIET_MS,
                debounce=_LONGEST_MS,
                rust_timeout=_IDLE_MS,
                yield_on_timeout=True,
                force_polling=False,
                ignore_permission_denied=True,
            )
            self._first = next(self._batches)  # so that from here on nothing is missed
        except (OSError, RuntimeError) as error:
            raise CorpusError(f"{corpus} cannot be watched ({error})") from error
        self._require_folder()

    def _require_folder(self) -> None:
        if not self._corpus.is_dir():
            raise CorpusError(f"there is no folder {self._corpus} any more")

    def __iter__(self) -> Iterator[Set[str]]:
        yield self._counting(self._first)
        for batch in self._batches:
            found = self._counting(batch)
            if found or not batch:
                yield found
            self._require_folder()

    def _counting(self, batch: Set[tuple[object, str]]) -> Set[str]:
        return {path for _, path in batch if counts(path, self._corpus)}


class Looks:
    """Changes found by polling: each walk through the folder is compared with the one before."""

    def __init__(self, corpus: Path, least_pause: float = _POLL_SECONDS) -> None:
        """``least_pause`` is in seconds; a pause is at least ten times as long as a walk."""
        self._corpus = corpus
        self._least_pause = least_pause
        self._first = self._look()  # so that from here on nothing is missed

    def __iter__(self) -> Iterator[Set[str]]:
        before, seconds = self._first
        while True:
            time.sleep(max(self._least_pause, _POLL_SHARE * seconds))
            now, seconds = self._look()
            yield {path for path, _ in before ^ now}
            before = now

    def _look(self) -> tuple[Set[tuple[str, object]], float]:
        began = time.monotonic()
        found = {(item.path, item.stat) for item in walk(self._corpus) if isinstance(item, Found)}
        return found, time.monotonic() - began


def counts(path: str, corpus: Path) -> bool:
    """Whether a change of a path may be one of the corpus; hidden files and the index are not.

    >>> counts("/notes/.semsearch/lock", Path("/notes")), counts("/notes/a.md", Path("/notes"))
    (False, True)
    """
    with suppress(ValueError):
        parts = Path(path).relative_to(corpus).parts
        hidden = [part for part in parts if part.startswith(".")]
        if DIRECTORY_NAME in hidden:
            return False
        return not hidden or (len(hidden) == 1 and parts[-1] in _HIDDEN_THAT_COUNT)
    return True
