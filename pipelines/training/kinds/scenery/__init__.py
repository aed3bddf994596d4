"""Pairs of pictures that resemble one another: other shots, other things, shared parts."""
