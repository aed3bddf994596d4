"""How many workers a machine or a container is given by default."""

import math

import pytest

from lookalike.pipelines.engines import cores as module
from lookalike.pipelines.engines.cores import cores, quota
from lookalike.pipelines.engines.runners import pipeline_options


def groups(folder, **limits):
    """Control groups as Linux shows them: a folder for each name, such as pods__one, with what it is allowed."""
    for name, text in limits.items():
        place = folder / name.replace("__", "/")
        place.mkdir(parents=True, exist_ok=True)
        (place / "cpu.max").write_text(text)
    return folder


def test_cores_are_counted_where_the_system_has_no_affinity(monkeypatch, tmp_path):
    assert cores() >= 1
    monkeypatch.setattr(module, "GROUPS", tmp_path)
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 12)
    assert cores() == 12
    assert pipeline_options("local", []).get_all_options()["direct_num_workers"] == 12


@pytest.mark.parametrize(
    ("own", "seconds"),
    [("/pods/one", 1.5), ("/pods/two", 3.0), ("/pods/two/inner", 2.0), ("/", math.inf), ("/system", math.inf)],
)
def test_a_group_may_take_what_it_and_those_around_it_are_allowed(tmp_path, own, seconds):
    made = groups(
        tmp_path,
        pods="300000 100000\n",
        pods__one="150000 100000\n",
        pods__two="max 100000\n",
        pods__two__inner="100000 50000\n",
        system="max 100000\n",
    )
    assert quota(made, f"0::{own}\n") == seconds


@pytest.mark.parametrize(
    ("own", "quota_us", "seconds"),
    [
        ("11:memory:/a\n4:cpu,cpuacct:/pods/one\n0::/\n", "150000", 1.5),
        ("4:cpu:/docker/4f2a\n", "150000", 1.5),  # the path on the host, of which a container sees its own alone
        ("4:cpuset:/pods/one\n3:memory:/pods/one\n", "150000", math.inf),
        ("4:cpu:/pods/one\n", "-1", math.inf),
    ],
)
def test_groups_of_version_1_are_heeded(tmp_path, own, quota_us, seconds):
    place = tmp_path / "cpu" / ("" if "docker" in own else "pods/one")
    place.mkdir(parents=True)
    (place / "cpu.cfs_quota_us").write_text(f"{quota_us}\n")
    (place / "cpu.cfs_period_us").write_text("100000\n")
    assert quota(tmp_path, own) == seconds


@pytest.mark.parametrize(("allowed", "workers"), [("250000", 3), ("50000", 1), ("6400000", 12), ("max", 12)])
def test_a_container_gets_a_worker_for_each_core_that_it_has_time_for(monkeypatch, tmp_path, allowed, workers):
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 12)
    (tmp_path / "cpu.max").write_text(f"{allowed} 100000\n")
    monkeypatch.setattr(module, "GROUPS", tmp_path)
    monkeypatch.setattr(module, "_own_groups", lambda: "0::/")
    assert pipeline_options("local", []).get_all_options()["direct_num_workers"] == workers
