"""Draws the largest clusters of a finished run, or two images beside each other, as HTML for a notebook."""

from collections.abc import Mapping
from typing import Any

from lookalike.pipelines.review.pages import rendered
from lookalike.pipelines.review.shown.clusters import largest_clusters
from lookalike.pipelines.review.shown.evidence import add_pictures


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
    return rendered("gallery.html", clusters=clusters, counts=record["counts"], names=names)


def side_by_side(thumbnails: tuple[str, str], told: Mapping[str, str]) -> str:
    """Draw two pictures beside each other, above a table of what is known about them.

    Args:
        thumbnails: both pictures, JPEG in base64.
        told: the rows of the table, by name.
    """
    return rendered("side_by_side.html", thumbnails=thumbnails, told=told)
