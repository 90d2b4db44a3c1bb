"""PostgreSQL with pgvector as the engine of collections."""

from semsearch.store.collection.engines.postgresql.engine import PostgresqlEngine

__all__ = ["PostgresqlEngine"]
