"""Python runs this at the start of each process whose path it is on: what the tests watch in workers too.

LOOKALIKE_NETWORK_LOG: a file for a line about each process, and each address beyond this machine that it asks for,
which it does not get. LOOKALIKE_FAULTS: a schedule of faults of `faulty://` (tests/faults/filesystem.py).
"""

import os
import sys

HERE = ("127.0.0.1", "::1", "localhost", "", None)


def watch(log: str) -> None:
    """See that no process reaches beyond this machine."""

    def tell(line: str) -> None:
        with open(log, "a") as file:
            file.write(f"{os.getpid()} {line}\n")

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            address = arguments[1]
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            address = (arguments[0],)
        else:
            return
        if isinstance(address, tuple) and address[0] not in HERE:
            tell(f"{event} {address}")
            raise PermissionError(f"{event} {address}: beyond this machine")

    tell("watched")
    sys.addaudithook(hook)


if os.environ.get("LOOKALIKE_NETWORK_LOG"):
    watch(os.environ["LOOKALIKE_NETWORK_LOG"])
if os.environ.get("LOOKALIKE_FAULTS"):
    from tests.faults.filesystem import register

    register()
