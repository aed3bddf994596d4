"""Confirmed pairs in, clusters, what is kept of each and what may go out."""
