"""Watch a folder and index it after each change, until the process ends.

Each run is a complete ``index`` run over the folder. FileEvents only decide when a run starts, so a
lost event loses no document.
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
    FilesElsewhere,
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
from semsearch.store.disk.directory import DIRECTORY_NAME, IndexDirectory
from semsearch.store.disk.filesystems import network_of

_QUIET_MS: Final = 200  # pause after which a batch of changes is complete
_LONGEST_MS: Final = 1_000  # longest batch of changes without a pause
_IDLE_MS: Final = 1_000  # time without changes after which an empty batch comes
_MANY: Final = 50  # changes at once are a storm: a copy, a checkout, an unpacked archive
_STORM_SECONDS: Final = 30.0  # longest wait for the end of a storm
_POLL_SECONDS: Final = 2.0  # between two walks, at least ten times the time of a walk
_POLL_SHARE: Final = 10
_SWEEP_SECONDS: Final = 600.0  # a run without events, in case an event was lost
_FIRST_RETRY: Final = 1.0  # seconds; doubles with each failure
_LAST_RETRY: Final = 60.0
_LET_IN: Final = 1.0  # seconds between two runs for a writer that waits
_FINAL: Final = (
    BudgetReached,
    FilesElsewhere,
    RunDeclined,
    SettingsError,
)  # a retry would not help
_HIDDEN_THAT_COUNT: Final = (".gitignore", ".semsearchignore", ".semsearch.toml")


class Changes(Protocol):
    """Source of changes below a folder: file events or polling."""

    def __iter__(self) -> Iterator[Set[str]]:
        """Yield the changed paths as changes occur; an empty set after a time without changes.

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
    """Index a folder, and again after each change, until the process is interrupted.

    ``on_report`` receives the report of each run; ``on_failure`` the error of a failed run, unless
    its message repeats; ``on_notice`` messages about the watching; ``on_watching`` the folder, as
    soon as all changes are seen. A failed run is retried after 1 second, then with exponential
    backoff up to 60 seconds. With ``poll`` the folder is walked every few seconds, for file systems
    without events. Other parameters work as in ``run_index``. Raises ``SemsearchError`` when a
    retry would not help.
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
                corpus, kept = report.corpus, _reusable_embedder(report, settings)
            if changes is None:
                changes = _changes(corpus, poll, on_notice)
                continue  # index again: files may have changed before the watch began
            on_watching(corpus)
            for _ in debounced(iter(changes)):
                report = run()
                on_report(report)
                let_in(IndexDirectory(report.index))
                retry, said = _FIRST_RETRY, ""
        except _FINAL:
            raise
        except SemsearchError as error:
            if isinstance(error, CorpusError) and corpus is None:
                raise  # the folder never existed
            if isinstance(error, EmbedderMismatch):
                kept = None  # the index was rebuilt with another embedder
            changes = None
            if str(error) != said:
                said = str(error)
                on_failure(error)
            time.sleep(retry)
            retry = min(2 * retry, _LAST_RETRY)


def let_in(directory: IndexDirectory, seconds: float = _LET_IN) -> None:
    """Make a pause between two runs if another process waits to write; it tries often enough."""
    if directory.is_wanted:
        time.sleep(seconds)


def debounced(
    batches: Iterator[Set[str]], clock: Callable[[], float] = time.monotonic
) -> Iterator[int]:
    """Yield the number of changed paths whenever a run should start (debouncing).

    A few changes start a run at once; 50 or more after a pause, or after 30 seconds; no change
    after ten minutes. ``clock`` is in seconds.
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


def _reusable_embedder(report: IndexReport, settings: Settings | None) -> Embedder | None:
    """A local model to keep open between runs; None for an embedder with a budget per run."""
    opened = open_embedder(report.embedder, run_settings(settings))
    return None if isinstance(opened, Billed) else opened


def _changes(corpus: Path, poll: bool, on_notice: Callable[[str], None]) -> Changes:
    """The best source of changes for a folder."""
    reason = None
    if poll:
        return PolledChanges(corpus)
    if (kind := network_of(corpus)) is not None:
        reason = f"no events come from a network file system ({kind})"
    else:
        try:
            return FileEvents(corpus)
        except ImportError:
            reason = "events need an extra: pip install 'semsearch[watch]'"
        except CorpusError as error:
            reason = str(error)
    on_notice(f"looking through the folder every {_POLL_SECONDS:.0f} s or more: {reason}")
    return PolledChanges(corpus)


class FileEvents:
    """Changes from the operating system's file events, by watchfiles; the only import of it."""

    def __init__(self, corpus: Path) -> None:
        """Start to watch; raises ``ImportError`` without the extra, and ``CorpusError``."""
        import watchfiles  # here: of the extra 'watch'

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
            self._first = next(self._batches)  # the watch has begun: no later change is missed
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
        return {path for _, path in batch if concerns_corpus(path, self._corpus)}


class PolledChanges:
    """Changes found by polling: each walk through the folder is compared with the previous walk."""

    def __init__(self, corpus: Path, least_pause: float = _POLL_SECONDS) -> None:
        """``least_pause`` is in seconds; a pause is at least ten times as long as a walk."""
        self._corpus = corpus
        self._least_pause = least_pause
        self._first = self._look()  # compared with the first walk: no later change is missed

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


def concerns_corpus(path: str, corpus: Path) -> bool:
    """Return whether a path may belong to the corpus; hidden files and the index do not.

    >>> concerns_corpus("/notes/a.md", Path("/notes"))
    True
    >>> concerns_corpus("/notes/.semsearch/lock", Path("/notes"))
    False
    >>> concerns_corpus("/mail/.Sent/new/1700000000.M1P1.host", Path("/mail"))
    True
    """
    with suppress(ValueError):
        parts = Path(path).relative_to(corpus).parts
        hidden = [part for part in parts if part.startswith(".")]
        if DIRECTORY_NAME in hidden:
            return False
        is_mail = parts[-2:-1] in (("cur",), ("new",))  # in a hidden folder of a Maildir
        return not hidden or (len(hidden) == 1 and (is_mail or parts[-1] in _HIDDEN_THAT_COUNT))
    return True
