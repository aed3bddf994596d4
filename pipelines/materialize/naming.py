"""Names of targets: a pattern and an image in, a relative path out."""

import dataclasses
import posixpath
import string

from lookalike.transforms.ingest.archives.containers import member_of
from lookalike.transforms.ingest.archives.entries import place_of

FIELDS = ("index", "path", "dir", "name", "stem", "ext", "content_hash", "cluster", "split")


class PatternError(ValueError):
    """A pattern that can't be used, or under which two images would get one name; the message says what to do."""


@dataclasses.dataclass(frozen=True)
class Named:
    """What a pattern can speak of. index: from 1. path: relative to what was audited. cluster: its id, or ''.
    split: its name, or ''.
    """

    index: int
    path: str
    content_hash: str
    cluster: str
    split: str


def check(pattern: str) -> None:
    """Refuse a pattern with unknown fields, none at all, or a way out of the folder.

    Raises:
        PatternError: one of these.
    """
    try:
        fields = [name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None]
        target(pattern, Named(1, "a/b.jpg", "0" * 64, "c", "s"))
    except (ValueError, KeyError, IndexError, AttributeError) as error:
        raise PatternError(f"--name {pattern!r} is no pattern: {error}; fields are {', '.join(FIELDS)}") from error
    if not {"index", "path", "name", "stem", "content_hash"} & set(fields):
        raise PatternError(
            f"--name {pattern!r} gives every image one name; use {{index}}, {{path}} or {{content_hash}}"
        )


def target(pattern: str, image: Named) -> str:
    """Pattern such as '{split}/{index:06d}{ext}' -> the image's relative path.

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
    if path.startswith("..") or path == ".":
        raise PatternError(f"--name {pattern!r} makes {made!r} of {image.path}, which leads out of the folder")
    return path


def relative(uris: list[str]) -> dict[str, str]:
    """URIs -> each relative to the folder that all have in common."""
    paths = {uri: _spelled(uri) for uri in uris}
    folders = {posixpath.dirname(path) for path in paths.values()}
    if not folders:
        return {}
    common = posixpath.commonprefix([folder + "/" for folder in folders])
    common = common[: common.rfind("/") + 1]
    return {uri: path.removeprefix(common) for uri, path in paths.items()}


def _spelled(uri: str) -> str:
    """The path of a member: below its archive as if that were a folder, wherever the name leads."""
    member = member_of(uri)
    return f"{member.container}{place_of(member.name)}" if member else uri
