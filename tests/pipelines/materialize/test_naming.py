"""Names that patterns make of images."""

import pytest

from lookalike.pipelines.materialize.naming import Named, PatternError, target


def made(pattern, path="a/b.JPG", split="s"):
    return target(pattern, Named(7, path, "f" * 64, "c", split))


@pytest.mark.parametrize(
    ("pattern", "path", "name"),
    [
        ("{path}", "a/b.JPG", "a/b.JPG"),
        ("{index:06d}{ext}", "a/b.JPG", "000007.jpg"),
        ("/{split}//{dir}/./{stem}.webp", "a/b.JPG", "s/a/b.webp"),
        ("x/../{name}", "a/b.JPG", "b.JPG"),
        ("{path}", "..hidden.jpg", "..hidden.jpg"),  # a name that begins with dots leads nowhere
        ("{path}", "..a/b.jpg", "..a/b.jpg"),
    ],
)
def test_a_pattern_makes_a_path_below_the_folder(pattern, path, name):
    assert made(pattern, path) == name


@pytest.mark.parametrize("pattern", ["../{path}", "..", "{dir}/../../{name}", "{stem}/..", "{dir}/../..", "./"])
def test_what_leads_out_of_the_folder_is_refused(pattern):
    with pytest.raises(PatternError, match="leads out of the folder"):
        made(pattern)
