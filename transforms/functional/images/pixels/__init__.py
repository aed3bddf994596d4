"""Samples as decoders give them in, upright 8-bit RGB as people see it out."""
