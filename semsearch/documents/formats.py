"""What the name of a file says: which reader it is for, or why it is not read."""

import re
from enum import Enum
from pathlib import PurePosixPath
from typing import Final


class Format(Enum):
    """A kind of document that there is a reader for."""

    TEXT = "text"
    MARKDOWN = "Markdown"
    HTML = "HTML"
    PDF = "PDF"


PLAIN: Final = frozenset({Format.TEXT, Format.MARKDOWN, Format.HTML})  # gone through once

_FORMATS: Final = {
    ".adoc": Format.TEXT,
    ".htm": Format.HTML,
    ".html": Format.HTML,
    ".log": Format.TEXT,
    ".markdown": Format.MARKDOWN,
    ".md": Format.MARKDOWN,
    ".pdf": Format.PDF,
    ".rst": Format.TEXT,
    ".text": Format.TEXT,
    ".txt": Format.TEXT,
    ".xhtml": Format.HTML,
    "": Format.TEXT,  # README, LICENSE, NOTES
}
# Names under which programs keep keys and passwords. What is in such a file would be sent to the
# embedder. (Hidden files, .env and .netrc among them, are not looked at anyway.)
_SECRET: Final = re.compile(
    r"""id_(rsa|dsa|ecdsa|ed25519)(_sk)?
    | (.*\.)?(env|envrc|netrc|pgpass|htpasswd|htdigest)
    | env\.(local|dev|development|test|staging|prod|production)
    | .*\.(pem|key|p12|pfx|jks|keystore|kdbx?|ppk|ovpn|tfstate|tfvars|keychain)
    | (credentials?|secrets?|passwords?|client_secrets?|service[-_]account([-_]key)?)
      (\.(json|ya?ml|toml|ini|cfg|conf|txt|csv|xml))?
    | wallet\.dat | shadow | master\.key
    """,
    re.IGNORECASE | re.VERBOSE,
)


def format_of(path: str) -> Format | None:
    """The format that a file's name stands for; None when semsearch does not read such files."""
    return None if is_secret(path) else _FORMATS.get(suffix_of(path).lower())


def is_secret(path: str) -> bool:
    """Whether a file's name is one under which keys and passwords are kept."""
    return _SECRET.fullmatch(PurePosixPath(path).name) is not None


def why_not_read(path: str) -> str:
    """Why ``format_of`` has no format for a file."""
    if is_secret(path):
        return "files of this name hold secrets; it is not read nor sent anywhere"
    return f"semsearch does not read files of type {suffix_of(path) or 'unknown'}"


def suffix_of(path: str) -> str:
    """The ending of a file's name; "1. Introduction" has none."""
    suffix = PurePosixPath(path).suffix
    return "" if " " in suffix else suffix
