"""One pass over the corpus: write down what has changed, embed what is new."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from semsearch.chunking import Budget, passages_of
from semsearch.coverage import Coverage
from semsearch.documents.formats import why_not_read
from semsearch.documents.reading import ReadDocument
from semsearch.documents.walk import Found, Unlistable
from semsearch.embedders.embedder import Batches, EmbeddedBatch, Embedder
from semsearch.errors import TextsRefused
from semsearch.scanning import Changed, Finding, Gone, OtherType, Unchanged, Unread, scan
from semsearch.settings import Settings
from semsearch.store.writer import IndexWriter


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
        self._sent: list[int] = []  # text ids, in the order in which the embedder takes the texts
        self.embedded: set[int] = set()  # text ids
        self.progress = Progress(0, 0, "", 0, 0, 0)

    def run(self, found: Iterable[Found | Unlistable], *, everything: bool) -> None:
        """Read what has changed (or ``everything``), and embed each text that has no vector.

        Documents are read as the embedder asks for texts, and vectors are stored as they come.
        Raises ``EmbedderError``; what was embedded until then is stored.
        """
        batches = Batches(self._embedder, self._new_texts(list(found), everything))
        try:
            for batch in batches:
                self._store(batch)
        except TextsRefused as error:
            for position, reason in error.reasons.items():
                self._give_up(self._sent[position], reason)
        except BaseException:
            # Answers that have come, or are about to, are paid for.
            for batch in batches.in_hand():
                self._store(batch)
            raise

    def _new_texts(self, found: Sequence[Found | Unlistable], everything: bool) -> Iterator[str]:
        """Write down what has changed in the folder, and give each text that has no vector once."""
        self._show(files_total=len(found))
        known = self._writer.view.documents()
        given: set[int] = set()
        for finding in scan(
            found,
            known,
            self._corpus,
            self._settings,
            everything=everything,
            born=self._writer.number,
        ):
            yield from self._given(self._write(finding), given)
            if not isinstance(finding, Gone):
                self._show(files_done=self.progress.files_done + 1, file=finding.path)
        yield from self._given(self._writer.view.texts_without_vector(self._writer.embedder), given)

    def _given(self, texts: Iterable[tuple[int, str]], given: set[int]) -> Iterator[str]:
        for text, body in texts:
            if text not in given:
                given.add(text)
                self._sent.append(text)
                self._show(texts_waiting=self.progress.texts_waiting + 1)
                yield body

    def _write(self, finding: Finding) -> Sequence[tuple[int, str]]:
        """Write one finding down; (text id, text) of what it brings that has no vector."""
        match finding:
            case Changed(path, read):
                return self._writer.put_document(
                    path,
                    read.stat,
                    Coverage.INDEXED if read.document.blocks else Coverage.NO_TEXT,
                    reason=_why_not_all(read),
                    digest=read.digest,
                    pages=read.document.page_count,
                    blank_pages=read.document.blank_pages,
                    encoding=read.document.encoding,
                    passages=passages_of(read.document, self._budget),
                )
            case Unchanged(document, stat):
                self._writer.put_stat(document, stat)
            case Unread(path, stat, reason, digest):
                self._writer.put_document(path, stat, Coverage.FAILED, reason=reason, digest=digest)
            case OtherType(path, stat):
                self._writer.put_document(path, stat, Coverage.SKIPPED, reason=why_not_read(path))
            case Gone(path):
                self._writer.remove_documents([path])
        return ()

    def _store(self, batch: EmbeddedBatch) -> None:
        texts = [self._sent[position] for position in batch.positions]
        parts = [batch.parts.get(position, 1) for position in batch.positions]
        self._writer.put_vectors(texts, batch.vectors, parts)
        self.embedded.update(texts)
        self._show(
            texts_embedded=len(self.embedded),
            texts_waiting=len(self._sent) - len(self.embedded),
            tokens=self.progress.tokens + batch.tokens,
        )

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
                encoding=document.encoding,
            )

    def _show(self, **changes: int | str) -> None:
        self.progress = replace(self.progress, **changes)  # type: ignore[arg-type]
        self._on_progress(self.progress)


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
