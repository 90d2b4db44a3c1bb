"""The ANN index: FAISS over the vectors of one generation."""
