"""One pass over the corpus: read and cut what has changed, embed what is new, write it down."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from semsearch.chunking import Budget, passages_of
from semsearch.coverage import Coverage
from semsearch.documents.reading import ReadDocument, format_of, read_document, suffix_of
from semsearch.documents.walk import FileStat, Found, Unlistable, is_below
from semsearch.embedders.embedder import Embedder, checked_batches
from semsearch.errors import DocumentUnreadable, TextsRefused
from semsearch.settings import Settings
from semsearch.store.view import StoredDocument
from semsearch.store.writer import IndexWriter

_EMBED_AT: Final = 256  # texts that are gathered before they are embedded: a few full requests
_NO_STAT: Final = FileStat(size=0, mtime_ns=0, ctime_ns=0, inode=0)  # of a folder


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come; ``file`` is the one that was looked at last."""

    files_done: int
    files_total: int
    file: str
    texts_embedded: int
    texts_waiting: int
    tokens: int


class Update:
    """Brings the generation to come in line with the folder."""

    def __init__(
        self,
        corpus: Path,
        settings: Settings,
        embedder: Embedder,
        writer: IndexWriter,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._corpus = corpus
        self._settings = settings
        self._embedder = embedder
        self._writer = writer
        self._on_progress = on_progress
        self._budget = Budget(
            settings.passage_characters,
            settings.overlap_characters,
            lambda text: embedder.count_tokens(text) <= embedder.max_tokens,
        )
        self._waiting: dict[int, str] = {}
        self.embedded: set[int] = set()  # text ids
        self.progress = Progress(0, 0, "", 0, 0, 0)

    def run(self, found: Iterable[Found | Unlistable], *, everything: bool) -> None:
        """Read what has changed (or ``everything``), and embed each text that has no vector.

        Raises ``EmbedderError``; what was embedded until then is stored.
        """
        known = {document.path: document for document in self._writer.view.documents()}
        found = list(found)
        self._show(files_total=len(found))
        shut = set()
        for item in found:
            before = known.pop(item.path, None)
            if isinstance(item, Unlistable):
                self._fail(item.path, _NO_STAT, item.reason, before)
                shut.add(item.path)
            else:
                self._take(item, before, everything)
            self._show(files_done=self.progress.files_done + 1, file=item.path)
            if len(self._waiting) >= _EMBED_AT:
                self._embed()
        # What is below a folder that cannot be listed now stays as it is; but what must be cut anew
        # and cannot be read goes (its vectors stay).
        self._writer.remove_documents(
            path for path in known if everything or not is_below(path, shut)
        )
        self._waiting = dict(self._writer.view.texts_without_vector(self._writer.embedder))
        self._embed()

    def _take(self, item: Found, before: StoredDocument | None, everything: bool) -> None:
        """Read one file, unless the record has it as it is."""
        if format_of(item.path) is None:
            self._skip(item, before)
        elif before is None or before.stat != item.stat or _may_pass(before):
            self._read(item, before, everything)
        else:
            is_of_this_run = before.born == self._writer.number  # or of the one that was stopped
            if everything and not is_of_this_run:
                self._read(item, before, everything)

    def _read(self, item: Found, before: StoredDocument | None, everything: bool) -> None:
        try:
            read = read_document(self._corpus, item.path, max_bytes=self._settings.max_file_bytes)
        except FileNotFoundError:
            self._writer.remove_documents([item.path])  # it has gone since the walk
        except DocumentUnreadable as error:
            self._fail(item.path, item.stat, str(error), before, error.digest)
        else:
            if before is not None and before.digest == read.digest and not everything:
                self._writer.put_stat(before, read.stat)
                return
            self._waiting |= self._writer.put_document(
                item.path,
                read.stat,
                Coverage.INDEXED if read.document.blocks else Coverage.NO_TEXT,
                reason=_why_not_all(read),
                digest=read.digest,
                pages=read.document.page_count,
                blank_pages=read.document.blank_pages,
                passages=passages_of(read.document, self._budget),
            )

    def _skip(self, item: Found, before: StoredDocument | None) -> None:
        if before is not None and before.coverage is Coverage.SKIPPED:
            self._writer.put_stat(before, item.stat)
            return
        reason = f"semsearch does not read files of type {suffix_of(item.path) or 'unknown'}"
        self._writer.put_document(item.path, item.stat, Coverage.SKIPPED, reason=reason)

    def _fail(
        self,
        path: str,
        stat: FileStat,
        reason: str,
        before: StoredDocument | None,
        digest: bytes | None = None,
    ) -> None:
        """Note why a file or folder cannot be read; news only if it was not so before."""
        if before is not None and (before.coverage, before.reason) == (Coverage.FAILED, reason):
            self._writer.put_stat(before, stat)
        else:
            self._writer.put_document(path, stat, Coverage.FAILED, reason=reason, digest=digest)

    def _embed(self) -> None:
        texts = list(self._waiting)
        self._show(texts_waiting=len(texts))
        if not texts:
            return
        try:
            for batch in checked_batches(self._embedder, list(self._waiting.values())):
                done = [texts[position] for position in batch.positions]
                self._writer.put_vectors(done, batch.vectors)
                self.embedded.update(done)
                self._show(
                    texts_embedded=self.progress.texts_embedded + len(batch.positions),
                    texts_waiting=self.progress.texts_waiting - len(batch.positions),
                    tokens=self.progress.tokens + batch.tokens,
                )
        except TextsRefused as error:
            for position, reason in error.reasons.items():
                self._give_up(texts[position], reason)
        self._waiting = {}

    def _give_up(self, text: int, reason: str) -> None:
        """Leave out the documents with a text that the embedder refuses, and go on.

        They keep their digest, so that they are not sent again before they change.
        """
        for document in self._writer.view.documents_with(text):
            self._writer.put_document(
                document.path,
                document.stat,
                Coverage.FAILED,
                reason=f"the embedder refuses a passage: {reason}",
                digest=document.digest,
                pages=document.pages,
                blank_pages=document.blank_pages,
            )

    def _show(self, **changes: int | str) -> None:
        self.progress = replace(self.progress, **changes)  # type: ignore[arg-type]
        self._on_progress(self.progress)


def _may_pass(before: StoredDocument) -> bool:
    """Whether a file failed for a reason that may lie outside of it: permissions, a limit."""
    return before.coverage is Coverage.FAILED and before.digest is None


def _why_not_all(read: ReadDocument) -> str | None:
    """Why a document, or some of its pages, cannot be found; None when all of it can."""
    pages, blank = read.document.page_count, read.document.blank_pages
    if read.document.blocks:
        return f"no text on {_page_list(blank)} of {pages} (scans?)" if blank else None
    if pages:
        return f"no text layer on any of its {pages} pages (a scan?)"
    return "there is no text in it" if read.stat.size else "the file is empty"


def _page_list(pages: Sequence[int]) -> str:
    """Page numbers in words.

    >>> _page_list([2, 3, 4, 7])
    'pages 2-4, 7'
    """
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][-1] + 1:
            runs[-1][1:] = [page]
        else:
            runs.append([page])
    return f"page{'s' if len(pages) > 1 else ''} " + ", ".join(
        "-".join(map(str, run)) for run in runs
    )
