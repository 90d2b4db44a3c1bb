"""API keys and passwords: never shown, read from private files only."""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

from semsearch.errors import KeyRefused
from semsearch.safe_open import open_regular
from semsearch.settings.paths import user_file

LARGEST_FILE: Final = 1_000_000  # bytes
# Up to the last @ of a word: a password may have signs that it should not have, / for one.
_PORT_OR_SHOWN: Final = r"(?!\*{3}@|\d{1,5}(?:[/?#\s]|$))"
_IN_ADDRESS: Final = re.compile(rf"(\b[A-Za-z][\w+.-]*:/{{1,2}}[^\s/@:?#]*):{_PORT_OR_SHOWN}\S*@")
_LONE_TOKEN: Final = re.compile(r"(\bmilvus:https?:/{1,2})[^\s/@:?#]+@")
_AS_PARAMETER: Final = re.compile(r"(?i)\b((?:ssl)?password|token)=[^\s&#]*")


class Secret:
    """A value that no repr, log line or traceback shows; only ``reveal()`` returns it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret, for the code that sends it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a secret is not serialised")


def without_passwords(text: str) -> str:
    """A text with *** for each password of an address in it.

    >>> without_passwords("postgresql://ann:secret@db/team does not answer")
    'postgresql://ann:***@db/team does not answer'
    """
    without = _LONE_TOKEN.sub(r"\1***@", _IN_ADDRESS.sub(r"\1:***@", text))
    return _AS_PARAMETER.sub(r"\1=***", without)


def is_private(file: BinaryIO) -> bool:
    """Return whether only its owner can read a file; always True on Windows."""
    return os.name != "posix" or not stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077


def parsed_key(text: str, source: str) -> Secret:
    """Return a key that an HTTP header can carry: ASCII without white space.

    The error message does not contain the text, which may hold a key.
    """
    key = text.strip()
    if not key.isascii() or not key.isprintable() or " " in key or not key:
        raise KeyRefused(
            f"what {source} holds is no API key: it must be one word of ASCII; paste it again"
        )
    return Secret(key)


def key_from_file(name: str, named: Path | None, environment: Mapping[str, str]) -> Secret | None:
    """Read a key from the named file, else from ``PROVIDER.key`` beside the user file.

    ``name`` is the setting: PROVIDER_api_key or PROVIDER_token. A systemd credential
    (``$CREDENTIALS_DIRECTORY/NAME``) has precedence. Returns None when
    no file was named and none exists. Raises ``KeyRefused`` for a file that others can read, that
    is named but missing, or whose content is no key.
    """
    provider = name.removesuffix("_api_key").removesuffix("_token")
    path = named or user_file(environment).parent / f"{provider}.key"
    # https://systemd.io/CREDENTIALS: private to this service, whatever its file mode.
    folder = environment.get("CREDENTIALS_DIRECTORY")
    credential = Path(folder) / name if folder else None
    is_credential = credential is not None and credential.is_file()
    if credential is not None and is_credential:
        path = credential
    try:
        with open_regular(path, follows_links=True) as file:
            if not (is_credential or is_private(file)):
                raise KeyRefused(
                    f"the API key file {path} can be read by others; run: chmod 600 {path}"
                )
            return parsed_key(file.read(LARGEST_FILE).decode("utf-8"), str(path))
    except FileNotFoundError as error:
        if named is None:
            return None
        raise KeyRefused(f"there is no API key file {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise KeyRefused(f"cannot read the API key file {path}: {error}") from error
