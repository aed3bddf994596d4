"""The two ways in which a file can fail to be an image that we read."""


class UndecodableError(ValueError):
    """The bytes are no image, a damaged one, or one of a kind that is refused; the message says which."""


class TooLargeError(ValueError):
    """The image declares more pixels than the limit."""
