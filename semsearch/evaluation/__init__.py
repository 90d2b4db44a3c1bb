"""How well an index finds what it should."""
