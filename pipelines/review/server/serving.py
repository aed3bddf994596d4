"""A finished audit in, a server on the loopback address out, until it is interrupted."""

import contextlib
import os
import secrets
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Iterator
from typing import Any

import waitress
from waitress.server import BaseWSGIServer

from lookalike.pipelines.review.server.application import application
from lookalike.pipelines.review.server.errors import ReviewError
from lookalike.pipelines.review.server.session import Session
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.overlap import refuse_overlap
from lookalike.transforms.ingest.listing import absolute

HOST = "127.0.0.1"
THREADS = 8
"""Requests that are answered at once: browsers ask for six pictures of one host at a time."""


@contextlib.contextmanager
def serving(audit: str, verdicts: str, author: str = "", port: int = 0) -> Iterator[tuple[BaseWSGIServer, str]]:
    """A server of a finished audit, which `run` starts, and its address, which nobody can guess. port: 0 is any.

    Raises:
        ReviewError: the port is taken, or the audit has no clusters.
        OutputError: it is not finished, or the verdicts would go where images or the audit lie.
        VerdictError: the file of verdicts can't be used.
    """
    output = absolute(audit)
    record = manifest.read(output)
    if "clusters" not in record["parts"]:
        raise ReviewError(f"{output} holds fingerprints only; run `lookalike match {output}` first")
    refuse_overlap([output], [verdicts])
    secret = secrets.token_urlsafe(24)
    with tempfile.TemporaryDirectory(prefix="lookalike-review-") as folder:
        session = Session(folder, output, record, verdicts, author)
        server = _listening(application(session, secret), port)
        try:
            yield server, f"http://{HOST}:{server.effective_port}/{secret}/"
        finally:
            server.close()
            session.close()


def serve(audit: str, verdicts: str, author: str, port: int, show: bool, tell: Callable[[str], Any] = print) -> None:
    """Serve until Ctrl-C. show: open a browser, if there is one with windows. tell: where the address goes. Raises as
    `serving`.
    """
    with serving(audit, verdicts, author, port) as (server, address):
        tell(f"review at {address}")
        tell(f"verdicts go to {verdicts}; Ctrl-C ends the server")
        sys.stdout.flush()
        if show and _has_windows():
            webbrowser.open(address)
        server.run()  # returns when it is interrupted


def _listening(app: Any, port: int) -> BaseWSGIServer:
    try:
        return waitress.create_server(app, host=HOST, port=port, threads=THREADS, ident=None)
    except OSError as error:
        raise ReviewError(f"port {port} can't be used ({error.strerror}); give another, or none, as --port") from error


def _has_windows() -> bool:
    """A browser in the terminal would take it from the server."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
