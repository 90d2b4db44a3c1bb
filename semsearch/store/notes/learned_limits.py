"""The note with what the runs of an index have learned of its embedder's server."""


def note_name(uri: str) -> str:
    """The name of the note for the embedder of a URI."""
    return f"experience {uri}"  # this name is on disk
