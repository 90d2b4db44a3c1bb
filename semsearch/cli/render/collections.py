"""Collections as text: what a publication has done, and what is published."""

from semsearch.documents.text.printable import printable_line, printable_path
from semsearch.settings.amounts import counted, duration_text
from semsearch.store.collection.manifest import Manifest
from semsearch.store.collection.publisher import Publication
from semsearch.store.collection.status import CollectionStatus


def publication_text(done: Publication) -> str:
    """What readers have now, and what went over."""
    what = (
        f"{printable_line(done.source)}: generation {done.generation},"
        f" {counted(done.documents, 'document')}, {counted(done.texts, 'text')}"
        f" in {printable_line(done.place)}"
    )
    if done.was_current:
        return f"{what}; nothing has changed"
    return (
        f"{what}; {counted(done.documents_written, 'document')} and"
        f" {counted(done.texts_written, 'text')} written in {duration_text(done.seconds)}"
    )


def withdrawal_text(manifest: Manifest) -> str:
    """Which source was removed."""
    return (
        f"removed: {printable_line(manifest.source)}, generation {manifest.generation} of"
        f" {printable_path(manifest.folder)} on {printable_line(manifest.host)}"
    )


def collection_text(status: CollectionStatus) -> str:
    """The engine, and a line for each source."""
    lines = [
        f"{'collection':<11}{printable_line(status.place)}",
        f"{'engine':<11}{printable_line(status.version)}",
        f"{'embedder':<11}{printable_line(status.manifests[0].embedder.uri)}",
    ]
    lines += [f"{'source':<11}{_source_text(status, one)}" for one in status.manifests]
    return "\n".join(lines)


def _source_text(status: CollectionStatus, manifest: Manifest) -> str:
    return (
        f"{printable_line(manifest.source)}: generation {manifest.generation},"
        f" {counted(manifest.documents, 'document')}, {counted(manifest.passages, 'passage')},"
        f" up to date {duration_text(status.seconds_old(manifest))} ago, from"
        f" {printable_path(manifest.folder)} on {printable_line(manifest.host)}"
    )
