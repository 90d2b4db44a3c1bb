"""Judged sets: questions with graded answers, in two layouts.

queries.jsonl                    {"question", "path", "page"?, "id"?}: the document (and page)
                                 of the searched folder that answers the question
queries.jsonl, qrels.tsv,        BEIR (Thakur et al., 2021): {"_id", "text"}; question, document
corpus.jsonl                     and grade; {"_id", "title", "text"} (qrels/test.tsv, too)
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from semsearch.documents.passage import Location
from semsearch.errors import SettingsError

QUESTIONS_FILE: Final = "queries.jsonl"
_CORPUS_FILE: Final = "corpus.jsonl"
_GRADES_FILES: Final = ("qrels.tsv", "qrels/test.tsv")
ENDING: Final = ".txt"


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """A question and its graded answers: documents by path, or pages (``PATH#3``)."""

    id: str
    text: str
    grades: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """Questions with graded answers; ``documents`` is the path of their corpus.jsonl, if any."""

    name: str
    questions: tuple[JudgedQuestion, ...]
    documents: Path | None


def read_judged(folder: Path) -> JudgedSet:
    """Read a judged set from a folder; raises ``SettingsError`` for any other folder."""
    corpus = folder / _CORPUS_FILE
    grades = next((folder / name for name in _GRADES_FILES if (folder / name).exists()), None)
    rows = list(_rows(folder / QUESTIONS_FILE))
    try:
        questions = _with_paths(rows) if grades is None else _with_grades(rows, grades)
    except (KeyError, TypeError, ValueError) as error:
        raise SettingsError(
            f"{folder} is no judged set ({type(error).__name__}: {error}); semsearch man"
            " evaluation shows the two layouts"
        ) from error
    if not questions:
        raise SettingsError(f"{folder} has no question that is judged")
    return JudgedSet(folder.resolve().name, tuple(questions), corpus if corpus.exists() else None)


def write_documents(corpus: Path, folder: Path) -> None:
    """Write each document of a corpus.jsonl to a file, title first; raises ``SettingsError``."""
    folder.mkdir(parents=True, exist_ok=True)
    for row in _rows(corpus):
        body = f"{row.get('title') or ''}\n\n{row.get('text') or ''}".strip()
        path = folder / _file_name(row, corpus)
        content = f"{body}\n".encode("utf-8", "replace")
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


def document_names(corpus: Path) -> set[str]:
    """Return the file names that ``write_documents`` writes; raises ``SettingsError``."""
    return {_file_name(row, corpus) for row in _rows(corpus)}


def _file_name(row: Mapping[str, Any], corpus: Path) -> str:
    name = str(row.get("_id", ""))
    if not name or name in (".", "..") or "/" in name or "\\" in name or "\0" in name:
        raise SettingsError(f"{corpus} has a document whose _id {name!r} is no file name")
    return f"{name}{ENDING}"


def item_of(location: Location, question: JudgedQuestion) -> str:
    """Return the item of a hit: the judged page that it covers, else its document's path."""
    first, last = location.pages or (0, -1)
    pages = (f"{location.path}#{page}" for page in range(first, last + 1))
    return next((page for page in pages if page in question.grades), location.path)


def _with_paths(rows: list[dict[str, Any]]) -> list[JudgedQuestion]:
    return [
        JudgedQuestion(
            str(row.get("id", number)),
            str(row["question"]),
            {_item(str(row["path"]), row.get("page")): 1},
        )
        for number, row in enumerate(rows, start=1)
    ]


def _item(path: str, page: int | None) -> str:
    return path if page is None else f"{path}#{int(page)}"


def _with_grades(rows: list[dict[str, Any]], grades: Path) -> list[JudgedQuestion]:
    """The questions with a relevant document; a header line in the file is skipped."""
    judged: dict[str, dict[str, int]] = {}
    for number, line in enumerate(grades.read_text(encoding="utf-8").splitlines()):
        question, document, grade = line.split("\t")
        if number > 0 or grade.lstrip("-").isdigit():
            judged.setdefault(question, {})[f"{document}{ENDING}"] = int(grade)
    texts = {str(row["_id"]): str(row["text"]) for row in rows}
    return [
        JudgedQuestion(question, texts[question], items)
        for question, items in judged.items()
        if any(grade > 0 for grade in items.values())
    ]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise SettingsError(f"line {number} of {path} is no JSON object")
                    yield row
    except (OSError, ValueError) as error:
        raise SettingsError(f"cannot read {path}: {error}") from error
