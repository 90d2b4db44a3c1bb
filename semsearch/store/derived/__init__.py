"""ANN and keyword index, derived from the record; rebuilt without calling an embedder."""
