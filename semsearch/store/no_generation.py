"""The error for an index without a generation that can be read."""

from semsearch.errors import IndexMissing
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.record.partial_generation import PartialGeneration


def no_generation(directory: IndexDirectory, published: PartialGeneration | None) -> IndexMissing:
    """The error for an index in which no generation is whole; ``published`` is a partial one."""
    if published is None:
        return IndexMissing(
            f"the index in {directory.path} is not finished yet; run: semsearch index"
        )
    return IndexMissing(
        f"the index in {directory.path} is not whole yet: {published.vectors} of"
        f" {published.texts} passages have a vector, so that questions are all it answers;"
        " run: semsearch index"
    )
