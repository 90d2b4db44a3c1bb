"""The notes of several sources as one."""

import json
import math
from collections.abc import Sequence

from semsearch.store.collection.blob_format import damaged_values
from semsearch.store.collection.published_source import PublishedSource
from semsearch.store.notes.cosine_baseline import BASELINE, CosineBaseline
from semsearch.store.notes.cosine_baseline import as_note as baseline_note
from semsearch.store.notes.tags import TAGS
from semsearch.store.notes.tuned_settings import OWN_SETTINGS
from semsearch.store.record.json_text import parsed


def joint_note(sources: Sequence[PublishedSource], name: str) -> str | None:
    """The value of a note over some sources, None if none has it; raises ``IndexDamaged``.

    The baseline of cosines is that of all texts, a tag belongs to the files that have it in any
    source. Tuned settings are those of a single source; other notes those of the largest.
    """
    values = [
        (source.texts, value)
        for source in sorted(sources, key=lambda one: -one.texts)
        if (value := source.notes.get(name)) is not None
    ]
    if not values or (name == OWN_SETTINGS and len(sources) > 1):
        return None
    if len(values) == 1 and name != BASELINE:
        return values[0][1]
    with damaged_values(f"the note {name}"):
        if name == BASELINE:
            return _baseline(values)
        if name == TAGS:
            return _tags([value for _, value in values])
    return values[0][1]


def _baseline(values: Sequence[tuple[int, str]]) -> str:
    """The mean of the means and of the variances, by the numbers of texts."""
    found = [(texts, CosineBaseline(**parsed(value))) for texts, value in values]
    if len(found) == 1:
        return values[0][1]
    total = sum(texts for texts, _ in found)
    mean = sum(texts * one.mean for texts, one in found) / total
    variance = sum(texts * one.deviation**2 for texts, one in found) / total
    return baseline_note(CosineBaseline(round(mean, 4), round(math.sqrt(variance), 4), total))


def _tags(values: Sequence[str]) -> str:
    joined: dict[str, set[str]] = {}
    for value in values:
        for tag, digests in parsed(value).items():
            joined.setdefault(tag, set()).update(digests)
    return json.dumps({tag: sorted(digests) for tag, digests in sorted(joined.items())})
