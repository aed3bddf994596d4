"""Bytes in, damaged bytes out: what goes wrong on disks and wires, and what those do who mean harm."""

import random
from collections.abc import Callable

TOKENS = (
    b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\x01", b"\x01\0", b"\xff\xd8\xff",
    b"\xff\xd9", b"\xff\xc0\0\x11", b"\xff\xc2", b"\xff\xda", b"\xff\xdd", b"Exif\0\0", b"ICC_PROFILE\0", b"IHDR",
    b"IDAT", b"PLTE", b"tRNS", b"acTL", b"fcTL", b"iCCP", b"IEND", b"RIFF", b"WEBP", b"VP8 ", b"VP8L", b"VP8X",
    b"ANIM", b"ANMF", b"ALPH", b"GIF89a", b"!\xf9", b"II*\0", b"MM\0*", b"II+\0", b"BM", b"ftyp", b"meta", b"iloc",
    b"iprp", b"ispe", b"dimg", b"grid", b"auxC", b"clap", b"av1C", b"hvcC", b"mdat", b"jP  ", b"\xffQ", b"icns",
    b"ic10", b"8BPS", b"P6\n", b"qoif", b"DDS ", b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"ustar", b"PAR1",
    b"\n", b'"', b",", b"::", b"%00", b"../", b"\xef\xbb\xbf", b"\xff\xfe", b"\xf0\x9f",
)  # fmt: skip
"""What formats are made of."""
EXTREME = (0, 1, 2, 3, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**24, 2**31 - 1, 2**31, 2**32 - 1)


def mutated(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """A file, damaged in one to five ways; `other`: another one, for splices."""
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
        rng.choice(MUTATIONS)(found, other, rng)
    return bytes(found)


def _flip(data: bytearray, other: bytes, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 1, 4, 16))):
        if data:
            data[_place(data, rng)] ^= 1 << rng.randrange(8)


def _overwrite(data: bytearray, other: bytes, rng: random.Random) -> None:
    start, end = _range(data, rng)
    data[start:end] = rng.randbytes(end - start)


def _zero(data: bytearray, other: bytes, rng: random.Random) -> None:
    start, end = _range(data, rng)
    data[start:end] = bytes(end - start)


def _truncate(data: bytearray, other: bytes, rng: random.Random) -> None:
    del data[rng.randrange(len(data) + 1) :]


def _delete(data: bytearray, other: bytes, rng: random.Random) -> None:
    start, end = _range(data, rng)
    del data[start:end]


def _repeat(data: bytearray, other: bytes, rng: random.Random) -> None:
    start, end = _range(data, rng)
    data[start:start] = data[start:end] * rng.choice((1, 1, 2, 50))


def _number(data: bytearray, other: bytes, rng: random.Random) -> None:
    """Lengths, counts, offsets, sizes."""
    size = rng.choice((1, 2, 4))
    if len(data) >= size:
        start = rng.randrange(min(len(data) - size + 1, rng.choice((64, 4096, 1 << 30))))
        order = rng.choice(("big", "little"))
        value = int.from_bytes(data[start : start + size], order) + rng.choice((-1, 1, 16))
        data[start : start + size] = (rng.choice((*EXTREME, value)) % (1 << 8 * size)).to_bytes(size, order)


def _swap(data: bytearray, other: bytes, rng: random.Random) -> None:
    a, b = _range(data, rng)
    c = rng.randint(b, min(len(data), b + 256))
    data[a:c] = data[b:c] + data[a:b]


def _splice(data: bytearray, other: bytes, rng: random.Random) -> None:
    start, end = _range(other, rng)
    place = rng.randrange(len(data) + 1)
    data[place : place + rng.choice((0, end - start))] = other[start:end]


def _token(data: bytearray, other: bytes, rng: random.Random) -> None:
    token, place = rng.choice(TOKENS), rng.randrange(len(data) + 1)
    data[place : place + rng.choice((0, len(token)))] = token


MUTATIONS: tuple[Callable[[bytearray, bytes, random.Random], None], ...] = (
    _flip, _flip, _overwrite, _zero, _truncate, _delete, _repeat, _number, _number, _number, _swap, _splice, _token,
)  # fmt: skip


def _place(data: bytes | bytearray, rng: random.Random) -> int:
    """Anywhere, and as often in the head."""
    return rng.randrange(min(len(data), rng.choice((128, 1 << 30))))


def _range(data: bytes | bytearray, rng: random.Random) -> tuple[int, int]:
    if not data:
        return 0, 0
    start = _place(data, rng)
    return start, min(len(data), start + rng.choice((1, 2, 4, 16, 64, 256)))
