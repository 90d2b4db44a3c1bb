"""Addresses of Milvus: a folder of Milvus Lite, or a server with token, database and TLS files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from semsearch.errors import SettingsError
from semsearch.settings.secrets import Secret
from semsearch.store.collection.uri import without_secrets

if TYPE_CHECKING:
    from semsearch.settings.schema import Settings

_LITE_SUFFIX: Final = ".db"  # by which pymilvus knows a file of Milvus Lite, so that it opens ours
_SCHEMES: Final = ("http", "https")
# pymilvus's names of the files of TLS, and of the name that the certificate is for.
_TLS: Final = frozenset(
    {"ca_pem_path", "client_pem_path", "client_key_path", "server_pem_path", "server_name"}
)


@dataclass(frozen=True, slots=True)
class LiteAddress:
    """The data directory of Milvus Lite."""

    path: Path


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A server of Milvus.

    ``url`` has no user, password or query. ``tls`` are arguments of pymilvus's client.
    """

    url: str
    database: str = ""
    token: Secret | None = None
    tls: Mapping[str, str] = field(default_factory=dict)


def milvus_address(address: str, settings: "Settings") -> LiteAddress | ServerAddress:
    """The address in ``milvus:ADDRESS``; raises ``SettingsError``, without showing a password.

    A user and password in the address have precedence over the setting ``milvus_token``.
    """
    if "://" not in address:
        if not address.endswith(_LITE_SUFFIX):
            raise SettingsError(
                f"milvus:{without_secrets(address)} is neither a file of Milvus Lite, which ends"
                f" in {_LITE_SUFFIX}, nor a server: milvus:http://HOST:19530"
            )
        return LiteAddress(Path(address).expanduser())
    try:
        parts = urlsplit(address)
        place = _place(parts)
    except ValueError as error:
        raise SettingsError("the address behind milvus: is no URL; check its port") from error
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise SettingsError("a server of Milvus is named by milvus:http://HOST:19530 or https://")
    return ServerAddress(
        f"{parts.scheme}://{place}",
        parts.path.strip("/"),
        _token(parts) or settings.milvus_token,
        _tls(parts),
    )


def _place(parts: SplitResult) -> str:
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if parts.port is None else f"{host}:{parts.port}"


def _token(parts: SplitResult) -> Secret | None:
    if parts.username is None:
        return None
    if not parts.username or not parts.password:
        # Milvus takes a lone user for the token: then whatever shows a user would show a secret.
        raise SettingsError(
            "an address of Milvus with a user needs a password, as in https://USER:PASSWORD@HOST;"
            " put a token into SEMSEARCH_MILVUS_TOKEN"
        )
    return Secret(f"{unquote(parts.username)}:{unquote(parts.password)}")


def _tls(parts: SplitResult) -> Mapping[str, str]:
    given = dict(parse_qsl(parts.query))
    if unknown := given.keys() - _TLS:
        raise SettingsError(
            f"the address of Milvus has the parameter {min(unknown)!r}; those that it can have are"
            f" {', '.join(sorted(_TLS))}"
        )
    if given and parts.scheme != "https":
        raise SettingsError("files for TLS need an address of Milvus that begins with https://")
    for name, path in given.items():
        if name.endswith("_path") and not Path(path).is_file():
            raise SettingsError(f"there is no file {path}, which {name} of the address names")
    return given
