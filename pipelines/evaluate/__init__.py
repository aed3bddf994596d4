"""Measures how good a result is and what an audit would cost, and fits settings to a corpus."""
