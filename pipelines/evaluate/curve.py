"""The curve of a calibration as a picture."""

from collections.abc import Sequence
from importlib import resources
from typing import Any

import jinja2


def draw_curve(points: Sequence[Any], best: Any, wish: float) -> str:
    """Points with probability, precision, low, high and recall, the chosen one, and the wished precision -> SVG."""
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    templates = resources.files("lookalike.pipelines.review").joinpath("templates")
    template = environment.from_string(templates.joinpath("curve.svg").read_text())
    return template.render(points=points, best=best, wish=wish)
