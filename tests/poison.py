"""Codecs gone wrong: bytes that start with `POISON` make the decoder process do what their next word says.

`PROGRAM` is what a decoder process is started with instead of its own; `python -m tests.poison` is a worker whose
decoder is such a one.
"""

import ctypes
import os
import signal
import sys
import threading
import time

from lookalike.transforms.decoding import decoder, process
from lookalike.transforms.functional.images.decode import UndecodableError, decode

PROGRAM = process.PROGRAM.replace("from lookalike.transforms.decoding.decoder", "from tests.poison")
answered = 0


def poison(what: str) -> bytes:
    return f"POISON {what} ".encode()


def main(descriptor: int, shared: int) -> None:
    """A decoder's main."""
    honest = decoder._decoded

    def decoded(told, data):
        global answered
        reply = honest(told, data)
        answered += 1
        if data.endswith(b"lie"):
            reply[0]["arrays"][1] = (3, 3)
        if data.endswith(b"die later"):
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return reply

    decoder._decoded = decoded
    decoder.decode = poisoned
    decoder.main(descriptor, shared)


def poisoned(data: bytes, max_pixels: int, full_side: float):
    words = data.decode("latin-1").split(" ")
    if words[0] == "POISON":
        VENOM[words[1]]()
    if data.endswith(b"crash after others") and answered:
        os.abort()
    if data.endswith(b"chatter"):
        os.write(2, b"warning: nothing that concerns the pixels\n")
    return decode(data, max_pixels, full_side)


def spin() -> None:
    pow(7, 10**9)  # in C, which no handler in Python would interrupt


def bomb() -> None:
    taken = []
    while True:
        taken.append(bytearray(20_000_000))


def deaf() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    time.sleep(600)


def babble() -> None:
    os.write(int(sys.argv[1]), b"\x07\0\0\0garbage")
    time.sleep(600)


def complain() -> None:
    os.write(2, b"libtiff: /home/me/secret/a.tif: bad strip at 0x7ffe12\nlibtiff: bad code\nlibtiff: bad code\n")
    raise UndecodableError("broken")


def panic() -> None:
    raise SystemExit("a codec's panic")


def unexpected() -> None:
    raise NotImplementedError("no such colours at <BytesIO at 0x7f12345>")


VENOM = {
    "segfault": lambda: ctypes.string_at(0),
    "abort": os.abort,
    "exit": lambda: os._exit(3),
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "sleep": lambda: time.sleep(600),
    **{f.__name__: f for f in (spin, bomb, deaf, babble, complain, panic, unexpected)},
}

if __name__ == "__main__":
    from lookalike.pipelines.engines import worker

    process.PROGRAM = PROGRAM
    worker.main()
