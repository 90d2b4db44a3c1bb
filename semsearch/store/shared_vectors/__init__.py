"""Vectors of texts in a folder that several indexes share, so that each text is paid for once."""
