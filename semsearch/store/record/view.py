"""One generation of the record, committed or still to come, opened for reading."""

from semsearch.store.record.documents import DocumentView
from semsearch.store.record.generation_scope import GenerationScope
from semsearch.store.record.note_rows import read_note
from semsearch.store.record.passages import PassageView
from semsearch.store.record.sentences import SentenceView
from semsearch.store.record.sqlite import Connection
from semsearch.store.record.texts import TextView
from semsearch.store.record.vectors import VectorView


class View:
    """The rows of one generation, by noun, read through a writer's or a reader's connection.

    ``withheld`` names each damaged row that was met and left out. Of a generation that is shown
    before it is whole (``is_partial``) rows are missing that are still to come.
    """

    def __init__(
        self, connection: Connection, generation: int, *, is_partial: bool = False
    ) -> None:
        scope = GenerationScope(connection, generation, is_partial=is_partial)
        self._connection = connection
        self.withheld = scope.withheld
        self.is_partial = is_partial
        self.documents = DocumentView(scope)
        self.passages = PassageView(scope)
        self.texts = TextView(scope)
        self.vectors = VectorView(scope)
        self.sentences = SentenceView(scope)

    def note(self, name: str) -> str | None:
        """The value of a note, which belongs to all generations; None if there is none.

        Raises ``IndexDamaged`` when the row's hash does not fit its value.
        """
        return read_note(self._connection, name)
