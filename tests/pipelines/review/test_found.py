"""What a query found, as lines."""

import pyarrow as pa

from lookalike.pipelines.review.shown import found


def test_a_line_is_a_match_whatever_the_images_are_called():
    row = {"query": "/in/a\tb\n\x1b[2J.png", "match": "/in/\u202egpj.\x9b", "relation": "same", "probability": 0.5}
    (line,) = found.lines(pa.Table.from_pylist([{**row, "proposed_by": ["content"]}]))
    assert line == "/in/a\\tb\\n\\x1b[2J.png\t/in/\\u202egpj.\\x9b\tsame\t0.5000\tcontent"
