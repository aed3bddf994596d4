"""Candidate pairs in, confirmed pairs with their relation out."""
