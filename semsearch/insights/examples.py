"""Read labelled examples: rows of a table, or a folder of files for each label."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from semsearch.documents.chunker import Budget, passages_of
from semsearch.documents.document import Document
from semsearch.documents.formats import format_of
from semsearch.documents.passage import valid_text
from semsearch.documents.pool.limits import Limits
from semsearch.documents.pool.pool import ReaderPool, Request
from semsearch.documents.readers.plain_text import read_text
from semsearch.documents.readers.reader import ReadDocument
from semsearch.documents.walk.walker import Found, walk
from semsearch.errors import SettingsError
from semsearch.settings.schema import Settings


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled example: a document of the index by its ``path``, or any ``document``.

    ``digest`` is the SHA-256 of the file that ``document`` was read from.
    """

    label: str
    path: str | None = None
    document: Document | None = None
    digest: bytes | None = None

    def texts(self, budget: Budget) -> list[str]:
        """The texts of its passages, chunked as the documents of the index."""
        assert self.document is not None  # a path has its vector in the index
        return [passage.embedded for passage in passages_of(self.document, budget)]


def read_table(table: Path, corpus: Path) -> list[Example]:
    """The rows of a CSV or TSV file whose first row names ``label``, and ``path`` or ``text``.

    Paths are absolute or relative to the corpus. Raises ``SettingsError``.
    """
    delimiter = "\t" if table.suffix.lower() == ".tsv" else ","
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter=delimiter, strict=True)
            columns = set(reader.fieldnames or ())
            if "label" not in columns or not columns & {"path", "text"}:
                raise SettingsError(
                    f"the first row of {table} must name a column label, and one path or text"
                )
            return [_of_row(row, f"{table}:{reader.line_num}", corpus) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"cannot read examples from {table}: {error}") from error


def read_folders(folder: Path, settings: Settings) -> Iterator[Example | str]:
    """The documents below each folder in ``folder``; the folder's name is their label.

    Yields a notice instead of an example for a document that cannot be read. Raises
    ``CorpusError``.
    """
    found = [one for one in walk(folder) if isinstance(one, Found) and "/" in one.path]
    entries = [(one.path, Request(one.path, one.stat.size)) for one in found if format_of(one.path)]
    with ReaderPool(folder, Limits.of(settings)) as pool:
        for path, outcome in pool.in_order(entries):
            if not isinstance(outcome, ReadDocument):
                yield f"{path} is no example: {outcome}"
            elif outcome.document.blocks:
                label = path.split("/")[0]
                yield Example(label, document=outcome.document, digest=outcome.digest)


def _of_row(row: dict[str | None, str | Sequence[str] | None], place: str, corpus: Path) -> Example:
    cells = {name: str(cell).strip() for name, cell in row.items() if name and cell is not None}
    label, path, text = (cells.get(name, "") for name in ("label", "path", "text"))
    if not label or not (path or text):
        raise SettingsError(f"{place}: a row needs a label, and a path or a text")
    if path:
        named = PurePath(path)
        below = named.is_absolute() and named.is_relative_to(corpus)
        return Example(label, path=(named.relative_to(corpus) if below else named).as_posix())
    return Example(label, document=read_text(valid_text(text)))
