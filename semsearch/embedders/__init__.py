"""Embedders: texts → vectors."""
