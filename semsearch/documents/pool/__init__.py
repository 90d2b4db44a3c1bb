"""Reader processes: isolated, limited in time and memory, ahead of the caller."""
