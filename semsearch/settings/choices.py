"""Choices that this user has made by hand, so that nobody else's index or folder can make them.

A choice is a small file in the user's state directory, named by its hash; its content says it in
words. Deleting the file takes the choice back: semsearch asks again, or says what to name.
"""

import hashlib
import os
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from semsearch.settings.paths import state_directory


class Choice(StrEnum):
    """Kinds of choices, each with the words that belong to it."""

    FOLDER = "an index may read a folder that is not beside it"  # index, folder
    SERVER = "an index may name a server"  # the server's address
    EMBEDDER = "an index may name an embedder of another package"  # its URI
    SENDING = "texts of an index may be sent to a server"  # index, host
    CUTTING = "a folder's .semsearch.toml may change how an indexed folder is cut"  # folder, values


def is_chosen(kind: Choice, *words: object) -> bool:
    """Whether this user has made a choice before; False where the directory cannot be read."""
    return os.path.isfile(_file(kind, words))  # noqa: PTH113  # Path.is_file may raise


def remember(kind: Choice, *words: object) -> None:
    """Keep a choice. Where the state directory cannot be written, the user is asked again."""
    if is_chosen(kind, *words):
        return
    path = _file(kind, words)
    with suppress(OSError):  # said above
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write("\n".join((kind, *map(str, words), "")).encode("utf-8", "surrogateescape"))


def _file(kind: Choice, words: tuple[object, ...]) -> Path:
    # Each word by its length, so that no two lists of words are written alike.
    parts = [str(word).encode("utf-8", "surrogateescape") for word in (kind.name, *words)]
    hashed = hashlib.sha256(b"".join(len(part).to_bytes(8) + part for part in parts))
    return state_directory() / "choices" / hashed.hexdigest()[:32]
