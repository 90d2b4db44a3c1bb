"""The index directory on disk: paths, lock, atomic writes, disk space."""
