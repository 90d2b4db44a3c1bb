"""From a folder to a committed generation."""
