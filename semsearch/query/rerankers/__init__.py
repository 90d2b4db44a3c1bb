"""Rerankers: models that read a question with a passage and score how well it answers."""
