import time

from lookalike.pipelines.engines.progress import Progress
from lookalike.transforms.io.progress_files import ProgressFile, count_progress


def test_counts_of_all_workers_add_up(tmp_path):
    first, second = ProgressFile(str(tmp_path), "images"), ProgressFile(str(tmp_path), "images")
    for _ in range(40):
        first.add()
    second.add(3)
    assert count_progress(str(tmp_path), "images") == 32  # in blocks of 16
    first.flush()
    second.flush()
    assert count_progress(str(tmp_path), "images") == 43 and count_progress(str(tmp_path), "pairs") == 0


def test_counts_to_nowhere_are_no_error(tmp_path):
    for folder in ("", str(tmp_path / "gone")):
        counted = ProgressFile(folder, "images")
        counted.add(100)
        counted.flush()


def test_lines_tell_rate_and_time_left(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("lookalike.pipelines.engines.progress.INTERVAL", 0.02)
    counted = ProgressFile(str(tmp_path), "images")
    counted.add(50)
    clock = Progress(str(tmp_path))
    with clock.watch("images", 200, "images"):
        time.sleep(0.2)
    clock.done("fingerprinted", 200, "images")
    clock.done("reported", 1, "clusters")
    told = capsys.readouterr().err
    assert "lookalike: 50 of 200 images" in told and "s left" in told
    assert "fingerprinted 200 images" in told and "reported 1 cluster in" in told and clock.seconds["fingerprinted"] > 0


def test_a_second_counts_for_one_part_of_a_run(tmp_path):
    begun = time.monotonic()
    clock = Progress(str(tmp_path), "none")
    parts = [clock.part(name) for name in ("query", "match")]
    for part in parts:
        time.sleep(0.05)
        part.done("fingerprinted", 1, "images")
    clock.done("matched", 1, "pairs")
    assert set(clock.seconds) == {"query fingerprinted", "match fingerprinted", "matched"}
    assert 0.1 <= sum(clock.seconds.values()) <= time.monotonic() - begun + 0.01
