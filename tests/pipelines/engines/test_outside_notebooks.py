"""Pipelines that are built in a notebook."""

import sys

import apache_beam as beam
import IPython
import pytest
from apache_beam.utils.interactive_utils import is_in_ipython

from lookalike.pipelines.engines.outside_notebooks import outside_notebooks


def built():
    return list((beam.Pipeline() | "Made" >> beam.Create([1])).pipeline.applied_labels)


def test_beams_interactive_runner_is_not_needed(monkeypatch):
    monkeypatch.setattr(IPython, "get_ipython", lambda: True)
    monkeypatch.setitem(sys.modules, "apache_beam.runners.interactive", None)
    with outside_notebooks():
        assert "Made" in built()
    assert is_in_ipython(), "as before"
    with pytest.raises(ImportError):
        built()
