"""Insights from vectors: duplicates, related documents, outliers, clusters, classes, a map."""
