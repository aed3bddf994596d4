"""Copies of one side's images on another side: the search, the comparison, and rows of the table of matches."""
