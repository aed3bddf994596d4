"""What stands in for the Dataflow service: it takes a job as Beam submits it, fetches the pipeline that was staged in
the bucket, and runs exactly those bytes on Beam's local runner, in a process of its own.
"""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fsspec
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability import python_urns
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

ROOT = Path(__file__).parents[2]
STATES = {None: "JOB_STATE_RUNNING", 0: "JOB_STATE_DONE"}


class Service:
    """Submitted jobs (`jobs`, as JSON), and the pipelines that were staged for them (`staged`, as bytes)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.jobs: list[dict[str, Any]] = []
        self.staged: list[bytes] = []
        self.replays: list[subprocess.Popen[bytes]] = []

    def submit(self, job: dict[str, Any]) -> dict[str, Any]:
        options = job["environment"]["sdkPipelineOptions"]["options"]
        with fsspec.open(options["pipelineUrl"], "rb") as file:
            self.staged.append(file.read())
        number = len(self.jobs)
        path = self.folder / f"{number}.pb"
        path.write_bytes(self.staged[-1])
        self.jobs.append(job)
        command = [sys.executable, "-m", "tests.engines.dataflow", str(path)]
        self.replays.append(subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL))
        return self.described(number)

    def described(self, number: int) -> dict[str, Any]:
        state = STATES.get(self.replays[number].poll(), "JOB_STATE_FAILED")
        return self.jobs[number] | {"id": f"job-{number}", "currentState": state}


class _Handler(BaseHTTPRequestHandler):
    service: Service

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(self.service.submit(body))

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.endswith("/messages"):
            self._answer({"jobMessages": []})
        elif path.endswith("/metrics"):
            self._answer({"metrics": []})
        else:
            self._answer(self.service.described(int(path.rpartition("job-")[2])))

    def _answer(self, content: dict[str, Any]) -> None:
        data = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def dataflow(folder: Path) -> Iterator[tuple[str, Service]]:
    """Address and record of a service that keeps what it fetches in `folder`."""
    service = Service(folder)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"service": service}))
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{httpd.server_address[1]}", service
    finally:
        httpd.shutdown()
        thread.join()
        for replay in service.replays:
            replay.kill()
            replay.wait()


def replay(path: Path) -> None:
    """Run a staged pipeline; its containers become this process."""
    pipeline = beam_runner_api_pb2.Pipeline.FromString(path.read_bytes())
    for environment in pipeline.components.environments.values():
        environment.urn, environment.payload = python_urns.EMBEDDED_PYTHON, b""
        del environment.dependencies[:]
    FnApiRunner().run_via_runner_api(pipeline, PipelineOptions([]))


if __name__ == "__main__":
    replay(Path(sys.argv[1]))
