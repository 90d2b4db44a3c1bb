"""A reason as the text that the record keeps of it: ``CODE: DETAIL`` or ``CODE@CONDITION: DETAIL``.

Versions before this one kept the detail alone; their codes are told by its words, which do not
change any more.
"""

from typing import Final

from semsearch.documents.reason import Reason, ReasonCode

_SEPARATOR: Final = ": "
_CONDITION: Final = "@"

# Words of the details that versions without codes have written, the first that stands in one.
_WORDS: Final = (
    ("(scan", ReasonCode.SCANNED_PAGES),
    ("a scan?", ReasonCode.SCANNED_PAGES),
    ("max_file_bytes", ReasonCode.TOO_LARGE),
    ("document_seconds", ReasonCode.TOOK_TOO_LONG),
    ("password", ReasonCode.PASSWORD),
    ("text encoding", ReasonCode.UNKNOWN_ENCODING),
    ("semsearch[code]", ReasonCode.NEEDS_CODE),
    ("semsearch[office]", ReasonCode.NEEDS_OFFICE),
    ("Permission denied", ReasonCode.NO_PERMISSION),
    ("it changes while it is read", ReasonCode.CHANGING),
    ("the embedder refuses a passage", ReasonCode.PASSAGE_REFUSED),
    ("damaged", ReasonCode.DAMAGED),
    ("private key", ReasonCode.PRIVATE_KEY),
    ("binary file", ReasonCode.BINARY),
    ("the file is empty", ReasonCode.EMPTY),
    ("there is no text in it", ReasonCode.NO_TEXT),
    ("more memory than a document may", ReasonCode.TOO_MUCH_MEMORY),
    ("its reader crashed", ReasonCode.CRASHED),
    ("no process could be started", ReasonCode.NO_PROCESS),
    ("files of this name hold secrets", ReasonCode.SECRET_NAME),
    ("does not read files of type", ReasonCode.OTHER_TYPE),
    ("cannot be opened", ReasonCode.CANNOT_OPEN),
    ("cannot be listed", ReasonCode.CANNOT_OPEN),
    ("cannot be looked at", ReasonCode.CANNOT_OPEN),
    ("from before 2007", ReasonCode.OLD_OFFICE),
    ("an archive, not a document", ReasonCode.ARCHIVE),
    ("(DRM)", ReasonCode.ENCRYPTED_BOOK),
    ("defines its own entities", ReasonCode.ENTITIES),
    ("it unpacks to", ReasonCode.TOO_LARGE_UNPACKED),
    (" cells", ReasonCode.TOO_MANY_CELLS),
    ("it is no ", ReasonCode.WRONG_TYPE),
    (" cannot be started: ", ReasonCode.OCR_FAILED),
    (" failed: ", ReasonCode.OCR_FAILED),
)


def text_of_reason(reason: Reason | None) -> str | None:
    """Return the text that the record keeps; None stays None."""
    if reason is None:
        return None
    condition = "" if reason.condition is None else f"{_CONDITION}{reason.condition:.15g}"
    return f"{reason.code.key}{condition}{_SEPARATOR}{reason.detail}"


def reason_of_text(text: str | None) -> Reason | None:
    """Return the reason that a text of the record stands for; None stays None."""
    if not text:
        return None
    head, _, detail = text.partition(_SEPARATOR)
    key, _, condition = head.partition(_CONDITION)
    code = ReasonCode.named(key)
    if code is not ReasonCode.UNKNOWN or key == code.key:
        return Reason(code, detail, float(condition) if condition else None)
    return Reason(next((code for words, code in _WORDS if words in text), code), text)
