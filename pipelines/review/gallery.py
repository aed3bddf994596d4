"""Draws the largest clusters of a finished run, or two images beside each other, as HTML for a notebook."""

from collections.abc import Mapping
from importlib import resources
from typing import Any

import jinja2

from lookalike.pipelines.review.clusters_shown import largest_clusters
from lookalike.pipelines.review.evidence import add_pictures
from lookalike.pipelines.review.sizes import human_bytes


def gallery(output: str, record: dict[str, Any], most: int, members: int, names: Mapping[str, str]) -> str:
    """Draw the largest clusters, each with its representative and first members.

    Text that comes from the images is escaped, and the HTML asks the network for nothing.

    Args:
        output: folder or URL of the run.
        record: its `audit.json`.
        most: number of clusters.
        members: number of pictures of each cluster.
        names: what is shown instead of a URI.
    """
    clusters = largest_clusters(output, record, most, members)
    add_pictures(clusters, output, record)
    return _rendered("gallery.html", clusters=clusters, counts=record["counts"], names=names)


def side_by_side(thumbnails: tuple[str, str], told: Mapping[str, str]) -> str:
    """Draw two pictures beside each other, above a table of what is known about them.

    Args:
        thumbnails: both pictures, JPEG in base64.
        told: the rows of the table, by name.
    """
    return _rendered("side_by_side.html", thumbnails=thumbnails, told=told)


def _rendered(template: str, **values: Any) -> str:
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["size"] = human_bytes
    text = resources.files("lookalike.pipelines.review").joinpath("templates", template).read_text()
    return environment.from_string(text).render(**values)
