"""Embedders of other packages, found by an entry point."""
