"""What every command that writes may raise before it writes anything."""


class OutputError(ValueError):
    """An output that can't be used; the message names it and the remedy."""
