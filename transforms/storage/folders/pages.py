"""Folders of S3 as it lists them: a thousand entries at a time, in order of name, from any name on."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from lookalike.transforms.core.records import Source
from lookalike.transforms.storage.retries import named, with_retries
from lookalike.transforms.storage.sources import source_of, uri_of

PAGED = ("s3", "s3a")


class Page(NamedTuple):
    """Some of what lies in a folder. folders: paths, in the store's order. files: not those in its folders, in order of
    name.
    """

    folders: list[str]
    files: list[Source]


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
    request = {"Bucket": bucket, "Prefix": prefix, "Delimiter": "/"} | ({"StartAfter": prefix + after} if after else {})
    more, begun = True, False
    while more:
        with named(uri_of(fs, folder)):
            answer = with_retries(fs.fs.call_s3, "list_objects_v2", tries=fs.tries, **request)
        entries = answer.get("Contents", [])
        folders = [f"{bucket}/{one['Prefix'][:-1]}" for one in answer.get("CommonPrefixes", [])]
        if key and not (begun or after or entries or folders):
            raise FileNotFoundError(f"{uri_of(fs, folder)} is not there")
        files = [
            source_of(fs, {**entry, "name": f"{bucket}/{entry['Key']}", "size": entry["Size"]})
            for entry in entries
            if not entry["Key"].endswith("/")  # what marks an empty folder
        ]
        yield Page(folders, sorted(files, key=lambda file: file.uri))
        more, begun = answer.get("IsTruncated", False), True
        request = request | {"ContinuationToken": answer["NextContinuationToken"]} if more else {}
