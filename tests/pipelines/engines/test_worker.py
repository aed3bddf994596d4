"""The boot command of a worker: what the engine tells reaches Beam's worker."""

import argparse
import json
import os
from concurrent import futures

import grpc
import pytest
from apache_beam.portability.api import beam_provision_api_pb2, beam_provision_api_pb2_grpc, endpoints_pb2
from apache_beam.runners.worker import sdk_worker_main
from google.protobuf import text_format

from lookalike.pipelines.engines import worker


class Provision(beam_provision_api_pb2_grpc.ProvisionServiceServicer):
    def GetProvisionInfo(self, request, context):
        self.asked_by = dict(context.invocation_metadata())["worker_id"]
        info = beam_provision_api_pb2.ProvisionInfo(runner_capabilities=["a", "b"])
        info.pipeline_options.update({"beam:option:job_name:v1": "audit"})
        info.control_endpoint.url = "localhost:1"
        return beam_provision_api_pb2.GetProvisionInfoResponse(info=info)


def url(text):
    return text_format.Parse(text, endpoints_pb2.ApiServiceDescriptor()).url


def test_it_asks_the_engine_and_becomes_the_worker(monkeypatch):
    service, server = Provision(), grpc.server(futures.ThreadPoolExecutor(1))
    beam_provision_api_pb2_grpc.add_ProvisionServiceServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    became = []
    monkeypatch.setattr(sdk_worker_main, "main", became.append)
    environ = {name: value for name, value in os.environ.items() if name != worker.TOLD}
    monkeypatch.setattr(worker.os, "environ", environ)
    endpoints = ["--logging_endpoint=localhost:2", "--control_endpoint=localhost:3", "--artifact_endpoint=localhost:4"]
    worker.main(["--id=1-1", f"--provision_endpoint=127.0.0.1:{port}", *endpoints])
    server.stop(None)
    assert service.asked_by == "1-1" and len(became) == 1
    assert environ["WORKER_ID"] == "1-1" and environ["OMP_NUM_THREADS"] == "1"
    assert url(environ["CONTROL_API_SERVICE_DESCRIPTOR"]) == "localhost:1"
    assert url(environ["LOGGING_API_SERVICE_DESCRIPTOR"]) == "localhost:2"
    assert environ["RUNNER_CAPABILITIES"] == "a b"
    assert json.loads(environ["PIPELINE_OPTIONS"]) == {"beam:option:job_name:v1": "audit"}


def test_by_hand_it_says_what_it_is_for(capsys):
    with pytest.raises(SystemExit) as stopped:
        worker.main([])
    assert stopped.value.code == 2 and "an engine starts this" in capsys.readouterr().err


def test_the_environment_has_no_status_unless_there_is_a_service():
    args = argparse.Namespace(id="1", logging_endpoint="l", control_endpoint="c")
    told = worker.environment(args, beam_provision_api_pb2.ProvisionInfo())
    assert "STATUS_API_SERVICE_DESCRIPTOR" not in told and url(told["CONTROL_API_SERVICE_DESCRIPTOR"]) == "c"
