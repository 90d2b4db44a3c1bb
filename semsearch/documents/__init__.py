"""From files to documents: walk the corpus, read each format."""
