"""Manifests in Milvus, each replaced by one publisher at a time.

Milvus has no transaction and no write on a condition. So a publisher first writes a claim to the
source's manifest, then reads all claims. Whoever finds another's takes its own away, waits for a
random time and tries again. Of two publishers that claim at once, at least one finds the other's
claim, because a strong read sees all writes that had returned before it began. A claim that has not
changed for ``claim_seconds`` is a killed publisher's, and is removed; so a publisher has to replace
the manifest in half of that time after its claim, or claim again.

In Milvus Lite the directory belongs to this process, in which a lock does.
"""

import random
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote, unquote

from semsearch.errors import EngineUnreachable
from semsearch.store.collection.engines.milvus.blobs import BlobRows
from semsearch.store.collection.engines.milvus.client import Client

_MANIFEST: Final = ":manifest/"
_CLAIM: Final = ":claim/"
_PAUSE_SECONDS: Final = 0.3
CLAIM_SECONDS: Final = 30.0


class ManifestRows:
    """The manifests of the sources of a collection."""

    def __init__(
        self, client: Client, blobs: BlobRows, claim_seconds: float = CLAIM_SECONDS
    ) -> None:
        self._client = client
        self._blobs = blobs
        self._claim_seconds = claim_seconds

    def all(self) -> Mapping[str, bytes]:
        """The manifest of each source, by name."""
        found = self._blobs.beginning_with(_MANIFEST, strong=True)
        return {_unquoted(name): manifest for name, manifest in found.items()}

    def replace(self, source: str, manifest: bytes | None, before: bytes | None) -> bool:
        """Replace the manifest ``before`` of a source; False where it has another."""
        name = _MANIFEST + _quoted(source)
        while True:
            with self._client.alone(), self._claimed(_quoted(source)) as until:
                if self._blobs.get([name], strong=True).get(name) != before:
                    return False
                if until is not None and time.monotonic() >= until:
                    continue
                if manifest is not None:
                    self._blobs.put([(name, manifest)])
                elif before is not None:
                    self._blobs.delete([name])
                return True

    @contextmanager
    def _claimed(self, source: str) -> Iterator[float | None]:
        """Have the only claim to a source's manifest; gives the time at which it ends."""
        if self._client.is_lite:
            yield None
            return
        mine = f"{_CLAIM}{source}/{secrets.token_hex(8)}"
        until = self._claim(source, mine)
        try:
            yield until
        finally:
            self._blobs.delete([mine])

    def _claim(self, source: str, mine: str) -> float:
        first_seen: dict[str, float] = {}
        deadline = time.monotonic() + 3 * self._claim_seconds
        while True:
            until = time.monotonic() + self._claim_seconds / 2
            self._blobs.put([(mine, b"")])
            others = [name for name in self._blobs.names(f"{_CLAIM}{source}/") if name != mine]
            if not others:
                return until
            self._blobs.delete([mine])
            now = time.monotonic()
            if now >= deadline:
                raise EngineUnreachable(
                    "other publishers replace the manifest of this source all the time; try again"
                )
            first_seen = {name: first_seen.get(name, now) for name in others}
            dead = [name for name in others if now - first_seen[name] >= self._claim_seconds]
            self._blobs.delete(dead)
            time.sleep(_PAUSE_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311  # apart


def _quoted(source: str) -> str:
    """The name of a source in letters that mean nothing in a condition of Milvus.

    >>> _quoted("Ärzte/50%_a")
    '=C3=84rzte=2F50=25=5Fa'
    """
    return quote(source, safe="").replace("_", "%5F").replace("~", "%7E").replace("%", "=")


def _unquoted(name: str) -> str:
    return unquote(name.removeprefix(_MANIFEST).replace("=", "%"))
