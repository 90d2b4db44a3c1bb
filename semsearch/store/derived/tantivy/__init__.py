"""The keyword index: Tantivy (BM25) over the texts of one generation."""
