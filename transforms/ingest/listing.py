"""Inputs (folders, files, globs, manifests, on any store that fsspec opens) in, one Source per file out."""

import os
import posixpath
from collections.abc import Iterator
from typing import Any

from fsspec.core import has_magic

from lookalike.transforms.core.messages import as_text, error_name, one_line
from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.ingest.archives.containers import is_container, list_members
from lookalike.transforms.ingest.manifests.lookup import look_up
from lookalike.transforms.ingest.manifests.rows import SUFFIXES, Row, read_manifest
from lookalike.transforms.ingest.selection.choice import Choice, Unsure, unsure
from lookalike.transforms.ingest.selection.errors import InputError
from lookalike.transforms.ingest.selection.suffixes import is_hidden, is_hidden_member, is_image
from lookalike.transforms.io.archives.entries import LONGEST_NAME, shortened
from lookalike.transforms.io.archives.index import find_member
from lookalike.transforms.io.archives.names import kind_of, member_of
from lookalike.transforms.storage.folders.patterns import Pattern
from lookalike.transforms.storage.folders.walk import Contents, look, seen, walk
from lookalike.transforms.storage.prefetch import prefetch
from lookalike.transforms.storage.regular import NotAFileError
from lookalike.transforms.storage.sources import uri_of
from lookalike.transforms.storage.stores import is_local, is_path, store

ARCHIVES = 4
"""Archives of a remote store whose members are listed at once."""
ROWS = 16
"""Rows of a manifest that are looked at at once."""


def list_images(inputs: list[str], choice: Choice | None = None) -> Iterator[Source | Failure]:
    """Every image of every input, in the order of listing. What can't be listed inside an input is a Failure.

    Files are taken by suffix in folders, globs and archives; a file or a manifest's row that is named outright is taken
    whatever it is called. Hidden files and folders (leading dot) are left out of folders. choice: whether first bytes
    are looked at where a suffix says nothing, and which columns come along; it counts what is not taken.

    Raises:
        InputError: an input is missing, a manifest can't be read, or a column that is to come along is not there.
    """
    choice = choice or Choice()
    for name in inputs:
        for record in _list_input(name, choice):
            yield _written(record)
    choice.carried.refuse_never_met(inputs)


def absolute(uri: str) -> str:
    """The one spelling of a URI: local paths are absolute with no scheme; others as they are but for the scheme, whose
    case says nothing, and with no slash at the end.
    """
    scheme, found, path = uri.partition("://")
    if found and scheme.lower() in ("file", "local"):
        return os.path.abspath(os.path.expanduser(path or "/"))
    if is_path(uri):
        return os.path.abspath(os.path.expanduser(uri))
    return f"{scheme.lower()}{found}{path.rstrip('/')}"


def _list_input(name: str, choice: Choice) -> Iterator[Source | Failure]:
    uri = absolute(name)
    try:
        if member_of(uri):
            yield find_member(uri)
            return
        fs, path = store(uri)
        there = os.path.lexists(path) if is_local(fs) else fs.exists(path)
        if there and fs.isdir(path):
            yield from _folder(fs, path, choice)
        elif there:
            yield from _file(fs, path, choice)
        elif has_magic(path):
            yield from _glob(fs, path, name, choice)
        else:
            raise InputError(f"input not found: {name}. Give a folder, an image, a glob or a manifest that exists.")
    except InputError:
        raise
    except PermissionError as error:
        raise InputError(f"input can't be read: {name} ({error.strerror}). Check its permissions.") from error
    except (OSError, ValueError, ImportError) as error:
        raise InputError(f"input can't be read: {name} ({one_line(error)}). Check how it is written.") from error


def _file(fs: Any, path: str, choice: Choice) -> Iterator[Source | Failure]:
    """A file that was named outright."""
    record = _written(look(fs, path))
    if isinstance(record, Failure):
        yield record
    elif is_container(record.uri):
        yield from list_members(record, _is_wanted, choice)
    elif path.lower().endswith(SUFFIXES):
        yield from _named_by(record.uri, choice)
    else:
        yield record


def _folder(fs: Any, root: str, choice: Choice) -> Iterator[Source | Failure]:
    """All images below a folder, by suffix, and by first bytes where the choice is so."""
    images = archives = 0

    def named() -> Iterator[Source | Failure | Unsure]:
        nonlocal images, archives
        for contents in walk(fs, root, lambda folder: not is_hidden(folder)):
            if contents.error is not None:
                yield _unlisted(fs, root, contents)
            for folder in contents.folders:
                if is_hidden(folder):
                    choice.left_out.add(posixpath.basename(folder))
            for path, file in contents.paths():
                if is_image(path) and not is_hidden(path):
                    images += 1
                    yield look(fs, file)
                elif choice.looks_into(path) and not is_hidden(path):
                    yield from _looked_into(fs, path, file, choice)
                else:
                    archives += kind_of(path) is not None
                    choice.left_out.add(posixpath.basename(path))

    for record in choice.settled(named(), is_local(fs)):
        images += isinstance(record, Source)
        yield record
    if archives and not images:
        name = uri_of(fs, root)
        raise InputError(f"{name} holds no images, but {archives:,} archives or tables: name them, as '{name}/*.tar'")


def _looked_into(fs: Any, path: str, file: str | Source | Failure, choice: Choice) -> Iterator[Failure | Unsure]:
    """What the name of a file does not tell. Pipes, devices and links to nothing are no images by any name."""
    name, record = posixpath.basename(path), look(fs, file)
    if isinstance(record, Source):
        yield unsure(name, record)
    elif record.error in ("not_a_file", "broken_link"):
        choice.left_out.add(name)
    else:
        yield record


def _unlisted(fs: Any, root: str, contents: Contents) -> Failure:
    """A folder that can't be listed; the one that was asked for is an error of the input."""
    assert contents.error is not None
    if contents.folder == root:
        raise contents.error
    return Failure(uri_of(fs, contents.folder), "list", type(contents.error).__name__, one_line(contents.error))


def _glob(fs: Any, pattern: str, name: str, choice: Choice) -> Iterator[Source | Failure]:
    """What a pattern matches; archives among it are looked into, on a remote store several at once."""

    def members(path: str, file: str | Source | Failure) -> Iterator[Source | Failure]:
        if isinstance(file, Failure):
            yield file
            return
        if choice.looks_into(path):
            yield from choice.settled(_looked_into(fs, path, file, choice), True)
            return
        if not is_image(path) and kind_of(path) is None:
            choice.left_out.add(posixpath.basename(path))
            return
        record = _written(look(fs, file))
        if isinstance(record, Failure) or is_image(path):
            yield record
        elif is_container(record.uri):
            yield from list_members(record, _is_wanted, choice)
        else:
            choice.left_out.add(posixpath.basename(path))

    matches = 0

    def counted() -> Iterator[tuple[str, str | Source | Failure]]:
        nonlocal matches
        for match in _matching(fs, Pattern(pattern, is_local(fs)), choice):
            matches += 1
            yield match

    if is_local(fs):
        for path, file in counted():
            yield from members(path, file)
    else:
        for listed in prefetch(lambda match: list(members(*match)), counted(), ARCHIVES):
            yield from listed
    if not matches:
        raise InputError(f"no file matches: {name}. Quote the pattern, and check it.")


def _matching(fs: Any, pattern: Pattern, choice: Choice) -> Iterator[tuple[str, str | Source | Failure]]:
    """Files that match. Folders that do are counted, and told of where they are named like images."""
    for contents in walk(fs, pattern.root, pattern.enters):
        if contents.error is not None and not isinstance(contents.error, FileNotFoundError):
            failure = _unlisted(fs, pattern.root, contents)
            yield failure.uri, failure
        for folder in contents.folders:
            if not pattern.matches(folder) or pattern.enters(folder):
                continue
            if is_image(folder):
                yield folder, folder
            else:
                choice.left_out.add_folder()
        for path, file in contents.paths():
            if pattern.matches(posixpath.join(contents.folder, posixpath.basename(path))):
                yield path, file


def _named_by(uri: str, choice: Choice) -> Iterator[Source | Failure]:
    """What the rows of a manifest name; relative paths are relative to it. Archives are looked into."""
    base = uri.rpartition("/")[0]

    def targets(row: Row) -> list[str]:
        names = dict.fromkeys((row.name, row.name.strip()))  # a file's name may begin with spaces
        given = [not is_path(name) or name.startswith(("/", "~")) for name in names]
        return [absolute(name if g else f"{base}/{name}") for name, g in zip(names, given, strict=True)]

    def first_target(row: Row) -> str:
        return targets(row)[0] if len(row.name) <= LONGEST_NAME else ""

    def find(row: Row, known: dict[str, Source]) -> list[Source | Failure]:
        if not row.name.strip():
            choice.left_out.add_row()
            return []
        return [_with_columns(record, row) for record in find_named(row, known)]

    def find_named(row: Row, known: dict[str, Source]) -> list[Source | Failure]:
        if len(row.name) > LONGEST_NAME:
            message = f"row {row.number:,} of {uri}: a name of {len(row.name):,} characters"
            return [Failure(shortened(row.name), "list", "bad_name", message)]
        failure = None
        for target in targets(row):
            try:
                return _found(target, uri, choice, known)
            except (OSError, ValueError, ImportError) as error:
                failure = failure or Failure(
                    target, "list", error_name(error), f"row {row.number:,} of {uri}: {one_line(error)}"
                )
        assert failure is not None
        return [failure]

    for found in prefetch(lambda asked: find(*asked), look_up(read_manifest(uri, choice.carried), first_target), ROWS):
        yield from found


def _with_columns(record: Source | Failure, row: Row) -> Source | Failure:
    """What a row names, with the values of the row; what it names by an archive too."""
    return record._replace(columns=row.columns) if row.columns and isinstance(record, Source) else record


def _found(target: str, manifest: str, choice: Choice, known: dict[str, Source]) -> list[Source | Failure]:
    """What a row of a manifest names. known: files, by URI. Raises what says why it can't be had."""
    if member_of(target):
        record = find_member(target)
        if isinstance(record, Failure):
            raise FileNotFoundError(record.message)
        return [record]
    if target == manifest:
        raise NotAFileError("the manifest itself")
    record = known.get(target) or seen(*store(target))
    if kind_of(target) and is_container(target):
        return list(list_members(record, _is_wanted, choice))
    return [record]


def _is_wanted(member: str) -> bool:
    """Is a member of an archive an image that somebody put there?"""
    return is_image(member) and not is_hidden_member(member)


def _written(record: Source | Failure) -> Source | Failure:
    """A file whose name is not text can't be written into any table: a Failure that spells it."""
    try:
        "".join((record.uri, record.message if isinstance(record, Failure) else "")).encode()
    except UnicodeEncodeError:
        uri = as_text(record.uri)
        if isinstance(record, Failure):
            return record._replace(uri=uri, message=as_text(record.message))
        return Failure(uri, "list", "bad_name", "the file's name is not UTF-8; rename it")
    return record
