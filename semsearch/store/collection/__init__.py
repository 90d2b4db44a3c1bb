"""A collection: what several indexes publish on an engine, and readers elsewhere search."""
