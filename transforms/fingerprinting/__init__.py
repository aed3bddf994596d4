"""Decoded images in, rows of the fingerprints table out."""
