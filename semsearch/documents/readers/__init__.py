"""One reader a format: bytes or text to blocks."""
