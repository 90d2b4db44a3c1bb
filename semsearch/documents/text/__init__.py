"""Text by language: which language it is in, and where its sentences end."""
