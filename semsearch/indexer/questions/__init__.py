"""Questions that an index keeps: regression questions and the watchlist."""
