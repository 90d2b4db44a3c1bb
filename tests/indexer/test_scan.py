"""The comparison of a folder with its record."""

from pathlib import Path

import pytest

from semsearch.documents.coverage import Coverage
from semsearch.documents.reason import Reason, ReasonCode
from semsearch.documents.walk.walker import FileStat, Unlistable
from semsearch.indexer.scan import Unchanged, Unread, scan
from semsearch.settings.schema import Settings
from semsearch.store.record.documents import StoredDocument
from semsearch.store.record.reason_text import reason_of_text


@pytest.mark.parametrize(
    ("recorded", "finding"),
    [
        ("the folder cannot be listed: Operation not permitted", Unchanged),
        ("no-permission: the folder cannot be listed: Operation not permitted", Unchanged),
        ("the folder cannot be listed: Input/output error", Unread),
    ],
)
def test_a_reason_is_news_by_its_words_only(
    tmp_path: Path, recorded: str, finding: type[Unchanged | Unread]
) -> None:
    """What an earlier version recorded without a code makes no new generation."""
    detail = "the folder cannot be listed: Operation not permitted"
    shut = Unlistable("sub", Reason(ReasonCode.NO_PERMISSION, detail))
    known = StoredDocument(
        1, "sub", FileStat(0, 0, 0, 0), None, Coverage.FAILED, reason_of_text(recorded), None, (), 1
    )
    found = scan(
        [shut],
        [known],
        tmp_path,
        Settings(),
        everything=False,
        born=2,
        has_passages=lambda document, read: True,
    )
    assert [type(one) for one in found][1:] == [finding]
