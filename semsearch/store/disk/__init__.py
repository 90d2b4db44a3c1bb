"""The index directory and its files on disk."""
