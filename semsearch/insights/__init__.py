"""What else the vectors tell: what is alike, what stands alone, what belongs together."""
