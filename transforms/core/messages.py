"""What failures and messages say: of exceptions, and of names of files, which are not always text."""

NAMES = {"NotAFileError": "not_a_file", "BrokenLinkError": "broken_link", "TooLargeError": "too_large"}
"""Exceptions of ours that the failures table calls by names of its own."""


def error_name(error: Exception) -> str:
    """The name of an exception in the failures table: its class, but for NAMES."""
    name = type(error).__name__
    return NAMES.get(name, name)


def one_line(error: Exception) -> str:
    """The first line of what an exception says, without number and path of an error of the system; if it says nothing,
    the name of its class.
    """
    message = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    return message.strip().partition("\n")[0] or type(error).__name__


def as_text(name: str) -> str:
    r"""A name of a file, whose bytes may be no UTF-8, as text that can be written: such bytes become '\xff'."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")
