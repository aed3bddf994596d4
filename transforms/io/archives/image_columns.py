"""Which column of a table holds encoded images."""

from typing import NamedTuple

import pyarrow as pa

from lookalike.transforms.io.archives.entries import LONGEST_NAME, shortened

NAMES = ("image", "img", "jpg", "jpeg", "png", "webp", "image_bytes", "bytes")
"""Names by which a column of plain bytes is known to hold images; a struct with a field `bytes` needs none of them."""
FIELD = "bytes"


class ImageColumn(NamedTuple):
    """Where the images of a table are. wrong: why they can't be read, or ''."""

    name: str
    wrong: str = ""


def image_column(schema: pa.Schema) -> ImageColumn | None:
    """The column that holds encoded images, or that should by its form; None if there is none."""
    columns = [column for column in map(_as_images, schema) if column]
    named = {column.name.lower(): column.name for column in map(_as_bytes, schema) if column}
    columns += [ImageColumn(named[name]) for name in NAMES if name in named]
    found = next((column for column in columns if not column.wrong), columns[0] if columns else None)
    if found and len(found.name) > LONGEST_NAME:
        return ImageColumn(shortened(found.name), f"a column's name has {len(found.name):,} characters; rename it")
    if found and not found.wrong and "::" in found.name:
        return found._replace(wrong=f"the column's name {found.name!r} holds '::', which divides names; rename it")
    if found and not found.wrong and schema.names.count(found.name) > 1:
        return found._replace(wrong=f"two columns are named {found.name!r}; rename one")
    return found


def _as_images(field: pa.Field) -> ImageColumn | None:
    """A struct with a field `bytes`, as Hugging Face's tables have, or a list of such."""
    kind = _plain(field.type)
    nested = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    inner = _plain(kind.value_type) if nested else kind
    if not pa.types.is_struct(inner) or inner.get_field_index(FIELD) < 0:
        return None
    if nested:
        return ImageColumn(field.name, f"column {field.name!r} holds lists of images; write one row for each")
    held = inner.field(FIELD).type
    if not _is_bytes(held):
        return ImageColumn(field.name, f"{FIELD!r} of column {field.name!r} is {held}, not binary; cast it")
    return ImageColumn(field.name)


def _as_bytes(field: pa.Field) -> ImageColumn | None:
    return ImageColumn(field.name) if _is_bytes(field.type) else None


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_bytes(kind: pa.DataType) -> bool:
    tests = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary)
    return any(test(_plain(kind)) for test in tests)
