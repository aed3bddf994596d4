"""Names for a terminal."""


def printable(name: str) -> str:
    """A name with nothing in it that a terminal would obey or that would end a line: names of files may come from
    anywhere.
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in name)
