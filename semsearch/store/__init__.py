"""The index on disk: the record, and what is derived from it."""
