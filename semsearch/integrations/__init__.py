"""Retrievers for frameworks: thin classes over a searcher.

Each framework has one module, which nothing else imports, and an extra of the same name.
"""
