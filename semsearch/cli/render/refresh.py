"""The refresh before a question in one line."""

from semsearch.documents.text.printable import printable_line
from semsearch.indexer.refresh import Refresh
from semsearch.settings.amounts import counted, usd_text


def refresh_text(done: Refresh) -> str | None:
    """The report of a refresh, or why there was none; None if the folder had not changed."""
    if done.reason is not None:
        return f"not brought up to date first: {printable_line(done.reason)}; run: semsearch index"
    report = done.report
    if report is None:
        return None
    cost = "" if report.cost is None else f", {usd_text(report.cost)}"
    return (
        f"brought up to date first: {report.added} added, {report.changed} changed,"
        f" {report.removed} removed, {counted(report.embedded, 'passage')} embedded{cost}"
    )
