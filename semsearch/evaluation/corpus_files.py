"""Documents of a judged set, written as files to a folder that later calls use again."""

import json
from pathlib import Path
from typing import Final

from semsearch.errors import SettingsError
from semsearch.evaluation.judgments import ENDING, document_names, write_documents

_NAMES: Final = ".semsearch-set.json"  # list of the files written


def sync_documents(corpus: Path, folder: Path) -> None:
    """Write the documents of a corpus.jsonl; delete those that an earlier call wrote and it lacks.

    Files of other origin are never changed: raises ``SettingsError`` for a folder that has such
    files.
    """
    before = _written(folder)
    names = document_names(corpus)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _NAMES).write_text(json.dumps(sorted(before | names)), encoding="utf-8")
    write_documents(corpus, folder)
    for name in before - names:
        (folder / name).unlink(missing_ok=True)
    (folder / _NAMES).write_text(json.dumps(sorted(names)), encoding="utf-8")


def _written(folder: Path) -> set[str]:
    """The files that an earlier call wrote; empty for a folder that is missing or empty."""
    if not folder.exists() or not any(folder.iterdir()):
        return set()
    try:
        names = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{folder} is no folder that semsearch evaluate has written; name another place with"
            " --keep"
        ) from error
    return {name for name in names if isinstance(name, str) and _is_name(name)}


def _is_name(text: str) -> bool:
    """True for a plain document file name: the list may have been edited by hand."""
    return Path(text).name == text and text.endswith(ENDING)
