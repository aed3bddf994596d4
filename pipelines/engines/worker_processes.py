"""The worker processes of Beam's local runner: started with a run, and ended with it, whatever they are doing.

Beam's own handler of worker processes waits for each of them to leave, for ever if one is still starting when the run
is interrupted, and never hears of one that dies before it connects.
"""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from typing import Any, cast

from apache_beam.portability.api import beam_fn_api_pb2, beam_runner_api_pb2
from apache_beam.runners.portability.fn_api_runner.worker_handlers import (
    SUBPROCESS_LOCK,
    BeamFnControlServicer,
    GrpcServer,
    GrpcWorkerHandler,
    WorkerHandler,
)
from apache_beam.transforms.environments import Environment, python_sdk_capabilities
from google.protobuf import json_format, text_format

URN = "lookalike:env:worker_processes:v1"
COMMAND = (sys.executable, "-m", "lookalike.pipelines.engines.worker")
LEAVING = 10.0
"""Seconds in which a worker that has nothing to do must leave."""
CHECKED = 1.0
"""Seconds between two looks at what a worker that has died was asked."""


@Environment.register_urn(URN, bytes)
class WorkerProcesses(Environment):
    """Where the local runner's stages run if it has more than one worker."""

    def __init__(self, capabilities: Iterable[str] = (), artifacts: Iterable[Any] = (), hints: Any = None) -> None:
        """As Beam's other environments. capabilities: those of its Python workers, if none are named."""
        super().__init__(capabilities or python_sdk_capabilities(), artifacts, hints)

    def to_runner_api_parameter(self, context: Any) -> tuple[str, bytes]:
        """Nothing but its name."""
        return URN, b""

    @staticmethod
    def from_runner_api_parameter(
        payload: bytes,
        capabilities: Iterable[str],
        artifacts: Iterable[beam_runner_api_pb2.ArtifactInformation],
        resource_hints: Mapping[str, bytes],
        context: Any,
    ) -> "WorkerProcesses":
        """The other way."""
        return WorkerProcesses(capabilities, artifacts, resource_hints)


@WorkerHandler.register_environment(URN, bytes)
class _WorkerProcess(GrpcWorkerHandler):
    """One worker process, from its start to its end."""

    def __init__(self, payload: bytes, state: Any, provision_info: Any, grpc_server: GrpcServer) -> None:
        super().__init__(state, provision_info, grpc_server)
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._watch = threading.Thread(name="watch_worker", target=self._start_and_watch, daemon=True)

    def start_worker(self) -> None:
        """Have it started by a thread, where no signal comes between a process and its being known."""
        self._watch.start()

    def close(self) -> None:
        """Let it leave if it has answered all that it was asked; else end it."""
        with self._lock:
            self._ended.set()
            is_idle = self.control_conn._state == BeamFnControlServicer.STARTED_STATE and not self._unanswered()
            if self._process is not None and not is_idle:
                self._process.kill()
        super().close()

    def stop_worker(self) -> None:
        """Wait until it is gone."""
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(LEAVING)
            self._process.kill()
            self._process.wait()
        self._refuse("the run has ended")

    def _start_and_watch(self) -> None:
        why = self._ran()
        while not self._ended.wait(CHECKED):  # it must not be gone: nobody else would ever answer
            self._refuse(why)

    def _ran(self) -> str:
        """Start it and wait until it is gone -> why it is."""
        try:
            with self._lock, SUBPROCESS_LOCK:
                if self._ended.is_set():
                    return ""
                self._process = subprocess.Popen(COMMAND, env=os.environ | self._environment())
        except OSError as error:
            return f"a worker process can't be started: {error.strerror or error}"
        code = self._process.wait()
        return f"a worker process ended {f'with exit code {code}' if code >= 0 else f'by signal {-code}'}"

    def _environment(self) -> dict[str, str]:
        return {
            "WORKER_ID": self.worker_id,
            "CONTROL_API_SERVICE_DESCRIPTOR": text_format.MessageToString(self.control_api_service_descriptor()),
            "LOGGING_API_SERVICE_DESCRIPTOR": text_format.MessageToString(self.logging_api_service_descriptor()),
            "PIPELINE_OPTIONS": json_format.MessageToJson(self.provision_info.provision_info.pipeline_options),
        }

    def _unanswered(self) -> dict[str, Any]:
        return cast(dict[str, Any], self.control_conn._futures_by_id)

    def _refuse(self, why: str) -> None:
        """Answer all that the worker was asked, in its place: threads of Beam wait for it without end."""
        for instruction in list(self._unanswered()):
            if (future := self._unanswered().pop(instruction, None)) is not None:
                future.set(beam_fn_api_pb2.InstructionResponse(instruction_id=instruction, error=why))
