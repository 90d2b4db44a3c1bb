"""Texts that the embedder refuses: their documents are found by what is left of them."""

from semsearch.documents.reason import Reason, ReasonCode
from semsearch.store.writer import IndexWriter


def leave_out(text: int, reason: str, writer: IndexWriter) -> None:
    """Leave out the passages of a text that the embedder refuses, from the generation to come.

    Their documents keep their digest, so that the text is not sent again before they change.
    """
    refused = Reason(ReasonCode.PASSAGE_REFUSED, f"the embedder refuses a passage: {reason}")
    for document in writer.view.documents.with_text(text):
        other = document.reason
        is_other = other is not None and other.detail != refused.detail
        told = other.and_also(refused) if other is not None and is_other else refused
        writer.documents.leave_out(document, text, told)
