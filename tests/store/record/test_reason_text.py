"""Reasons as the record keeps them, those of earlier versions included."""

import pytest

from semsearch.documents.reason import Reason, ReasonCode
from semsearch.store.record.reason_text import reason_of_text, text_of_reason


@pytest.mark.parametrize("code", ReasonCode)
def test_a_reason_comes_back_with_its_code(code: ReasonCode) -> None:
    """The code is kept, not guessed from the words, even if these speak of another one."""
    reason = Reason(code, "damaged: a password, perhaps (scans?)")
    assert reason_of_text(text_of_reason(reason)) == reason


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no text on pages 2-3 of 5 (scans?)", ReasonCode.SCANNED_PAGES),
        ("no text layer on any of its 3 pages (a scan?)", ReasonCode.SCANNED_PAGES),
        ("password-protected PDF", ReasonCode.PASSWORD),
        ("damaged PDF: it is empty", ReasonCode.DAMAGED),
        ("its 5.1 MB are above the limit of 4.0 MB (max_file_bytes)", ReasonCode.TOO_LARGE),
        ("reading it took longer than 60 s (document_seconds)", ReasonCode.TOOK_TOO_LONG),
        ("a spreadsheet needs an extra: pip install 'semsearch[office]'", ReasonCode.NEEDS_OFFICE),
        ("the folder cannot be listed: Permission denied", ReasonCode.NO_PERMISSION),
        ("cannot be opened: Too many levels of symbolic links", ReasonCode.CANNOT_OPEN),
        ("words that no version has written", ReasonCode.UNKNOWN),
    ],
)
def test_a_reason_of_an_earlier_version_gets_its_code_by_its_words(
    text: str, code: ReasonCode
) -> None:
    """Versions without codes kept the detail alone; hints hold for their indexes, too."""
    assert reason_of_text(text) == Reason(code, text)
