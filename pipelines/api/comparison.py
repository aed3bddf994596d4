"""`lookalike.compare`: two images, through the code that the pipeline runs."""

import base64
import dataclasses
import os
from typing import Any

import numpy as np
import pyarrow as pa

from lookalike.inputs import AnyImage, encoded
from lookalike.pipelines.configuration.stages import Corpus, Stages
from lookalike.pipelines.matching.images import fingerprints_of, image_from, read_image, source_of
from lookalike.pipelines.review.gallery import side_by_side
from lookalike.settings import Given, checked
from lookalike.transforms.candidates.exact_duplicates import equal_pair
from lookalike.transforms.clustering.pair_rows import as_far_as_compared, pair_row
from lookalike.transforms.core.pairs import unpack
from lookalike.transforms.core.records import Image, Pair
from lookalike.transforms.core.runtime import as_guest
from lookalike.transforms.core.schemas import PAIRS
from lookalike.transforms.fingerprinting.fingerprints_table import features_of, nodes_of
from lookalike.transforms.functional.keypoints.shingles import jaccard
from lookalike.transforms.functional.registration.boxes import NOWHERE
from lookalike.transforms.functional.verification.relations import COPIES
from lookalike.transforms.io.pair_records import RECORD, pairs_of, settle
from lookalike.transforms.io.parquet_sink import table_of
from lookalike.transforms.verification.comparison import Comparison as PairsOfSome
from lookalike.transforms.verification.prepared_images import prepared_images, screened_of
from lookalike.transforms.weights import decision_models

MEASURES = ("ssim", "luminance", "contrast", "structure", "overlap")


@dataclasses.dataclass(frozen=True, eq=False)
class Comparison:
    """What two images are to one another, a to b: what the pairs table of an audit of these two would say.

    Attributes:
        relation: "same", "overlaid", "part", "whole", "overlap", "variant" or "view", as docs/reference/tables.md tells
            them apart; None: they have nothing to do with one another.
        probability: that the two are the same picture in what they have in common; of a variant or a view, that they
            are that. 0 where nothing proposed the pair, so that an audit would not even align it.
        match: "exact" (equal bytes), "pixels" (equal pixels), "near", or "part" (near, but one of the two has several
            frames, of which one was compared); None where there is no relation.
        proposed_by: "content", "pixels", "embedding" and "minhash" (shingles), as far as they did.
        cosine: of the embeddings, -1 to 1.
        jaccard: similarity of the sets of visual shingles, 0 to 1.
        ssim, luminance, contrast, structure: means over what the aligned pictures have in common; None without a
            relation.
        overlap: share of b that the aligned a covers; None without relation.
        mirrored: a had to be mirrored.
        transform: (2, 3) float64, pixel coordinates of the upright a -> of the upright b; None without relation.
        worst: the box that disagrees most: left, top, width and height as shares of b; None where none does.
        thumbnails: of a and b, JPEG.
    """

    relation: str | None
    probability: float
    match: str | None
    proposed_by: tuple[str, ...]
    cosine: float
    jaccard: float
    ssim: float | None
    luminance: float | None
    contrast: float | None
    structure: float | None
    overlap: float | None
    mirrored: bool
    transform: "np.ndarray[Any, np.dtype[np.float64]] | None"
    worst: tuple[float, float, float, float] | None
    thumbnails: tuple[bytes, bytes] = dataclasses.field(repr=False)

    @property
    def is_copy(self) -> bool:
        """Are they the same picture in what they have in common? Of a variant or another view this is false."""
        return self.relation in COPIES

    def _repr_html_(self) -> str:
        told = {"relation": self.relation or "none", "probability": f"{self.probability:.3f}"}
        for name in ("cosine", "jaccard", "ssim", "overlap"):
            value = getattr(self, name)
            told |= {} if value is None else {name: f"{value:.3f}"}
        told |= {"mirrored": "yes"} if self.mirrored else {}
        a, b = (base64.b64encode(thumbnail).decode() for thumbnail in self.thumbnails)
        return side_by_side((a, b), told)


def compare(a: AnyImage, b: AnyImage, *, config: Given = None) -> Comparison:
    """Say what two images are to one another, exactly as an audit that compares them would.

    Each is a path, a URL, a PIL image, a numpy array of uint8, (h, w), (h, w, 3) RGB or (h, w, 4) RGBA, or the encoded
    bytes of a file. Files are decoded in a process of their own, with the limits of an audit; all else is computed in
    this process, on one core, and its settings of threads are as before when this returns. The first call loads the
    models, in some seconds; later ones take about a tenth of a second.

    Args:
        a: one image.
        b: the other.
        config: what differs from the defaults: blocks, such as `{"confirm": {"probability": 0.9}}`, or a YAML file.

    Raises:
        ConfigError: a value of the configuration that is wrong.
        InputError: one of the two is not there, is no image, is damaged, or is larger than `read` allows.

    Examples:
        >>> found = lookalike.compare("a.jpg", "b.jpg")  # doctest: +SKIP
        >>> found.relation, round(found.probability, 2)  # doctest: +SKIP
        ('part', 0.98)
    """
    stages = Stages(checked(config), Corpus("", 2))
    with as_guest():
        images = [image_called(image, name, stages) for image, name in ((a, "a"), (b, "b"))]
        table = fingerprints_of(iter(images), stages)
        return _compared(table, stages)


def image_called(image: AnyImage, name: str, stages: Stages) -> Image:
    """An image in whatever form, decoded as an audit does; it is called `name` from here on."""
    if isinstance(image, str | os.PathLike):
        return read_image(source_of(os.fspath(image)), name, stages)
    return image_from(encoded(image, f"the image {name}")[0], name, stages)


def _compared(table: pa.Table, stages: Stages) -> Comparison:
    """The second half of an audit of these two."""
    features = sorted(features_of(table), key=lambda f: f.key)
    images = prepared_images(features)
    ends = [image.features.embedding.astype(np.float64) for image in images]
    tokens = [image.picture.shingles.tokens for image in images]
    cosine, alike, probability = float(ends[0] @ ends[1]), jaccard(*tokens), 0.0
    pair: Pair | None = None
    nodes = {node.key: node for node in nodes_of(table)}
    first, second = sorted(nodes.values(), key=stages.policy)
    if first.pixel_hash == second.pixel_hash:
        pair = equal_pair(first, second)
    elif not stages.collapse.structureless(table).any():  # such match by their pixels only
        comparison, side = PairsOfSome(images, stages.rules), screened_of(images)
        proposals = comparison.screened(side, side, np.triu(np.ones((2, 2), bool), 1))
        records = comparison.records(proposals, np.zeros(0, RECORD))
        no_others = decision_models().near_misses.shift(np.zeros(len(records), np.int64))
        settle(records, stages.rules.confirm.probability, no_others)
        probability = float(records["probability"].sum())
        pair = next(unpack(pairs_of(records)), None)
    thumbnails = tuple(table["thumbnail"].to_pylist())
    if pair is None:
        nothing = dict.fromkeys(("relation", "match", *MEASURES, "transform", "worst"))
        return Comparison(
            **nothing, probability=probability, proposed_by=(), cosine=cosine, jaccard=alike, mirrored=False,
            thumbnails=thumbnails,
        )  # fmt: skip
    a, b = nodes[pair.a], nodes[pair.b]
    row = table_of([pair_row(as_far_as_compared(pair, a, b), a, b)], PAIRS)
    values = row.drop_columns(["uri_a", "uri_b", "near_misses"]).to_pylist()[0]
    values["transform"] = np.array(values["transform"]).reshape(2, 3)
    values["worst"] = None if tuple(values["worst"]) == NOWHERE else tuple(values["worst"])
    values["proposed_by"] = tuple(values["proposed_by"])
    return Comparison(**values, thumbnails=thumbnails)
