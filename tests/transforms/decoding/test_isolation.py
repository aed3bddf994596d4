"""Whatever a codec does costs one image: crashes, hangs, memory, lies, and what it prints."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import imagecodecs
import numpy as np
import pytest

from lookalike.transforms.decoding import process
from lookalike.transforms.decoding.answers import UnreadableError
from lookalike.transforms.decoding.isolation import Decoder, Limits
from lookalike.transforms.embedding.settings import DEFAULT_PLANE
from lookalike.transforms.functional.images import complaints
from lookalike.transforms.functional.images.decode import decode
from lookalike.transforms.functional.images.reduction import picture_of, reduced
from tests import poison
from tests.raws import dng
from tests.synthetic import draw_picture, encoded

GOOD = encoded(draw_picture(1, 120, 90), "PNG")
LIMITS = Limits(1_000_000, 388, 20.0, 200_000_000)
BRIEF = LIMITS._replace(seconds=0.1)
HERE = os.environ | {"PYTHONPATH": os.pathsep.join([os.getcwd(), *sys.path])}


@pytest.fixture
def decoder(monkeypatch):
    monkeypatch.setattr(process, "PROGRAM", poison.PROGRAM)
    made = Decoder()
    yield made
    made.close()


def process_of(decoder):
    return decoder._process._popen


def failure(decoder, data, limits=LIMITS):
    with pytest.raises(UnreadableError) as caught:
        decoder.picture(data, limits, DEFAULT_PLANE)
    return caught.value.name, str(caught.value)


def is_as_decoded_here(picture, data=GOOD):
    here = picture_of(decode(data, LIMITS.max_pixels, LIMITS.full_side), DEFAULT_PLANE)
    same = [np.array_equal(a, b) for a, b in zip(picture.planes, here.planes, strict=True)]
    return all(same) and picture.properties == here.properties


def test_what_comes_back_is_what_is_decoded_here(decoder):
    assert is_as_decoded_here(decoder.picture(GOOD, LIMITS, DEFAULT_PLANE))
    drawn = draw_picture(1, 320, 240)
    for data in (dng(drawn), imagecodecs.jpegxl_encode(drawn)):
        assert is_as_decoded_here(decoder.picture(data, LIMITS, DEFAULT_PLANE), data)
    colour = DEFAULT_PLANE._replace(side=64, colour=True, shape=(64, 48))
    assert decoder.picture(GOOD, LIMITS, colour).planes.embedding.shape == (64, 48, 3)
    pixels = decode(GOOD, LIMITS.max_pixels).pixels
    assert np.array_equal(decoder.reduced(GOOD, LIMITS, 50), reduced(pixels, 50))
    assert decoder.seconds > 0


@pytest.mark.parametrize(
    ("what", "name", "message"),
    [
        ("segfault", "crashed", "the decoder ended with SIGSEGV"),
        ("abort", "crashed", "the decoder ended with SIGABRT"),
        ("exit", "crashed", "the decoder ended with exit code 3"),
        ("killed", "too_much_memory", "the system ended the decoder, for want of memory"),
        ("bomb", "too_much_memory", "decoding takes more than 200,000,000 bytes (read.memory)"),
        ("spin", "too_slow", "decoding takes more than 0.1 seconds (read.seconds)"),
        ("sleep", "too_slow", "decoding takes more than 0.1 seconds (read.seconds)"),
        ("babble", "crashed", "the decoder answered nonsense"),
        ("complain", "undecodable", "broken; the codec says: libtiff: a.tif: bad strip at 0x; libtiff: bad code"),
        ("panic", "undecodable", "SystemExit: a codec's panic"),
        ("unexpected", "undecodable", "NotImplementedError: no such colours at <BytesIO at 0x>"),
    ],
)
def test_a_poison_image_is_one_failure_and_the_next_is_read(decoder, capfd, what, name, message):
    limits = BRIEF if name == "too_slow" else LIMITS
    assert failure(decoder, poison.poison(what), limits) == (name, message)
    assert is_as_decoded_here(decoder.picture(GOOD, LIMITS, DEFAULT_PLANE))
    assert failure(decoder, poison.poison(what), limits) == (name, message)
    assert capfd.readouterr() == ("", "")


def test_a_decoder_that_keeps_no_limit_is_ended(decoder, monkeypatch):
    monkeypatch.setattr(process, "GRACE", 0.1)
    assert failure(decoder, poison.poison("deaf"), BRIEF)[0] == "too_slow"
    assert is_as_decoded_here(decoder.picture(GOOD, LIMITS, DEFAULT_PLANE))


def test_answers_that_cannot_be_are_refused(decoder):
    assert failure(decoder, GOOD + b"lie") == ("crashed", "the decoder answered nonsense")


def test_an_image_is_not_blamed_for_those_before_it(decoder):
    decoder.picture(GOOD, LIMITS, DEFAULT_PLANE)
    first = process_of(decoder).pid
    assert is_as_decoded_here(decoder.picture(GOOD + b"crash after others", LIMITS, DEFAULT_PLANE))
    assert process_of(decoder).pid != first


def test_a_decoder_that_dies_between_images_is_not_missed(decoder):
    decoder.picture(GOOD + b"die later", LIMITS, DEFAULT_PLANE)
    assert process_of(decoder).wait(10) == -signal.SIGKILL
    assert is_as_decoded_here(decoder.picture(GOOD, LIMITS, DEFAULT_PLANE))


def test_warnings_about_a_picture_that_is_read_are_dropped(decoder, capfd):
    assert is_as_decoded_here(decoder.picture(GOOD + b"chatter", LIMITS, DEFAULT_PLANE))
    assert "warning" not in failure(decoder, b"no picture")[1]
    assert capfd.readouterr() == ("", "")


def test_large_images_may_take_more_memory(decoder):
    large = np.zeros((4000, 5000, 3), np.uint8)
    data = encoded(large, "PNG", compress_level=1)
    scarce = LIMITS._replace(max_pixels=25_000_000, memory=30_000_000)
    assert decoder.picture(data, scarce, DEFAULT_PLANE).properties.width == 5000
    few = encoded(np.zeros((40, 50, 3), np.uint8), "PNG")
    assert decoder.picture(few, scarce, DEFAULT_PLANE).properties.width == 50


def test_our_own_faults_are_not_the_images(decoder, monkeypatch):
    without = "import lookalike.transforms.functional.images.reduction as p\np.picture_of = None\n"
    monkeypatch.setattr(process, "PROGRAM", process.PROGRAM.replace("from tests", without + "from tests"))
    with pytest.raises(RuntimeError, match="'NoneType' object is not callable"):
        decoder.picture(GOOD, LIMITS, DEFAULT_PLANE)


def test_a_decoder_that_does_not_start_is_told(decoder, monkeypatch):
    monkeypatch.setattr(process, "PROGRAM", "raise SystemExit('no such library')")
    with pytest.raises(RuntimeError, match="does not start: no such library"):
        decoder.picture(GOOD, LIMITS, DEFAULT_PLANE)


def test_it_has_neither_the_workers_environment_nor_its_threads(decoder, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    decoder.picture(GOOD, LIMITS, DEFAULT_PLANE)
    place = Path(f"/proc/{process_of(decoder).pid}")
    assert b"secret" not in (place / "environ").read_bytes()
    assert len(list((place / "task").iterdir())) == 1
    loaded = (place / "maps").read_text()
    assert "libtorch" not in loaded and "libarrow" not in loaded


def ticks(place):
    """Of the processor, that a process took."""
    return int(place.read_text().rpartition(")")[2].split()[11])


@pytest.mark.parametrize("busy", [False, True])
def test_it_ends_with_its_worker(busy):
    spinning = (
        f"decoder().picture({poison.poison('spin')!r}, Limits{tuple(LIMITS._replace(seconds=600))!r}, DEFAULT_PLANE)"
    )
    program = (
        "import time\nfrom tests import poison\nfrom lookalike.transforms.decoding import process\n"
        "from lookalike.transforms.decoding.isolation import decoder, Limits\n"
        "from lookalike.transforms.embedding.settings import DEFAULT_PLANE\n"
        "process.PROGRAM = poison.PROGRAM\n"
        f"decoder().picture({GOOD!r}, Limits{tuple(LIMITS)!r}, DEFAULT_PLANE)\n"
        f"print(decoder()._process._popen.pid, flush=True)\n{spinning if busy else 'time.sleep(600)'}\n"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        env=HERE,
    )
    pid = int(worker.stdout.readline())
    place = Path(f"/proc/{pid}/stat")
    before = ticks(place)
    while busy and ticks(place) < before + 10:
        time.sleep(0.02)
    worker.kill()
    worker.wait()
    for _ in range(1000):
        if not place.exists() or place.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.02)
    raise AssertionError("the decoder outlived its worker")


def test_a_fork_that_ends_leaves_the_decoder_and_waits_for_nobody():
    program = (
        "import os, sys, time\nfrom lookalike.transforms.decoding.isolation import decoder, Limits\n"
        "from lookalike.transforms.embedding.settings import DEFAULT_PLANE\n"
        f"decoder().picture({GOOD!r}, Limits{tuple(LIMITS)!r}, DEFAULT_PLANE)\n"
        "line = decoder()._process._line.fileno()\n"
        "decoder()._lock.acquire()  # as another thread does, whose image is just decoded\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    sys.exit(os.path.exists(f'/proc/self/fd/{line}'))\n"
        "ended, status = 0, -1\n"
        "for _ in range(1000):\n"
        "    ended, status = os.waitpid(pid, os.WNOHANG)\n"
        "    if ended:\n"
        "        break\n"
        "    time.sleep(0.02)\n"
        "else:\n"
        "    os.kill(pid, 9)\n"
        "decoder()._lock.release()\n"
        "print('ended' if ended else 'hangs', status, decoder()._process.has_ended())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        env=HERE,
    )
    assert done.stdout == "ended 0 False\n"


UNPRIVILEGED = """
import resource
raised = resource.setrlimit
def setrlimit(kind, limits):
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY and not 0 <= limits[1] <= hard:
        raise ValueError("not allowed to raise maximum limit")
    raised(kind, limits)
resource.setrlimit = setrlimit
for kind, most in ((resource.RLIMIT_AS, 1 << 34), (resource.RLIMIT_FSIZE, 1 << 25)):
    setrlimit(kind, (most, most))
"""


def test_the_systems_own_limits_are_kept(decoder, monkeypatch):
    monkeypatch.setattr(process, "PROGRAM", UNPRIVILEGED + poison.PROGRAM)
    for _ in range(2):
        assert is_as_decoded_here(decoder.picture(GOOD, LIMITS, DEFAULT_PLANE))
        assert failure(decoder, poison.poison("bomb"))[0] == "too_much_memory"


def test_what_a_machine_lacks_is_not_the_images_failure(decoder, monkeypatch):
    def popen(*arguments, **options):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as lacking:
        lacking.setattr(subprocess, "Popen", popen)
        with pytest.raises(RuntimeError, match="does not start: Too many open files"):
            decoder.picture(GOOD, LIMITS, DEFAULT_PLANE)
    assert is_as_decoded_here(decoder.picture(GOOD, LIMITS, DEFAULT_PLANE))


def test_it_ends_when_there_is_nothing_to_do(decoder, monkeypatch):
    idle = "import lookalike.transforms.decoding.decoder as d\nd.IDLE = 0.05\n"
    monkeypatch.setattr(process, "PROGRAM", process.PROGRAM.replace("from tests", idle + "from tests"))
    decoder.picture(GOOD, LIMITS, DEFAULT_PLANE)
    assert process_of(decoder).wait(10) == 0
    assert is_as_decoded_here(decoder.picture(GOOD, LIMITS, DEFAULT_PLANE))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("", ""),
        ("a\n\n b\nb\n", "a; b"),
        ("python: /usr/src/x.c:12: f: failed at 0xdeadBEEF", "python: x.c:12: f: failed at 0x"),
        ("\x1b[31mred\x07", "[31mred"),
        ("x" * 1000, "x" * complaints.MOST),
    ],
)
def test_what_codecs_say_is_the_same_everywhere(said, kept):
    assert complaints.tidy(said) == kept
