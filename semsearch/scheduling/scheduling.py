"""Schedules made, named and removed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from semsearch.errors import CorpusError, SettingsError
from semsearch.scheduling import history
from semsearch.scheduling.keepers import Keeper, keeper_named, keepers_here
from semsearch.scheduling.schedule import Schedule
from semsearch.settings import expanded, load_settings

_KEYS: Final = ("mistral_api_key", "openai_api_key")


def schedule_for(folder: str | Path, when: str) -> Schedule:
    """The schedule of a folder; ``when`` is of ``moments``.

    Raises ``CorpusError`` when it is no folder, ``SettingsError`` when its name has characters that
    a line of a crontab or unit cannot hold.
    """
    path = expanded(folder).resolve()
    if not path.is_dir():
        raise CorpusError(f"there is no folder {path}; name one that is there")
    if not str(path).isprintable():
        raise SettingsError("the folder's name has characters that no schedule can hold; rename it")
    return Schedule(str(path), when)


def keeper_for(name: str | None) -> Keeper:
    """The keeper of that name, else the best of this machine; raises ``SettingsError``."""
    if name is not None:
        return keeper_named(name)
    here = keepers_here()
    if not here:
        raise SettingsError(
            "neither systemd's user manager nor crontab is on this machine; let its own scheduler"
            " run: semsearch index FOLDER --quiet"
        )
    return here[0]


def add(schedule: Schedule, keeper: Keeper) -> None:
    """Give a schedule to a keeper, and to it alone: another one's of this folder is removed."""
    keeper.add(schedule)
    for other in keepers_here():
        if other.name != keeper.name and _of_folder(other, schedule.folder):
            other.remove(schedule)


def remove(folder: str | Path) -> list[tuple[Keeper, Schedule]]:
    """Remove the schedules of a folder, which need not be there any more; returns them."""
    path = str(expanded(folder).resolve())
    found = [(keeper, kept) for keeper, kept in schedules() if kept.folder == path]
    for keeper, kept in found:
        keeper.remove(kept)
        history.forget(kept)
    return found


def schedules() -> list[tuple[Keeper, Schedule]]:
    """All schedules of this machine's keepers, which belong to the person who asks."""
    return [(keeper, kept) for keeper in keepers_here() for kept in keeper.schedules()]


def keys_out_of_reach() -> Sequence[str]:
    """Keys that are in this shell's environment alone, which no scheduled run has."""
    now, then = load_settings(), load_settings(environment={})
    return [key for key in _KEYS if getattr(now, key) and not getattr(then, key)]


def _of_folder(keeper: Keeper, folder: str) -> bool:
    return any(kept.folder == folder for kept in keeper.schedules())
