"""The record: one SQLite file, its schema and its rows."""
