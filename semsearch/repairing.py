"""Takes out of an index what is damaged, at no price; says what the next run will embed again."""

from dataclasses import dataclass
from pathlib import Path

from semsearch.discovery import find_index
from semsearch.settings import Settings, run_settings
from semsearch.store.repairing import repair_record


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What was damaged and is not there any more, and what `semsearch index` has to do for it."""

    index: Path
    found: tuple[str, ...]
    generation: int | None  # None when nothing but vectors could be kept
    documents_left_out: int
    texts_to_embed: int
    characters_to_embed: int


def repair(index: str | Path | None = None, *, settings: Settings | None = None) -> RepairReport:
    """Make an index whole from what is whole in it; calls no embedder.

    What is derived is made anew. Rows that are damaged go, with the documents that need them: the
    next index run reads those again, and embeds the texts whose vectors are lost. Raises
    ``SemsearchError``.
    """
    directory = find_index(run_settings(settings, index=index))
    with directory.locked():
        done = repair_record(directory)
    return RepairReport(
        index=directory.path,
        found=done.found,
        generation=done.generation,
        documents_left_out=done.documents_left_out,
        texts_to_embed=done.texts_to_embed,
        characters_to_embed=done.characters_to_embed,
    )
