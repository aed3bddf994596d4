"""Encoded bytes in, pixels, hashes and planes out."""
