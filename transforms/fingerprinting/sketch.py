"""Images in, Sketches out: keypoints, their MinHash signature, and the thumbnail, for the second fingerprint."""

import dataclasses

import apache_beam as beam
import cv2
import numpy as np

from lookalike.transforms.core.records import Chunk, Image, Sketch
from lookalike.transforms.core.runtime import prepare_worker
from lookalike.transforms.core.settings.sketch import SketchSettings
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.functional.images import ssim
from lookalike.transforms.functional.images.picture import Planes
from lookalike.transforms.functional.images.planes import common_size, small_pieces
from lookalike.transforms.functional.keypoints import keypoints
from lookalike.transforms.functional.keypoints.shingles import shingles_of
from lookalike.transforms.functional.lsh.codes import minhash
from lookalike.transforms.functional.registration.shown import TEXTURED
from lookalike.transforms.weights import keypoint_axes


@dataclasses.dataclass(eq=False)
class SketchImages(Stage):
    """Computes the Sketch of every image of a chunk.

    settings: the block `sketch` of the configuration.
    """

    settings: SketchSettings = SketchSettings()

    def expand(self, chunks: beam.PCollection[Chunk]) -> beam.PCollection[Chunk]:
        """Sketch the images of each chunk."""
        return chunks | "Sketch" >> beam.Map(sketch_chunk, self.settings)


def sketch_chunk(chunk: Chunk, settings: SketchSettings) -> Chunk:
    """A chunk -> the same with the Sketches of its images."""
    prepare_worker()
    return chunk._replace(sketches=[sketch(image, settings) for image in chunk.images])


def sketch(image: Image, settings: SketchSettings) -> Sketch:
    """One image -> its Sketch."""
    axes = keypoint_axes()
    packed = keypoints.pack(keypoints.detect(image.planes.keypoints, axes, settings.keypoints))
    panels = panels_of(image.planes, axes, settings.keypoints)
    # as they are stored, so that the same can be made of the table
    pairs = shingles_of(keypoints.unpack(packed), panels, axes)
    values, residual = minhash.signature_of(pairs.tokens, pairs.residual, settings.permutations, settings.seed)
    bgr = cv2.cvtColor(image.planes.thumbnail, cv2.COLOR_RGB2BGR)
    _, thumbnail = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, settings.thumbnail_quality])
    return Sketch(
        values,
        residual,
        packed,
        panels,
        thumbnail.tobytes(),
        textured_share(common_size(cv2.cvtColor(image.planes.thumbnail, cv2.COLOR_RGB2GRAY))),
    )


def panels_of(planes: Planes, axes: keypoints.KeypointAxes, limit: int) -> keypoints.Panels:
    """The keypoints of the small pieces of a composed picture: `limit` for each time that its plane is as large
    as the usual one, shared out by area, but no more of a piece than of a picture by itself.
    """
    plane, composed = planes.keypoints, planes.panels
    pieces = [] if composed is None else small_pieces(plane, composed)
    if composed is None or not pieces:
        return keypoints.Panels()
    for_area = composed.size / plane.size / sum(piece.height * piece.width for piece in pieces)
    found = []
    for piece in pieces:
        share = min(1.0, for_area * piece.height * piece.width)
        own = keypoints.detect(piece.of(composed), axes, round(limit * share), keypoints.FEW * share)
        found.append(own._replace(xy=own.xy + np.array([piece.left, piece.top], np.float32)))
    height, width = composed.shape
    return keypoints.Panels(width, height, keypoints.pack(_in_turn(found)))


def _in_turn(found: list[keypoints.Keypoints]) -> keypoints.Keypoints:
    """The strongest of each, then the second of each, and so on: alignments are proposed by the first matches alone."""
    order = np.argsort(np.concatenate([np.arange(len(own.xy)) for own in found]), kind="stable")
    return keypoints.Keypoints(*(np.concatenate(values)[order] for values in zip(*found, strict=True)))


def textured_share(grey: np.ndarray) -> float:
    """(h, w) uint8 -> share of its windows whose standard deviation is above `shown.TEXTURED`."""
    return float((ssim.variance(grey) > TEXTURED**2).mean())
