"""Files in, what the product makes of them out, and what must hold of that whatever the files are."""

import hashlib
import os
import resource
from collections.abc import Sequence

from lookalike.transforms.core.records import NOTHING_VANISHED, Chunk, Failure, Image, Source
from lookalike.transforms.core.settings.read import ReadSettings
from lookalike.transforms.decoding.isolation import decoder
from lookalike.transforms.decoding.read_images import ReadImages, _Read
from lookalike.transforms.ingest.listing import InputError, list_images

STAGE = ReadImages(ReadSettings(max_bytes=4_000_000, max_pixels=4_000_000, seconds=10.0, memory=200_000_000))
OWN = 200_000_000
"""Bytes that a decoder process has before it decodes, at most."""


class FindError(Exception):
    """Something that must hold does not."""


def outcomes(inputs: Sequence[str], backwards: bool = False) -> dict[str, list[str]]:
    """What is listed of the inputs -> by URI, a digest of each image, or the failure. backwards: in the other order.

    Raises:
        FindError: there are not as many outcomes as were listed.
    """
    try:
        records = list(list_images(list(inputs)))
    except InputError as error:
        return {"": [f"refused: {error}"]}
    sources = [record for record in records if isinstance(record, Source)]
    failures = [record for record in records if isinstance(record, Failure)]
    sources.sort(reverse=backwards)
    reader = _Read(STAGE)
    reader.setup()
    (done,) = reader.process(Chunk(0, "", len(records), sources, NOTHING_VANISHED, [], [], [], failures, None, []))
    if len(done.images) + len(done.failures) != len(records):
        raise FindError(f"{len(records)} were listed, {len(done.images)} + {len(done.failures)} came out")
    found: dict[str, list[str]] = {}
    for image in done.images:
        found.setdefault(image.source.uri, []).append(f"image: {_digest(image)}")
    for failure in done.failures:
        found.setdefault(failure.uri, []).append(f"{failure.error}: {failure.message}")
        if not failure.message or "\n" in failure.message:
            raise FindError(f"a failure must have one line, not {failure.message!r}")
    return {uri: sorted(several) for uri, several in found.items()}


def _digest(image: Image) -> str:
    digest = hashlib.blake2b(digest_size=16)
    digest.update(repr((image.source, image.content_hash, image.properties)).encode())
    for plane in (one for one in image.planes if one is not None):
        digest.update(repr(plane.shape).encode() + plane.tobytes())
    return digest.hexdigest()


def checked(inputs: Sequence[str]) -> dict[str, list[str]]:
    """`outcomes`, twice in two decoder processes and both orders.

    Raises:
        FindError: they differ, something was printed, or a decoder had more memory than it may have.
        Exception: whatever stops a run.
    """
    printed = [os.fstat(stream).st_size for stream in (1, 2)]
    first = outcomes(inputs)
    decoder().close()
    second = outcomes(inputs, backwards=True)
    differing = sorted(uri for uri in first.keys() | second.keys() if first.get(uri) != second.get(uri))
    if differing:
        raise FindError(f"twice, but not the same: {[(uri, first.get(uri), second.get(uri)) for uri in differing[:3]]}")
    if printed != [os.fstat(stream).st_size for stream in (1, 2)]:
        raise FindError("something was printed")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    if peak > OWN + STAGE.settings.memory + STAGE.settings.max_bytes:
        raise FindError(f"a decoder had {peak:,} bytes")
    return first
