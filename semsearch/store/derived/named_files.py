"""The derived files that generations name: their stamps, and the removal of all others."""

from collections.abc import Iterable

from semsearch.store.derived.faiss.files import ann_paths
from semsearch.store.derived.file_stamps import STAMPS, Stamps, stamped
from semsearch.store.disk.atomic_files import remove, storage_errors
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.record.generations import DerivedFiles, Generation
from semsearch.store.record.note_rows import CommitNotes


def stamps_of_files(directory: IndexDirectory, files: DerivedFiles) -> Stamps:
    """Marks and stamps of a generation's files, which the caller has made, or found marked."""
    paths = ann_paths(directory, files.ann_file) if files.ann_file else []
    made = {}
    if files.ann_file and files.ann_digest:
        made[files.ann_file] = files.ann_digest
    if files.keywords and files.keywords_digest:
        made[files.keywords] = files.keywords_digest
    with storage_errors(directory.path):
        if files.keywords:
            paths += (directory.path / files.keywords).iterdir()
        return stamped(directory.path, paths, made)


def put_stamps(
    directory: IndexDirectory, notes: CommitNotes, old: Stamps, checked: Iterable[DerivedFiles]
) -> None:
    """Store the stamps of files just made or checked, and those of ``old`` still there."""
    for files in checked:
        old = old.with_those(stamps_of_files(directory, files))
    notes.put(STAMPS, old.of_existing(directory.path).as_note())


def remove_unnamed(directory: IndexDirectory, kept: Iterable[Generation]) -> None:
    """Remove derived files that none of the ``kept`` generations names."""
    names: set[str | None] = set()
    for files in (generation.derived for generation in kept):
        names |= {files.keywords}
        if files.ann_file is not None:
            names |= {path.name for path in ann_paths(directory, files.ann_file)}
    with storage_errors(directory.path):
        for path in directory.derived_files():
            if path.name not in names:
                remove(path)
