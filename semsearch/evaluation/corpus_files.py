"""The documents that a judged set brings, as files in a folder that is kept from call to call."""

import json
from pathlib import Path
from typing import Final

from semsearch.errors import SettingsError
from semsearch.evaluation.judgments import ENDING, document_names, write_documents

_NAMES: Final = ".semsearch-set.json"  # the files that were written, as a list


def keep_documents(corpus: Path, folder: Path) -> None:
    """Write the documents of a corpus.jsonl, and delete those that it had before and has not now.

    Nothing that was not written here is changed: raises ``SettingsError`` for a folder that has
    other files.
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
    """The files that an earlier call has written; none where there is no folder yet."""
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
    """Whether it is that of a document, here: the list may have been changed."""
    return Path(text).name == text and text.endswith(ENDING)
