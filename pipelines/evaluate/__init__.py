"""How good a result is, what it would cost, and what can be fitted to a corpus."""
