"""What the server may raise before it serves anything."""


class ReviewError(ValueError):
    """Nothing can be served; the message is one line that names the remedy."""
