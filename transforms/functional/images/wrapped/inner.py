"""What some files hold their picture in: another file, in a format that is opened."""

from typing import NamedTuple


class Inner(NamedTuple):
    """A picture inside of a file. format: of the file, as `opened.SUFFIXES` calls it. data: the picture, as a file of
    its own. whole: that is all that the file holds; if not, only a file of equal bytes is equal to it. width, height:
    of what the file holds, upright, where the picture shows it smaller; else 0. orientation: EXIF's number by which the
    picture is turned, where it does not say itself. developed: what is shown is made of values, and not they.
    """

    format: str
    data: bytes
    whole: bool = True
    width: int = 0
    height: int = 0
    orientation: int = 1
    developed: bool = False
