"""Draws the curve of a calibration."""

from collections.abc import Sequence
from importlib import resources
from typing import Any

import jinja2


def draw_curve(points: Sequence[Any], best: Any, wish: float) -> str:
    """Draw precision and recall against the probability, as SVG.

    Args:
        points: each with probability, precision, low, high and recall.
        best: the chosen point, or None.
        wish: the wished precision.
    """
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    templates = resources.files("lookalike.pipelines.review").joinpath("templates")
    template = environment.from_string(templates.joinpath("curve.svg").read_text())
    return template.render(points=points, best=best, wish=wish)
