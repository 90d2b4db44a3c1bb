"""What an index has been set to: its own settings, which are kept as a note of the record.

They were measured with one embedder and count for that one only.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from semsearch.errors import IndexDamaged, SettingsError
from semsearch.settings.schema import Settings
from semsearch.store.record.view import View

OWN_SETTINGS: Final = "own settings"  # the note that keeps them


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """Settings by the names that they have in ``Settings``; None is not set."""

    embedder: str
    mode: str | None = None
    words_weight: float | None = None
    passage_characters: int | None = None
    overlap_characters: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The settings that are set as JSON names and values."""
        return {"embedder": self.embedder, **self.values(self.embedder)}

    def values(self, embedder: str) -> Mapping[str, Any]:
        """Those that count for an embedder, by its URI."""
        if embedder != self.embedder:
            return {}
        named = asdict(self)
        return {k: v for k, v in named.items() if k != "embedder" and v is not None}

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.values(self.embedder).items())

    @property
    def as_note(self) -> str:
        """For ``own_settings`` to read."""
        return json.dumps(asdict(self))


def own_settings(view: View) -> OwnSettings | None:
    """Those of the index; None when it has none.

    Raises ``IndexDamaged`` when they are not what was kept, or nothing that can be set.
    """
    kept = view.note(OWN_SETTINGS)
    if kept is None:
        return None
    try:
        own = OwnSettings(**json.loads(kept))
        Settings(**own.values(own.embedder))
    except (SettingsError, TypeError, ValueError) as error:
        raise IndexDamaged(
            f"the index's own settings cannot be used ({error}); run: semsearch evaluate --reset"
        ) from error
    return own


def readable_settings(view: View) -> tuple[OwnSettings | None, str | None]:
    """The same, with the reason where they cannot be used."""
    try:
        return own_settings(view), None
    except IndexDamaged as error:
        return None, str(error)
