"""Inputs as users name them in, one Source for each file and the units of work out."""
