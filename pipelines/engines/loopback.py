"""Beam's local runner, held to this machine: its servers listen on every address otherwise and ask nobody who they are,
and its workers run what these servers send.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import grpc
from apache_beam.runners.portability import local_job_service
from apache_beam.runners.portability.fn_api_runner import worker_handlers

EVERYWHERE, HERE = "[::]", "127.0.0.1"


class _Loopback:
    """The module grpc, but for its servers."""

    def __getattr__(self, name: str) -> Any:
        return getattr(grpc, name)

    def server(self, *arguments: Any, **named: Any) -> Any:
        """A server of gRPC that listens on the loopback address where it is asked to listen on all."""
        server = grpc.server(*arguments, **named)
        listen = server.add_insecure_port
        server.add_insecure_port = lambda address: listen(address.replace(EVERYWHERE, HERE))
        return server


@contextlib.contextmanager
def on_loopback() -> Iterator[None]:
    """While this lasts, what Beam's local runner starts can be reached from this machine only.

    Beam has no setting for it, so the modules that start servers see another grpc.
    """
    modules: tuple[Any, ...] = (worker_handlers, local_job_service)
    theirs = [module.grpc for module in modules]
    for module in modules:
        module.grpc = _Loopback()
    try:
        yield
    finally:
        for module, own in zip(modules, theirs, strict=True):
            module.grpc = own
