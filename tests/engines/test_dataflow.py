"""What is submitted to Dataflow: accepted, complete, and without any secret of the machine that submits it."""

import json

import fsspec
import pytest
from apache_beam.portability.api import beam_runner_api_pb2

from lookalike.pipelines.cli.main import main
from tests.servers import SECRET, s3

IMAGE = "registry.example/lookalike/worker:1"


@pytest.fixture
def bucket(images):
    with s3() as (bucket, settings), pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        fs, path = fsspec.url_to_fs(bucket, skip_instance_cache=True)
        fs.mkdir(path)
        for file in sorted(images.iterdir())[:12]:
            fs.pipe_file(f"{path}/images/{file.name}", file.read_bytes())
        yield bucket


def test_a_submission_from_one_cloud_to_another(bucket, service):
    jobs, options = service
    command = ["audit", f"{bucket}/images", "--output", "gs://corpus/out", *options, f"--sdk_container_image={IMAGE}"]
    assert main(command) == 0
    assert len(jobs.jobs) == 2 and fsspec.filesystem("gs").exists("corpus/out/audit.json")
    staged = fsspec.filesystem("gs").find("corpus/tmp")
    assert sum(name.endswith("/pipeline.pb") for name in staged) == 2
    assert not any(name.endswith("workflow.tar.gz") for name in staged), "the image has the package"
    for job, data in zip(jobs.jobs, jobs.staged, strict=True):
        text = json.dumps(job)
        assert IMAGE in text and job["type"] in (1, "JOB_TYPE_BATCH")
        pipeline = beam_runner_api_pb2.Pipeline.FromString(data)
        used = {t.environment_id for t in pipeline.components.transforms.values() if t.environment_id}
        hints = [pipeline.components.environments[name].resource_hints for name in used]
        assert hints and all(hint["beam:resources:min_ram_bytes:v1"] == b"4000000000" for hint in hints)
    everything = [*jobs.staged, json.dumps(jobs.jobs).encode(), *map(fsspec.filesystem("gs").cat_file, staged)]
    for secret in (SECRET, SECRET.rstrip("="), "AWS_SECRET_ACCESS_KEY"):
        assert not any(secret.encode() in data for data in everything)
