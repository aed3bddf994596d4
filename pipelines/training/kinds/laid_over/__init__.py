"""Edits that lay something over a picture."""
