"""Who may ask: names under which the server is known, and the token."""

import hashlib
import hmac
import re
import secrets
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from semsearch.errors import SettingsError
from semsearch.safe_open import open_regular
from semsearch.settings.secrets import LARGEST_FILE, Secret, is_private

_LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "[::1]")
_ANY_ADDRESS: Final = ("0.0.0.0", "::")  # noqa: S104  # compared with, not bound to
_SHORTEST: Final = 16  # characters of a token that a person has chosen
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?")


class Invitations:
    """Tokens for one visit each, soon: other users of a machine see the arguments of a browser."""

    def __init__(self, seconds: float = 60.0) -> None:
        """``seconds`` is how long one holds."""
        self._seconds = seconds
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def new(self) -> str:
        """A new one."""
        made = secrets.token_urlsafe(32)
        with self._lock:
            self._until[made] = time.monotonic() + self._seconds
        return made

    def take(self, given: str) -> bool:
        """Whether a text is one that holds; it does not any more."""
        with self._lock:
            until = self._until.pop(given, None)
        return until is not None and time.monotonic() < until


@dataclass(frozen=True, slots=True)
class Access:
    """What a request must have.

    ``hosts`` are names that the ``Host`` header may have, without a port; ``takes_addresses`` lets
    any address of IPv4 or IPv6 through, too: a page of another site that rebinds its name to this
    machine sends its name. ``token`` is None where none is asked for. ``port`` tells the cookies of
    several servers on one machine apart, as browsers give cookies to every port of a host.
    """

    hosts: frozenset[str]
    takes_addresses: bool
    token: Secret | None
    port: int
    invitations: Invitations = field(default_factory=Invitations, compare=False)

    @classmethod
    def of(cls, host: str, names: Iterable[str], token: Secret | None, port: int) -> "Access":
        """Access to a server that listens at ``host``, also known by ``names``.

        Raises ``SettingsError`` where it can be reached from elsewhere and has no token, and for a
        name that no ``Host`` header could have.
        """
        names = [name.lower() for name in names]
        for name in names:
            found = _HOST.fullmatch(name)
            if found is None or found[2] is not None:
                raise SettingsError(
                    f"{name!r} is no name of a machine; give it alone, as in"
                    " --allow-host notes.lan; browsers send other letters than ASCII as xn--"
                )
        is_local = is_loopback(host)
        if token is None and not is_local:
            raise SettingsError(
                f"{host} can be reached from other machines, which needs a token; leave --no-token"
                " out"
            )
        own = () if host in _ANY_ADDRESS else (bracketed(host),)
        known = (*_LOOPBACK_NAMES, *own, *names)
        return cls(frozenset(name.lower() for name in known), not is_local, token, port)

    @property
    def cookie(self) -> str:
        """The name of the cookie."""
        return f"semsearch-{self.port}"

    @property
    def cookie_value(self) -> str:
        """The value of the cookie: of the token, and not the token itself."""
        assert self.token is not None  # asked for only then
        key = self.token.reveal().encode()
        return hmac.new(key, b"semsearch cookie", hashlib.sha256).hexdigest()

    def knows_host(self, value: str) -> bool:
        """Whether a ``Host`` header, or the host of an origin, is one of this server's."""
        found = _HOST.fullmatch(value.lower())
        if found is None:
            return False
        return found[1] in self.hosts or (self.takes_addresses and _is_address(found[1]))

    def is_token(self, given: str) -> bool:
        """Whether a text is the token; takes equally long for each text of a length."""
        return self.token is not None and _is_equal(given, self.token.reveal())

    def is_cookie(self, given: str) -> bool:
        """Whether a text is the value of the cookie."""
        return self.token is not None and _is_equal(given, self.cookie_value)


def new_token() -> Secret:
    """A token of 256 random bits."""
    return Secret(secrets.token_urlsafe(32))


def token_in(path: Path) -> Secret:
    """The token in a file that only its owner can read; raises ``SettingsError``."""
    try:
        with open_regular(path, follows_links=True) as file:
            if not is_private(file):
                raise SettingsError(
                    f"the token file {path} can be read by others; run: chmod 600 {path}"
                )
            text = file.read(LARGEST_FILE).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read the token file {path}: {error}") from error
    if not re.fullmatch(r"[\x21-\x7e]+", text) or len(text) < _SHORTEST:
        raise SettingsError(
            f"the token file {path} must hold one word of {_SHORTEST} or more characters of ASCII"
        )
    return Secret(text)


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine reach an address or a name."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def bracketed(host: str) -> str:
    """A host as addresses have it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _is_equal(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
