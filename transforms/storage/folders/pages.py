"""Folders of S3 and of Google Cloud Storage as they list them: a thousand entries at a time, in order of name, from any
name on.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from lookalike.transforms.core.records import Source
from lookalike.transforms.storage.retries import named, with_retries
from lookalike.transforms.storage.sources import source_of, uri_of

S3, GCS = ("s3", "s3a"), ("gs", "gcs")
PAGED = (*S3, *GCS)


class Page(NamedTuple):
    """Some of what lies in a folder. folders: paths, in the store's order. files: not those in its folders, in order of
    name.
    """

    folders: list[str]
    files: list[Source]


class Answer(NamedTuple):
    """What a store says of one page. entries: as `source_of` takes them, but for their names, which are keys. folders:
    keys. token: for the next page, or ''.
    """

    entries: list[dict[str, Any]]
    folders: list[str]
    token: str


def is_paged(fs: Any) -> bool:
    """Can the folders of a store be listed by pages?"""
    return fs.scheme in PAGED and not fs.version_aware


def pages(fs: Any, folder: str, after: str = "") -> Iterator[Page]:
    """The pages of a folder, each asked for when it is wanted, from the names on that come after `after`.

    Raises:
        FileNotFoundError: there is no such bucket, or nothing below the folder.
        OSError: the store doesn't list it.
    """
    bucket, key, _ = fs.split_path(folder)
    prefix = f"{key}/" if key else ""
    start = prefix + after if after else ""
    ask = _of_s3 if fs.scheme in S3 else _of_gcs
    token, begun = "", False
    while token or not begun:
        with named(uri_of(fs, folder)):
            answer = ask(fs, bucket, prefix, start, token)
        if key and not (begun or after or answer.entries or answer.folders):
            raise FileNotFoundError(f"{uri_of(fs, folder)} is not there")
        files = [
            source_of(fs, entry | {"name": f"{bucket}/{entry['name']}"})
            for entry in answer.entries
            if not entry["name"].endswith("/") and entry["name"] != start  # what marks an empty folder; `after` itself
        ]
        folders = [f"{bucket}/{name[:-1]}" for name in answer.folders]
        yield Page(folders, sorted(files, key=lambda file: file.uri))
        token, begun = answer.token, True


def _of_s3(fs: Any, bucket: str, prefix: str, start: str, token: str) -> Answer:
    request = {"Bucket": bucket, "Prefix": prefix, "Delimiter": "/"}
    request |= {"StartAfter": start} if start else {}
    request |= {"ContinuationToken": token} if token else {}
    answer = with_retries(fs.fs.call_s3, "list_objects_v2", tries=fs.tries, **request)
    entries = [{**entry, "name": entry["Key"], "size": entry["Size"]} for entry in answer.get("Contents", [])]
    folders = [one["Prefix"] for one in answer.get("CommonPrefixes", [])]
    return Answer(entries, folders, answer["NextContinuationToken"] if answer.get("IsTruncated") else "")


def _of_gcs(fs: Any, bucket: str, prefix: str, start: str, token: str) -> Answer:
    request = {"prefix": prefix or None, "delimiter": "/", "startOffset": start or None, "pageToken": token or None}
    answer = with_retries(fs.fs.call, "GET", "b/{}/o", bucket, json_out=True, tries=fs.tries, **request)
    entries = [{**entry, "mtime": _time(entry["updated"])} for entry in answer.get("items", [])]
    return Answer(entries, answer.get("prefixes", []), answer.get("nextPageToken", ""))


def _time(stamp: str) -> datetime:
    """RFC 3339 in UTC, with any number of digits of a second -> the time, to the microsecond."""
    whole, _, digits = stamp.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{digits:0<6.6}+00:00")
