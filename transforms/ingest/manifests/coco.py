"""COCO's files of annotations: each image by its name, with what its annotations say of it.

Beside the keys of an image (`license`, `date_captured` ...) there are the columns `label`, the names of the categories
of its annotations, and `caption`, what is said of it, both as lists.
"""

import json
import os
import posixpath
from collections.abc import Iterator
from typing import Any

from lookalike.transforms.core.columns import Values
from lookalike.transforms.core.messages import one_line
from lookalike.transforms.ingest.selection.carried import Carried
from lookalike.transforms.ingest.selection.errors import InputError
from lookalike.transforms.storage.stores import store

NAME = "file_name"
LABEL, CAPTION = "label", "caption"


def read_coco(data: bytes, uri: str, wanted: Carried) -> Iterator[tuple[str, Values]]:
    """A file of annotations -> the name of each image, as it leads from the file's folder to the image, and its values.

    Raises:
        InputError: it is none, or lacks a column that is wanted.
    """
    try:
        found = json.loads(data)
        images, annotations = found["images"], found.get("annotations", [])
        categories = {one["id"]: one["name"] for one in found.get("categories", [])}
        labels, captions = _labels_and_captions(annotations, categories)
        names = [image[NAME] for image in images]
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{uri} is no COCO file of annotations ({one_line(error)}); it needs 'images'") from error
    if not all(isinstance(name, str) for name in names):
        raise InputError(f"{uri} is no COCO file of annotations: a {NAME!r} is not text")
    if wanted and images:
        wanted.refuse_missing(dict.fromkeys([*(key for image in images for key in image), LABEL, CAPTION]), uri)
    folder = _folder_of_images(uri, names[0]) if names else ""
    for name, image in zip(names, images, strict=True):
        own = {LABEL: labels.get(image.get("id")), CAPTION: captions.get(image.get("id"))} | image
        yield posixpath.join(folder, name), wanted.of_json(own, uri) if wanted else ()


def _labels_and_captions(
    annotations: list[Any], categories: dict[Any, str]
) -> tuple[dict[Any, list[str]], dict[Any, list[str]]]:
    """Labels and captions of each image, by its id: each label once, in order; captions as they come."""
    labels: dict[Any, set[str]] = {}
    captions: dict[Any, list[str]] = {}
    for one in annotations:
        if one.get("category_id") in categories:
            labels.setdefault(one["image_id"], set()).add(categories[one["category_id"]])
        if one.get("caption"):
            captions.setdefault(one["image_id"], []).append(one["caption"])
    return {image: sorted(names) for image, names in labels.items()}, captions


def _folder_of_images(uri: str, first: str) -> str:
    """Where the images lie, from the folder of the file on: COCO itself has them in a folder beside that of the
    annotations, which is called as the last word of the file's name (`annotations/instances_val2017.json`).
    """
    base, _, name = uri.rpartition("/")
    split = posixpath.splitext(name)[0].rpartition("_")[2]
    fs, path = store(base or "/")
    for folder in ("", "images", split, "..", f"../{split}", "../images", f"../images/{split}"):
        if fs.exists(os.path.normpath(posixpath.join(path, folder, first))):
            return folder
    return ""
