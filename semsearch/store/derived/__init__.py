"""Indexes derived from the record, which can be rebuilt without any API call."""
