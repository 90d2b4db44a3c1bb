"""Tell whether the record has the passages of a document as the file has them now.

A digest that stands in the record proves nothing about the passages beside it: an index may come
from somebody else. So a file that is read again is cut again, and compared.
"""

from semsearch.documents.chunker import Budget, passages_of
from semsearch.documents.coverage import Coverage
from semsearch.documents.passage import Location, text_digest
from semsearch.documents.readers.reader import ReadDocument
from semsearch.store.record.documents import StoredDocument
from semsearch.store.record.view import View

_COMPARED = frozenset({Coverage.INDEXED, Coverage.NO_TEXT})


def has_recorded_passages(
    view: View, budget: Budget, document: StoredDocument, read: ReadDocument
) -> bool:
    """Whether each recorded passage of a document is one of the file, in place and text.

    A document with a reason may lack passages: those that the embedder has refused.
    """
    if document.coverage not in _COMPARED:
        return True
    cut = {
        ordinal: (
            Location(document.path, passage.lines, passage.pages, passage.headings, passage.place),
            text_digest(passage.embedded),
        )
        for ordinal, passage in enumerate(passages_of(read.document, budget, document.path))
    }
    recorded = {
        passage.ordinal: (passage.location, passage.digest)
        for passage in view.passages.of_document(document.id)
    }
    is_whole = len(recorded) == len(cut) or document.reason is not None
    return is_whole and recorded.items() <= cut.items()
