"""The worker process of every engine that starts processes: Beam's own, on one core, and quiet.

Beam's local runner starts `python -m lookalike.pipelines.engines.worker` and tells it all by its environment. Flink
starts the command `lookalike-worker` where Beam's environment is of type PROCESS, and tells it where it can be asked
for the rest (Beam's provision service). The package must be installed there: nothing is staged, so that a cluster runs
what was tested.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from typing import Any

from lookalike.transforms.core.garbage import collect_seldom, loading

PATIENCE = 60.0
"""Seconds in which the engine must answer."""
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
FAILURE_LOG = "LOOKALIKE_FAILURE_LOG"
"""Where what a worker of this machine says goes, if the launcher has a file for it."""
TOLD = "CONTROL_API_SERVICE_DESCRIPTOR"


def main(argv: Sequence[str] | None = None) -> None:
    """Be Beam's worker until the engine has no more to do."""
    collect_seldom()
    os.environ |= THREADS  # before anything loads a BLAS
    _say_it_to(os.environ.get(FAILURE_LOG, ""))
    # before Beam is imported, which says what is not installed by a handler that then shows everything
    logging.basicConfig(handlers=[logging.NullHandler()])
    if TOLD not in os.environ:
        os.environ |= asked_for(argv)
    with loading():
        from apache_beam.runners.worker import sdk_worker_main

    # warns at each start that nothing was pickled from an interactive session
    logging.getLogger(sdk_worker_main.__name__).setLevel(logging.ERROR)
    sdk_worker_main.main(sys.argv)


def _say_it_to(path: str) -> None:
    """Append what this process says on stderr to a file, if it is there."""
    if os.path.isfile(path):
        file = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.dup2(file, 2)
        os.close(file)


def asked_for(argv: Sequence[str] | None) -> dict[str, str]:
    """Arguments of the engine -> the environment, after asking it."""
    parser = argparse.ArgumentParser(prog="lookalike-worker", description=(__doc__ or "").split("\n")[0])
    for name in ("id", "logging_endpoint", "artifact_endpoint", "provision_endpoint", "control_endpoint"):
        parser.add_argument(f"--{name}", default="")
    args, _ = parser.parse_known_args(argv)
    if not args.id or not args.provision_endpoint:
        parser.error("an engine starts this, with --id and --provision_endpoint; there is nothing to do by hand")
    import grpc
    from apache_beam.portability.api import beam_provision_api_pb2, beam_provision_api_pb2_grpc

    with grpc.insecure_channel(args.provision_endpoint) as channel:
        # the engine's services know a worker by this header
        service = beam_provision_api_pb2_grpc.ProvisionServiceStub(channel)
        asked = beam_provision_api_pb2.GetProvisionInfoRequest()
        info = service.GetProvisionInfo(asked, timeout=PATIENCE, metadata=[("worker_id", args.id)]).info
    return environment(args, info)


def environment(args: argparse.Namespace, info: Any) -> dict[str, str]:
    """What Beam's worker reads from its environment, of the ProvisionInfo that the engine told; arguments count where
    it told nothing.
    """
    from google.protobuf import json_format

    found = {
        "WORKER_ID": args.id,
        "PIPELINE_OPTIONS": json.dumps(json_format.MessageToDict(info.pipeline_options)),
        "LOGGING_API_SERVICE_DESCRIPTOR": _descriptor(info.logging_endpoint, args.logging_endpoint),
        TOLD: _descriptor(info.control_endpoint, args.control_endpoint),
        "RUNNER_CAPABILITIES": " ".join(info.runner_capabilities),
    }
    if info.status_endpoint.url:
        found["STATUS_API_SERVICE_DESCRIPTOR"] = _descriptor(info.status_endpoint, "")
    return found


def _descriptor(given: Any, url: str) -> str:
    from apache_beam.portability.api import endpoints_pb2
    from google.protobuf import text_format

    return text_format.MessageToString(given if given.url else endpoints_pb2.ApiServiceDescriptor(url=url))


if __name__ == "__main__":
    main()
