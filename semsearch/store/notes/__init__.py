"""Small values that the record keeps by name."""
