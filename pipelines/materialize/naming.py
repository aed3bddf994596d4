"""Names of targets: makes a relative path from a pattern and an image."""

import dataclasses
import posixpath
import string

from lookalike.transforms.io.write_back.targets import common_folder, spelled

FIELDS = ("index", "path", "dir", "name", "stem", "ext", "content_hash", "cluster", "split")


class PatternError(ValueError):
    """A pattern can't be used, or would give two images one name; the message says what to do."""


@dataclasses.dataclass(frozen=True)
class Named:
    """The fields that a pattern can use.

    Attributes:
        index: number of the image, from 1.
        path: its path relative to the folder that all audited images have in common.
        content_hash: in hex.
        cluster: id of its cluster, '' if it is in none.
        split: name of its split, '' if there are no splits.
    """

    index: int
    path: str
    content_hash: str
    cluster: str
    split: str


def check(pattern: str) -> None:
    """Check the fields of a pattern.

    Raises:
        PatternError: the pattern has unknown fields, has none that tells images apart, or is malformed.
    """
    try:
        fields = [name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None]
        target(pattern, Named(1, "a/b.jpg", "0" * 64, "c", "s"))
    except PatternError:
        raise
    except KeyError as error:
        raise PatternError(f"--name {pattern!r} has no field {error}; fields are {', '.join(FIELDS)}") from error
    except (ValueError, IndexError, AttributeError, MemoryError) as error:
        raise PatternError(f"--name {pattern!r} is no pattern: {error}; fields are {', '.join(FIELDS)}") from error
    if not {"index", "path", "name", "stem", "content_hash"} & set(fields):
        raise PatternError(
            f"--name {pattern!r} gives every image one name; use {{index}}, {{path}} or {{content_hash}}"
        )


def target(pattern: str, image: Named) -> str:
    """Make the relative path of an image from a pattern such as '{split}/{index:06d}{ext}'.

    Raises:
        PatternError: the path leads out of the folder that it is relative to.
    """
    folder, name = posixpath.split(image.path)
    stem, ext = posixpath.splitext(name)
    made = pattern.format(
        index=image.index,
        path=image.path,
        dir=folder,
        name=name,
        stem=stem,
        ext=ext.lower(),
        content_hash=image.content_hash,
        cluster=image.cluster,
        split=image.split,
    )
    path = posixpath.normpath(made.lstrip("/"))
    if path in (".", "..") or path.startswith("../"):
        raise PatternError(f"--name {pattern!r} makes {made!r} of {image.path}, which leads out of the folder")
    return path


def relative(uris: list[str]) -> dict[str, str]:
    """Map each URI to its path relative to the folder that all of them have in common."""
    paths = {uri: spelled(uri) for uri in uris}
    common = common_folder({f"{posixpath.dirname(path)}/" for path in paths.values()})
    return {uri: path.removeprefix(common) for uri, path in paths.items()}
