"""The files of the corpus: ignore rules, file stats, listings."""
