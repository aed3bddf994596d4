"""Serves a finished audit on the loopback address, until it is interrupted."""

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
from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.ingest.overlap import refuse_overlap

HOST = "127.0.0.1"
THREADS = 8
"""Number of requests that are answered at once; browsers ask for six pictures at a time."""


@contextlib.contextmanager
def serving(audit: str, verdicts: str, author: str = "", port: int = 0) -> Iterator[tuple[BaseWSGIServer, str]]:
    """Make a server for the time of the context; its method `run` serves.

    Args:
        audit: folder or URL of a finished audit or comparison.
        verdicts: the file of verdicts.
        author: who decides; '' means the name of the user.
        port: 0 means one that is free.

    Yields:
        The server, and its address, which nobody can guess.

    Raises:
        ReviewError: the port is in use, or the audit has no clusters.
        OutputError: the audit is not finished, or the file of verdicts would lie in it.
        VerdictError: the file of verdicts can't be used.
    """
    output = absolute(audit)
    record = manifest.read(output, kinds=(manifest.AUDIT, manifest.COMPARISON))
    if not {"clusters", "matches"} & set(record["parts"]):
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
    """Serve until Ctrl-C. Errors and other arguments are those of `serving`.

    Args:
        audit: folder or URL of a finished audit.
        verdicts: the file of verdicts.
        author: who decides; '' means the name of the user.
        port: 0 means one that is free.
        show: open the page in a browser, if there is one with windows.
        tell: prints a line.
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
    """Tell whether a browser opens in a window; one in the terminal would block the server."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
