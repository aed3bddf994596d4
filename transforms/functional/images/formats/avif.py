"""What libavif doesn't do for Pillow."""

from lookalike.transforms.functional.images.formats.errors import UndecodableError

_CLEAN_APERTURE = b"\x00\x00\x00\x28clap"
"""The head of the box, which is 40 bytes long."""


def check_aperture(data: bytes) -> None:
    """Refuse an AVIF that is to be cut when it is shown, since the decoder would not cut it.

    Raises:
        UndecodableError: it has a clean aperture.
    """
    if _CLEAN_APERTURE in data:
        raise UndecodableError("an AVIF with a clean aperture (clap), which the decoder does not apply; it is not read")
