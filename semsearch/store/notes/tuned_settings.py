"""Settings that were tuned for an index, stored as a note.

They were measured with a certain embedder, and apply to that embedder only.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from semsearch.embedders.local.minilm_builds import model_of
from semsearch.errors import IndexDamaged, SettingsError
from semsearch.settings.schema import Settings
from semsearch.store.record.json_text import parsed
from semsearch.store.record.note_rows import NoteReader

OWN_SETTINGS: Final = "own settings"  # the name of the note


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """Tuned settings, by their names in ``Settings``; None is not set."""

    embedder: str
    mode: str | None = None
    words_weight: float | None = None
    passage_characters: int | None = None
    overlap_characters: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The settings that are set as JSON names and values."""
        return {"embedder": self.embedder, **self.values(self.embedder)}

    def values(self, embedder: str) -> Mapping[str, Any]:
        """The settings that apply to an embedder, by its URI; none for another embedder."""
        if model_of(embedder) != model_of(self.embedder):
            return {}
        named = asdict(self)
        return {k: v for k, v in named.items() if k != "embedder" and v is not None}

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.values(self.embedder).items())

    @property
    def as_note(self) -> str:
        """Serialise them for ``own_settings``."""
        return json.dumps(asdict(self))


def own_settings(view: NoteReader) -> OwnSettings | None:
    """The tuned settings of the index; None when it has none.

    Raises ``IndexDamaged`` when the note cannot be read, or has an invalid setting.
    """
    kept = view.note(OWN_SETTINGS)
    if kept is None:
        return None
    try:
        own = OwnSettings(**parsed(kept))
        Settings(**own.values(own.embedder))
    except (SettingsError, TypeError, ValueError) as error:
        raise IndexDamaged(
            f"the index's own settings cannot be used ({error}); run: semsearch evaluate --reset"
        ) from error
    return own


def readable_settings(view: NoteReader) -> tuple[OwnSettings | None, str | None]:
    """The tuned settings of the index, or None with the reason why they cannot be used."""
    try:
        return own_settings(view), None
    except IndexDamaged as error:
        return None, str(error)


def usable_settings(view: NoteReader, uri: str) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """The tuned settings for an embedder's ``uri``; where they are damaged none, and a notice."""
    tuned, damage = readable_settings(view)
    notices = () if damage is None else (f"searching by the usual settings: {damage}",)
    return ({} if tuned is None else tuned.values(uri)), notices
