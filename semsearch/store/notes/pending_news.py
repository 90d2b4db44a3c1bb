"""Whether any news of watched questions were ever found, told without reading them."""

from typing import Final

from semsearch.store.record.note_rows import NoteReader

NEWS: Final = "news"  # the name of the note


def has_news(view: NoteReader) -> bool:
    """Whether there is a note of news; raises ``IndexDamaged`` when its row is damaged."""
    return view.note(NEWS) is not None
