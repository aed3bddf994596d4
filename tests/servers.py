"""Real servers for the tests, on ports of the loopback address, ended when the test is: stores, and what stands in for
Dataflow. `make tools` installs those that are no Python packages.
"""

import contextlib
import http.client
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec

ROOT = Path(__file__).parents[1]
TOOLS = ROOT / ".tools"
PRISM = TOOLS / "bin" / "prism"
SECRET = "bm90LWEtc2VjcmV0LW5vdC1hLXNlY3JldA=="
"""Given to every store as its key, and searched for in all that is written."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens on port {port}")


@contextlib.contextmanager
def server(command: list[str], port: int) -> Iterator[None]:
    """A process with a port, in a group of its own. fsspec forgets the servers that were there before."""
    for scheme in ("s3", "gs", "az"):
        fsspec.get_filesystem_class(scheme).clear_instance_cache()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_for(port)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


@contextlib.contextmanager
def s3() -> Iterator[tuple[str, dict[str, str]]]:
    """moto's S3 -> URI of an empty bucket, and the environment in which it can be reached."""
    port = free_port()
    settings = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }
    with server([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port):
        yield "s3://corpus", settings


@contextlib.contextmanager
def gcs(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """fake-gcs-server, the same; `folder`: where it keeps its objects."""
    port = free_port()
    program = TOOLS / "bin" / "fake-gcs-server"
    (folder / "corpus").mkdir(parents=True)
    command = [
        str(program),
        "-host",
        "127.0.0.1",
        "-port",
        str(port),
        "-scheme",
        "http",
        "-filesystem-root",
        str(folder),
    ]
    command += ["-public-host", f"127.0.0.1:{port}", "-external-url", f"http://127.0.0.1:{port}"]
    settings = {
        "STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{port}",
        "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false",
        "GOOGLE_CLOUD_PROJECT": "project",
    }
    with server(command, port):
        yield "gs://corpus", settings


@contextlib.contextmanager
def azure(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Azurite, the same."""
    port = free_port()
    program = TOOLS / "node_modules" / ".bin" / "azurite-blob"
    node = shutil.which("node") or "node"
    command = [node, str(program.resolve()), "--blobHost", "127.0.0.1", "--blobPort", str(port), "--silent"]
    command += ["--skipApiVersionCheck", "--location", str(folder)]
    name, key = "lookalike", SECRET
    settings = {
        "AZURITE_ACCOUNTS": f"{name}:{key}",
        "AZURE_STORAGE_CONNECTION_STRING": f"DefaultEndpointsProtocol=http;AccountName={name};AccountKey={key};"
        f"BlobEndpoint=http://127.0.0.1:{port}/{name};",
    }
    os.environ["AZURITE_ACCOUNTS"] = settings["AZURITE_ACCOUNTS"]
    try:
        with server(command, port):
            yield "az://corpus", settings
    finally:
        del os.environ["AZURITE_ACCOUNTS"]


class _Faulty(BaseHTTPRequestHandler):
    """Passes requests on to `port`; by chance it answers 503, or resets the connection, before or after it did."""

    protocol_version = "HTTP/1.1"
    port: int
    chance: random.Random
    counts: Counter[str]

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fate = self.chance.random()
        if fate < 0.05:
            self.counts["503"] += 1
            text = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
            self._answer(503, {"Content-Type": "application/xml"}, text)
            return
        upstream = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        upstream.request(self.command, self.path, body, dict(self.headers))
        response = upstream.getresponse()
        data = response.read()
        upstream.close()
        if fate < 0.06:
            self.counts["reset"] += 1
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        self.counts["passed"] += 1
        drop = {"connection", "transfer-encoding", "content-length", "date", "server"}
        headers = {name: value for name, value in response.getheaders() if name.lower() not in drop}
        length = response.getheader("Content-Length") if self.command == "HEAD" else None
        self._answer(response.status, headers, data, length)

    def _answer(self, status: int, headers: dict[str, str], data: bytes, length: str | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", length or str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass_on

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def faulty(port: int, seed: int = 1) -> Iterator[tuple[int, Counter[str]]]:
    """A port that leads to another with 5 % of answers being 503 and 1 % resets -> itself, and what it did so far."""
    counts: Counter[str] = Counter()
    names = {"port": port, "chance": random.Random(seed), "counts": counts}
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), type("Faulty", (_Faulty,), names))
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    try:
        yield httpd.server_address[1], counts
    finally:
        httpd.shutdown()
        thread.join()
