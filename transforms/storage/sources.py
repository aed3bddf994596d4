"""What a store tells of a file in, a Source out."""

from datetime import datetime, timezone
from typing import Any

from lookalike.transforms.core.records import Source
from lookalike.transforms.storage.links import note
from lookalike.transforms.storage.stores import is_local


def uri_of(fs: Any, path: str) -> str:
    """The URI of a path on a store."""
    return path if is_local(fs) else fs.unstrip_protocol(path)


def source_of(fs: Any, info: dict[str, Any]) -> Source:
    """`info`: as `fs` tells of a file."""
    uri = uri_of(fs, info["name"])
    size = info.get("size")
    etag = info.get("ETag") or info.get("etag") or ""
    file = note(info) if is_local(fs) else ""
    return Source(uri, -1 if size is None else int(size), _modified(info), str(etag).strip('"'), file=file)


def _modified(info: dict[str, Any]) -> str:
    """The time of last modification as every store spells it -> ISO 8601 in UTC, or ''."""
    for name in ("mtime", "LastModified", "updated", "last_modified", "created"):
        value = info.get(name)
        if isinstance(value, (int, float)):
            try:
                value = datetime.fromtimestamp(value, timezone.utc)
            except (ValueError, OverflowError, OSError):
                return ""  # some file systems keep times beyond the year 9999
        if isinstance(value, datetime):
            return value.astimezone(timezone.utc).isoformat(timespec="microseconds")
        if isinstance(value, str) and value:
            return value
    return ""
