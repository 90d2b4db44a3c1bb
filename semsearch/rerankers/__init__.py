"""Models that read a question and a passage together, and score how well the one is answered."""
