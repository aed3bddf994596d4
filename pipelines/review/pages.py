"""Renders templates as HTML."""

from functools import partial
from importlib import resources
from typing import Any

import jinja2

from lookalike.pipelines.review.sizes import human_bytes
from lookalike.transforms.ingest.selection.tally import LEFT_OUT, SNIFFED, told


def rendered(template: str, **values: Any) -> str:
    """Render a template with values, all of which are escaped."""
    loader = jinja2.FunctionLoader(text_of)
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, loader=loader)
    environment.filters["size"] = human_bytes
    environment.filters |= {"left_out": partial(told, done=LEFT_OUT), "sniffed": partial(told, done=SNIFFED)}
    return environment.get_template(template).render(**values)


def text_of(name: str) -> str:
    """Read a file of the folder of templates."""
    return resources.files("lookalike.pipelines.review").joinpath("templates", name).read_text()
