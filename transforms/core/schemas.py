"""The Parquet schema of every table."""

import pyarrow as pa

from lookalike.transforms.functional.images.pixels.detail import OCTAVES

FAILURES = pa.schema([("uri", pa.string()), ("stage", pa.string()), ("error", pa.string()), ("message", pa.string())])

PAIRS = pa.schema(
    [
        ("uri_a", pa.string()),
        ("uri_b", pa.string()),
        ("match", pa.string()),
        ("relation", pa.string()),
        ("probability", pa.float64()),
        ("proposed_by", pa.list_(pa.string())),
        ("cosine", pa.float32()),
        ("jaccard", pa.float32()),
        ("ssim", pa.float32()),
        ("luminance", pa.float32()),
        ("contrast", pa.float32()),
        ("structure", pa.float32()),
        ("overlap", pa.float32()),
        ("mirrored", pa.bool_()),
        ("transform", pa.list_(pa.float64(), 6)),
        ("worst", pa.list_(pa.float32(), 4)),
        ("near_misses", pa.int32()),
    ]
)

MEASURED = tuple(PAIRS.names[3:-1])
"""What is told of a pair by itself."""

MATCHES = pa.schema(
    [
        ("query", pa.string()),
        ("match", pa.string()),
        PAIRS.field("match").with_name("kind"),
        *(PAIRS.field(name) for name in MEASURED),
        ("query_set", pa.string()),
        ("match_set", pa.string()),
    ]
)


def matches_schema(query: pa.Schema, match: pa.Schema) -> pa.Schema:
    """Schema of the matches table of images that carry columns along: those of the query and those of the match."""
    sides = (("query", query), ("match", match))
    return pa.schema([*MATCHES, *(field.with_name(f"{side}_{field.name}") for side, some in sides for field in some)])


KNOWN = pa.schema(
    [
        ("query", pa.string()),
        ("hash", pa.string()),
        ("label", pa.string()),
        ("distance", pa.uint16()),
        ("quality", pa.uint8()),
    ]
)

CLUSTERS = pa.schema(
    [
        ("cluster_id", pa.string()),
        ("uri", pa.string()),
        ("is_representative", pa.bool_()),
        ("representative_uri", pa.string()),
        ("cosine", pa.float32()),
        ("jaccard", pa.float32()),
        ("ssim", pa.float32()),
        ("match", pa.string()),
        ("relation", pa.string()),
        ("size", pa.int32()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("bytes", pa.int64()),
        ("reclaimable", pa.bool_()),
        ("reclaimable_bytes", pa.int64()),
        ("reason", pa.string()),
    ]
)


CONFLICTS = pa.schema(
    [
        ("cluster_id", pa.string()),
        ("column", pa.string()),
        ("uri", pa.string()),
        ("value", pa.string()),
        ("agreeing", pa.int32()),
        ("values", pa.int32()),
        ("is_representative", pa.bool_()),
        ("representative_uri", pa.string()),
        ("match", pa.string()),
        ("relation", pa.string()),
    ]
)

MERGES = pa.schema(
    [
        ("cluster_id", pa.string()),
        ("uri", pa.string()),
        ("members", pa.list_(pa.string())),
        ("folders", pa.list_(pa.string())),
    ]
)
"""What comes before the carried columns, each of which is a list here."""


FOLDERS = pa.schema(
    [
        ("folder", pa.string()),
        ("contained_in", pa.string()),
        ("images", pa.int64()),
        ("images_there", pa.int64()),
        ("copies", pa.int64()),
        ("exact_copies", pa.int64()),
        ("share", pa.float64()),
    ]
)


PDQ = (pa.field("pdq", pa.binary(32)), pa.field("pdq_quality", pa.uint8()))
"""Columns that the fingerprints table has where `read.pdq` asks for them."""


def fingerprints_schema(dims: int, permutations: int, pdq: bool = False) -> pa.Schema:
    """Schema of the fingerprints table for embeddings of `dims` and signatures of `permutations` values, and perhaps
    with PDQ hashes.
    """
    return pa.schema(
        [
            ("uri", pa.string()),
            ("bytes", pa.int64()),
            ("modified", pa.string()),
            ("etag", pa.string()),
            ("file", pa.string()),
            ("content_hash", pa.binary(32)),
            ("pixel_hash", pa.binary(32)),
            ("width", pa.int32()),
            ("height", pa.int32()),
            ("format", pa.string()),
            ("exif", pa.bool_()),
            ("frames", pa.int32()),
            ("samples", pa.string()),
            ("decoded_width", pa.int32()),
            ("detail", pa.list_(pa.float32(), OCTAVES)),
            ("grid", pa.float32()),
            ("few_colours", pa.bool_()),
            ("embedding", pa.list_(pa.float16(), dims)),
            ("minhash", pa.list_(pa.uint32(), permutations)),
            ("minhash_residual", pa.list_(pa.uint32(), permutations)),
            ("keypoint_count", pa.int32()),
            ("keypoints", pa.binary()),
            ("panels_width", pa.int32()),
            ("panels_height", pa.int32()),
            ("panel_keypoints", pa.binary()),
            ("thumbnail", pa.binary()),
            ("textured", pa.float32()),
            *(PDQ if pdq else ()),
        ]
    )
