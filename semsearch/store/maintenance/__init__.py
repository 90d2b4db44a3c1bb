"""Status, verification, repair, rollback, forgetting, export and import of an index."""
