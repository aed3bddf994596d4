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
from lookalike.transforms.functional.images.planes import common_size
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
    plane, composed = image.planes.keypoints, image.planes.panels
    packed = keypoints.pack(keypoints.detect(plane, axes, settings.keypoints))
    panels = keypoints.Panels()
    if composed is not None:
        (height, width), most = composed.shape, round(settings.keypoints * composed.size / plane.size)
        panels = keypoints.Panels(width, height, keypoints.pack(keypoints.detect(composed, axes, most)))
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


def textured_share(grey: np.ndarray) -> float:
    """(h, w) uint8 -> share of its windows whose standard deviation is above `shown.TEXTURED`."""
    return float((ssim.variance(grey) > TEXTURED**2).mean())
