"""Settings: schema, sources and secrets."""
