"""Confirmed pairs in, clusters out."""
