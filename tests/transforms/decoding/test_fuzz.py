"""What the fuzzer found stays mended, and it sees what it looks for."""

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

import lookalike.transforms.decoding.read_images
from tests.fuzz import __main__ as fuzz
from tests.fuzz import reading, seeds

REGRESSIONS = sorted((Path(__file__).parents[2] / "fuzz" / "regressions").iterdir())


@pytest.fixture(scope="module")
def pictures():
    return seeds.pictures()


@pytest.fixture(scope="module")
def checked():
    """`reading.checked` in a process that has no children but decoders: it looks at the memory of all of them."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        yield lambda inputs: pool.submit(reading.checked, inputs).result()


def test_it_starts_from_files_that_are_read(tmp_path, pictures, checked):
    for name, data in pictures.items():
        (tmp_path / f"{name}.jpg").write_bytes(data)
    some = list(pictures.values())[:3]
    for name, data in seeds.containers(some).items():
        (tmp_path / name).write_bytes(data)
    inputs = [str(tmp_path), *(str(tmp_path / name) for name in seeds.containers(some))]
    results = [result for several in checked(inputs).values() for result in several]
    assert len(results) == len(pictures) + 5 * 3
    assert all(result.startswith("image: ") for result in results)


def test_a_case_is_the_same_file_for_ever(pictures):
    assert fuzz.case(3, 14, pictures) == fuzz.case(3, 14, pictures) != fuzz.case(4, 14, pictures)


def test_finds_are_seen(tmp_path, monkeypatch, pictures):
    path = tmp_path / "a.jpg"
    path.write_bytes(pictures["PNG-RGB"])
    real, calls = lookalike.transforms.decoding.read_images.image_of, []

    def another(source, data, content, picture):
        calls.append(source)
        return real(source, data, content, picture._replace(properties=picture.properties._replace(frames=len(calls))))

    monkeypatch.setattr(lookalike.transforms.decoding.read_images, "image_of", another)
    with pytest.raises(reading.FindError, match="not the same"):
        reading.checked([str(path)])
    monkeypatch.setattr(lookalike.transforms.decoding.read_images, "image_of", None)
    with pytest.raises(RuntimeError, match=r"a\.jpg"):
        reading.checked([str(path)])


def test_a_reader_that_dies_is_a_find_and_the_exit_code_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "executable", "false")
    monkeypatch.setattr(sys, "argv", ["fuzz", "--seconds", "60", "--finds", str(tmp_path / "finds")])
    assert fuzz.main() == 1
    assert f"{fuzz.ENOUGH} finds" in capsys.readouterr().out and (tmp_path / "finds" / "why.txt").exists()


@pytest.mark.parametrize("path", REGRESSIONS, ids=lambda path: path.name)
def test_what_was_found_stays_mended(path, checked):
    assert checked([str(path)])
