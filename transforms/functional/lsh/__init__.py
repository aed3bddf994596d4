"""Locality-sensitive hashing: signatures, bands, and what collides."""
