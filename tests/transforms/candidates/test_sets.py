import pytest

from lookalike.transforms.candidates.sets import NO_SET, FolderSets, OneSet


@pytest.mark.parametrize(
    "uri, number",
    [
        ("/data/test/a.jpg", 0),
        ("/data/train/cat/a.jpg", 1),
        ("/data/a.jpg", NO_SET),
        ("/data/other/a.jpg", NO_SET),
        ("/data/testing/a.jpg", NO_SET),
        ("/elsewhere/test/a.jpg", NO_SET),
        ("tar://train/cat/a.jpg::/data/both.tar", 1),
        ("zip:///test/a.jpg::/data/both.tar", 0),
        ("tar://a.jpg::/data/both.tar", NO_SET),
        ("tar://x/a.jpg::/data/train/shard-0.tar", 1),
        ("tar://train/a.jpg::/data/shard.tar", NO_SET),
    ],
)
def test_the_folder_right_below_an_input_is_the_set(uri, number):
    sets = FolderSets(("/data/", "/data/both.tar"), ("test", "train"))
    assert sets.of([uri]).tolist() == [number]


def test_names_are_those_of_the_folders():
    assert FolderSets(("/data",), ("test", "train")).name(1) == "train"
    assert OneSet(1).of(["/a", "/b"]).tolist() == [1, 1] and not OneSet(1).name(1)
