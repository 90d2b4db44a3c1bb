"""Words of published texts: postings in blobs, ranked by BM25 as the local index ranks."""
