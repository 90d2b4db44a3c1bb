"""URIs of collections: ``postgresql://host/database#NAME/SOURCE``, ``milvus:ADDRESS#NAME``."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from semsearch.errors import SettingsError

DEFAULT_NAME: Final = "semsearch"
# What PostgreSQL takes for a schema, and Milvus for a part of a collection's name, unquoted.
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,47}")
_POSTGRESQL: Final = re.compile(r"postgres(ql)?://")
_MILVUS: Final = "milvus:"
_PASSWORD_PARAMETER: Final = re.compile(r"(?i)(?<![^?&])((?:ssl)?password|token)=[^&]*")


class EngineKind(StrEnum):
    """The engines that hold collections."""

    POSTGRESQL = "postgresql"
    MILVUS = "milvus"


@dataclass(frozen=True, slots=True)
class CollectionUri:
    """Where a collection is, and which sources of it are meant.

    ``address`` is what the engine's client takes; it may hold a password, which ``str`` and
    ``repr`` do not show. ``name`` is the schema in PostgreSQL, and the start of the names of
    collections in Milvus. Without a ``source`` all are meant.
    """

    kind: EngineKind
    address: str = field(repr=False)
    name: str = DEFAULT_NAME
    source: str | None = None

    def __str__(self) -> str:
        prefix = _MILVUS if self.kind is EngineKind.MILVUS else ""
        shown = f"{prefix}{without_secrets(self.address)}"
        if (self.name, self.source) == (DEFAULT_NAME, None):
            return shown
        return f"{shown}#{self.name}" + (f"/{self.source}" if self.source else "")


def is_collection(text: object) -> bool:
    """Whether a text is the URI of a collection rather than a path or a name.

    >>> [is_collection(text) for text in ("postgresql://db/team", "milvus:./m.db", "milvus")]
    [True, True, False]
    """
    return isinstance(text, str) and bool(_POSTGRESQL.match(text) or text.startswith(_MILVUS))


def collection_uri(text: str) -> CollectionUri:
    """The parts of a URI of a collection; raises ``SettingsError``, without showing a password.

    >>> uri = collection_uri("postgresql://ann:secret@db/team#docs/notes")
    >>> str(uri), uri.name, uri.source
    ('postgresql://ann:***@db/team#docs/notes', 'docs', 'notes')
    """
    address, _, fragment = text.partition("#")
    name, _, source = fragment.partition("/")
    name, source = unquote(name) or DEFAULT_NAME, unquote(source)
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{name!r} cannot name a collection: up to 48 lower-case letters, digits and _,"
            " beginning with a letter"
        )
    if _POSTGRESQL.match(address):
        kind = EngineKind.POSTGRESQL
    elif address.startswith(_MILVUS):
        kind, address = EngineKind.MILVUS, address.removeprefix(_MILVUS)
    else:
        raise SettingsError(f"{without_secrets(text)} is no URI of a collection")
    if not address:
        raise SettingsError("milvus: needs an address: milvus:FILE.db or milvus:http://HOST:19530")
    return CollectionUri(kind, address, name, source or None)


def without_secrets(address: str) -> str:
    """An address with *** for its password or token.

    >>> without_secrets("https://token:abc@milvus:19530"), without_secrets("./m.db")
    ('https://token:***@milvus:19530', './m.db')
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return "***"
    place = parts.netloc
    if "@" in place:
        user, _, host = place.rpartition("@")
        place = f"{user.partition(':')[0]}:***@{host}" if ":" in user else f"{user}@{host}"
    query = _PASSWORD_PARAMETER.sub(r"\1=***", parts.query)
    return urlunsplit(parts._replace(netloc=place, query=query))
