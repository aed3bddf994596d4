"""How images and contents are named inside: digests of their URIs and of their bytes."""

import hashlib

KEY_BYTES = 16
ROWS_READ_TOGETHER = 128
"""Neighbouring rows of a Parquet file that stay together wherever a corpus is divided."""


def key_of(uri: str) -> bytes:
    """The image's key inside shuffles: the 16-byte BLAKE2b digest of its URI.

    A row of a Parquet file can only be read with its whole row group. The first half of its key is therefore the
    digest of a run of rows, and a worker reads them together.
    """
    if uri.startswith("parquet://"):
        name, _, container = uri.partition("::")
        run = f"{int(name.rpartition('/')[2]) // ROWS_READ_TOGETHER}::{container}"
        half = KEY_BYTES // 2
        return _digest(run, half) + _digest(uri, half)
    return _digest(uri, KEY_BYTES)


def content_hash(data: bytes) -> bytes:
    """32-byte BLAKE2b of a file's bytes."""
    return hashlib.blake2b(data, digest_size=32).digest()


def _digest(text: str, size: int) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=size).digest()
