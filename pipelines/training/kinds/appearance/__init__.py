"""Edits that change how a picture looks and not where anything is."""
