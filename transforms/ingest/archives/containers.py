"""Images inside of tar and zip archives (WebDataset's shards) and of Parquet files (Hugging Face's layout).

What an archive seems to hold and can't give is a Failure that names it.
"""

import functools
from collections.abc import Callable, Iterator

from lookalike.transforms.core.columns import Values
from lookalike.transforms.core.messages import one_line
from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.ingest.archives.sidecars import Sidecars, is_sidecar
from lookalike.transforms.ingest.archives.table_columns import values_of
from lookalike.transforms.ingest.selection.carried import Carried
from lookalike.transforms.ingest.selection.choice import Choice, Unsure
from lookalike.transforms.ingest.selection.errors import InputError
from lookalike.transforms.ingest.selection.suffixes import is_hidden_member
from lookalike.transforms.io.archives.contents import read_start
from lookalike.transforms.io.archives.entries import Entry
from lookalike.transforms.io.archives.image_columns import image_column
from lookalike.transforms.io.archives.image_tables import read_schema
from lookalike.transforms.io.archives.index import entries_of, record_of, rows_in
from lookalike.transforms.io.archives.names import kind_of, member_of
from lookalike.transforms.storage.reading import MachineError
from lookalike.transforms.storage.stores import is_path


def is_container(uri: str) -> bool:
    """Is a file an archive, or a Parquet file that has images, or that should and can't be read?"""
    if kind_of(uri) != "parquet":
        return kind_of(uri) is not None
    try:
        return image_column(read_schema(uri)) is not None
    except OSError:
        return True


def list_members(
    container: Source, is_image: Callable[[str], bool], choice: Choice | None = None
) -> Iterator[Source | Failure]:
    """All images of a container, in its order; where it can't be listed, or in part, Failures that say so.

    is_image: of a member's path; what is none is for `choice` to look into, or to count. Members have the time and the
    etag of their container.
    """
    kind = kind_of(container.uri)
    choice = choice or Choice()
    try:
        if kind == "parquet":
            yield from _rows(container, choice.carried)
            return
        entries = entries_of(container.uri, str(kind), functools.partial(is_sidecar, choice.carried))
        sidecars = Sidecars(entries, choice.carried, container.uri)
    except (MachineError, InputError):
        raise
    except Exception as error:  # whatever a parser makes of hostile bytes
        yield Failure(container.uri, "list", "bad_container", one_line(error))
        return
    members = _members(container, str(kind), entries, is_image, choice)
    for record in choice.settled(members, is_path(container.uri)):
        yield record._replace(columns=_values(sidecars, record.uri)) if isinstance(record, Source) else record


def _values(sidecars: Sidecars, uri: str) -> Values:
    member = member_of(uri)
    assert member is not None
    return sidecars.beside(member.name)


def _rows(container: Source, carried: Carried) -> Iterator[Source | Failure]:
    values = values_of(container.uri, carried) if carried else None
    for record in rows_in(container):
        yield record._replace(columns=next(values, ())) if values and isinstance(record, Source) else record


def _members(
    container: Source, kind: str, entries: list[Entry], is_image: Callable[[str], bool], choice: Choice
) -> Iterator[Source | Failure | Unsure]:
    """Entries -> the images among them, what may be one, and failures. Where two have one name, the last is the one
    that counts.
    """
    last = {entry.name: number for number, entry in enumerate(entries)}
    for number, entry in enumerate(entries):
        if not entry.name:
            yield Failure(container.uri, "list", entry.error, entry.message)
        elif is_image(entry.name):
            yield record_of(container, kind, entry, last[entry.name] == number)
        elif not choice.looks_into(entry.name) or is_hidden_member(entry.name) or entry.error == "not_a_file":
            choice.left_out.add(entry.name)
        elif entry.error:
            yield record_of(container, kind, entry, True)
        else:
            start = functools.partial(read_start, container.uri, kind, entry)
            yield Unsure(entry.name, start, record_of(container, kind, entry, last[entry.name] == number))
