"""The parts of ``scripts/bench/embedding``."""
