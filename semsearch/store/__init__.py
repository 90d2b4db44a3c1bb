"""The index on disk: the record, the derived indexes, and their maintenance."""
