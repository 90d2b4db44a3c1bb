"""Publish the index after a run, where the settings say so."""

from dataclasses import replace

from semsearch.errors import SemsearchError, TooLittle
from semsearch.indexer.report import IndexReport
from semsearch.indexer.target import PreparedRun
from semsearch.store.collection.publisher import publish
from semsearch.store.collection.uri import collection_uri


def published(report: IndexReport, prepared: PreparedRun) -> IndexReport:
    """The report of a run with that of the publication after it.

    Raises ``SemsearchError``, which has the report and says that the index itself is up to date.
    """
    uri = prepared.settings.publish
    assert uri is not None  # else there is nothing to do
    try:
        done = publish(prepared.directory, collection_uri(uri), prepared.settings)
    except TooLittle as nothing:
        return replace(report, notices=(*report.notices, str(nothing)))
    except SemsearchError as error:
        error.report = report
        error.args = (f"the index is up to date, but was not published: {error}",)
        raise
    return replace(report, publication=done)
