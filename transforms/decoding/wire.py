"""How a worker and its decoder process talk: JSON objects over a socket, and bytes in a file that both have open.

Nothing that a decoder says can make a worker run something or reserve more than `MOST`: there is no pickle, nothing is
mapped into memory, and whoever receives an object checks it. Bytes go through the file because a socket hands them over
in pieces, and wakes the other side for each.
"""

import json
import os
import socket
import struct
import tempfile
import time
from typing import IO, Any

import numpy as np

HEAD = struct.Struct("<I")
"""Bytes of the JSON object."""
MOST_TOLD = 1 << 16
"""Bytes of a JSON object."""
MOST = 1 << 26
"""Bytes that a worker takes back."""


class WireError(ValueError):
    """What came is no message."""


def shared_file() -> IO[bytes]:
    """A new file that has no name, in memory where the system has such."""
    try:
        return open(os.memfd_create("lookalike"), "r+b", buffering=0)
    except (AttributeError, OSError):  # macOS, an old kernel, a sandbox
        return tempfile.TemporaryFile(buffering=0)


def send(to: socket.socket, told: dict[str, Any]) -> None:
    """One message.

    Raises:
        OSError: nobody is there any more, or takes it before the socket's time is out.
    """
    text = json.dumps(told).encode()
    to.sendall(HEAD.pack(len(text)) + text)


def receive(origin: socket.socket, deadline: float | None = None) -> dict[str, Any] | None:
    """The next message, or None where the other side has ended.

    deadline: of time.monotonic(); None: for ever.

    Raises:
        TimeoutError: it had not come at the deadline.
        WireError: it is none.
    """
    came = b""
    size = HEAD.size
    while len(came) < size:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            origin.settimeout(left)
        try:
            more = origin.recv(MOST_TOLD)
        except ConnectionResetError:
            return None
        if not more:
            return None
        came += more
        if len(came) >= HEAD.size:
            size = HEAD.size + HEAD.unpack_from(came)[0]
            if size > MOST_TOLD or len(came) > size:  # each side waits for the other's answer
                raise WireError(f"a message of {size:,} bytes")
    try:
        told = json.loads(came[HEAD.size :])
    except ValueError as error:
        raise WireError("a message that is not JSON") from error
    if not isinstance(told, dict):
        raise WireError("a message that is no object")
    return told


def write(file: int, *blobs: bytes | memoryview) -> None:
    """Bytes to the start of a file.

    Raises:
        OSError: there is no room for them.
    """
    place = 0
    for blob in blobs:
        left = memoryview(blob)
        while left:
            count = os.pwrite(file, left, place)
            place, left = place + count, left[count:]


def read(file: int, size: int) -> bytes:
    """The first bytes of a file.

    Raises:
        WireError: there are not so many.
    """
    data = os.pread(file, size, 0)
    while len(data) < size:  # Linux reads no more than 2 GB at once
        more = os.pread(file, size - len(data), len(data))
        if not more:
            raise WireError("a file that is too short")
        data += more
    return data


def read_array(file: int, size: int) -> np.ndarray:
    """(size,) uint8: the first bytes of a file, at most `MOST`. Raises as `read`."""
    if not 0 <= size <= MOST:
        raise WireError("more than any answer has")
    array = np.empty(size, np.uint8)
    if size and os.preadv(file, [array.data], 0) != size:
        raise WireError("a file that is too short")
    return array
