"""URIs of collections: ``postgresql://host/database#NAME/SOURCE``, ``milvus:ADDRESS#NAME``."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePath
from typing import Final
from urllib.parse import unquote

from semsearch.errors import SettingsError

DEFAULT_NAME: Final = "semsearch"
# What PostgreSQL takes for a schema, and Milvus for a part of a collection's name, unquoted.
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,47}")
_POSTGRESQL: Final = re.compile(r"postgres(ql)?://")
_MILVUS: Final = "milvus:"
# As a path that pathlib has taken it for: one slash of two.
_AS_PATH: Final = re.compile(r"postgres(ql)?:/(?!/)")
# An address without a user: whatever @ it has is in a parameter.
_WITHOUT_USER: Final = re.compile(r"[^/?@:]*(:\d*)?(/[^?@:]*)?(\?\w+=.*)?")
_FRAGMENT: Final = re.compile(r"[^/@]*(/[^/]*)?")
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
    """Whether a text, or a path made of it, is the URI of a collection, no path and no name.

    >>> is_collection("milvus:./m.db"), is_collection("milvus")
    (True, False)
    >>> is_collection("postgresql://db/team"), is_collection(PurePath("postgresql://db/team"))
    (True, True)
    """
    if not isinstance(text, (str, PurePath)):
        return False
    text = as_given(text)
    return bool(_POSTGRESQL.match(text) or text.startswith(_MILVUS))


def as_given(place: str | PurePath) -> str:
    """A place as it was given: a URI that was taken for a path has lost a slash.

    >>> as_given(PurePath("postgresql://db/team"))
    'postgresql://db/team'
    """
    text = str(place)
    return text.replace("/", "//", 1) if _AS_PATH.match(text) else text


def from_anywhere(place: str | PurePath) -> str:
    """The URI of a collection so that it holds in any directory: of a file with its whole path.

    >>> from_anywhere("postgresql://db/team"), from_anywhere("milvus:/srv/m.db#docs")
    ('postgresql://db/team', 'milvus:/srv/m.db#docs')
    """
    text = as_given(place)
    address, mark, fragment = text.removeprefix(_MILVUS).partition("#")
    if not text.startswith(_MILVUS) or "://" in address or not address:
        return text
    return f"{_MILVUS}{Path(address).expanduser().absolute()}{mark}{fragment}"


def shown_place(place: str | PurePath) -> str:
    """A path, a name or a URI of a collection as messages and logs show it, without a password.

    >>> shown_place("postgresql://ann:secret@db/team"), shown_place("notes")
    ('postgresql://ann:***@db/team', 'notes')
    """
    if not is_collection(place):
        return str(place)
    address, mark, fragment = _parted(as_given(place))
    prefix = _MILVUS if address.startswith(_MILVUS) else ""
    return f"{prefix}{without_secrets(address.removeprefix(prefix))}{mark}{fragment}"


def _parted(text: str) -> tuple[str, str, str]:
    """The address of a URI, # and what follows; a # in a password, as any of an address, does not.

    >>> _parted("postgresql://ann:se#cret@db/team#docs/a@b")
    ('postgresql://ann:se#cret@db/team', '#', 'docs/a@b')
    """
    address, mark, fragment = text.partition("#")
    while not _FRAGMENT.fullmatch(fragment):
        more, mark, fragment = fragment.partition("#")
        address = f"{address}#{more}"
    return address, mark, fragment


def has_secret(place: str | PurePath) -> bool:
    """Whether a place is a URI of a collection with a password or a token in it.

    >>> has_secret("postgresql://ann:secret@db/team"), has_secret("postgresql://ann@db/team")
    (True, False)
    """
    return shown_place(place) != as_given(place)


def collection_uri(text: str) -> CollectionUri:
    """The parts of a URI of a collection; raises ``SettingsError``, without showing a password.

    >>> uri = collection_uri("postgresql://ann:secret@db/team#docs/notes")
    >>> str(uri), uri.name, uri.source
    ('postgresql://ann:***@db/team#docs/notes', 'docs', 'notes')
    """
    address, _, fragment = _parted(text)
    if "#" in address:
        raise SettingsError(
            f"{shown_place(text)} cannot be read: write a # in a user or password as %23"
        )
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
        raise SettingsError(
            f"{without_secrets(text)} is no URI of a collection, as postgresql://HOST/DATABASE or"
            " milvus:ADDRESS are"
        )
    if not address:
        raise SettingsError("milvus: needs an address: milvus:FILE.db or milvus:http://HOST:19530")
    return CollectionUri(kind, address, name, source or None)


def without_secrets(address: str) -> str:
    """An address with *** for its password or token.

    A password may have signs that it should not have, / for one: all up to the last @ goes. Milvus
    takes a lone user for a token.

    >>> without_secrets("https://token:a/bc@milvus:19530"), without_secrets("./m.db")
    ('https://token:***@milvus:19530', './m.db')
    """
    scheme, mark, rest = address.partition("://")
    if not mark:
        scheme, rest = "", address
    if not mark and not re.match(r"[^/@]*:[^/]*@", rest):
        return address  # a file, which may have an @ in its path
    user, at, host = _user_and_host(rest)
    if at:
        name, has_password, _ = user.partition(":")
        is_token = not has_password and scheme in ("http", "https")
        user = f"{name}:***" if has_password else "***" if is_token else user
    place, question, query = host.partition("?")
    query = _PASSWORD_PARAMETER.sub(r"\1=***", query)
    return f"{scheme}{mark}{user}{at}{place}{question}{query}"


def _user_and_host(rest: str) -> tuple[str, str, str]:
    """What is before the @ of an address behind its scheme, the @, and what follows."""
    if _WITHOUT_USER.fullmatch(rest):
        return "", "", rest
    place, question, query = rest.partition("?")
    if "@" in place and "=" in query:
        user, at, host = place.rpartition("@")
        return user, at, f"{host}{question}{query}"
    return rest.rpartition("@")
