"""What this folder is compiled to. Each function fills the array that it is given for that."""

import numpy as np

def agree(
    order: np.ndarray,
    places: np.ndarray,
    bits: np.ndarray,
    looks: np.ndarray,
    longer: np.ndarray,
    apart: np.ndarray,
    long_apart: np.ndarray,
    first: np.ndarray,
    size: np.ndarray,
    found: np.ndarray,
    crowded: np.ndarray,
    rows: int,
    crowds: tuple[int, int, int],
) -> tuple[int, int]: ...
def align(
    a_xy: np.ndarray,
    a_size: np.ndarray,
    a_angle: np.ndarray,
    a_components: np.ndarray,
    b_xy: np.ndarray,
    b_size: np.ndarray,
    b_angle: np.ndarray,
    b_components: np.ndarray,
    signs: np.ndarray,
    mirrored: np.ndarray,
    inverted: np.ndarray,
    parities: np.ndarray,
    far: np.ndarray,
    pairs: np.ndarray,
    inliers: np.ndarray,
    matrix: np.ndarray,
    common_a: np.ndarray,
    common_b: np.ndarray,
    counts: tuple[int, int, int],
    rules: tuple[float, float, float, float, float],
    places: tuple[float, float, float, float, float],
) -> tuple[int, int, int]: ...
def blur(plane: np.ndarray, out: np.ndarray, taps: np.ndarray, height: int, width: int) -> None: ...
def blobs(levels: np.ndarray, rules: np.ndarray, found: np.ndarray, height: int, width: int) -> int: ...
def corners(
    vectors: np.ndarray, flips: np.ndarray, found: np.ndarray, dims: int, side: int, count: int, scale: float
) -> None: ...
def directions(
    plane: np.ndarray,
    places: np.ndarray,
    steps: np.ndarray,
    window: np.ndarray,
    counted: np.ndarray,
    height: int,
    width: int,
) -> None: ...
def descriptors(
    plane: np.ndarray,
    places: np.ndarray,
    steps: np.ndarray,
    shares: np.ndarray,
    cells: np.ndarray,
    height: int,
    width: int,
) -> None: ...
def rooted(cells: np.ndarray, out: np.ndarray, diagonal: float, clip: float) -> None: ...
def cubes(maps: np.ndarray, out: np.ndarray, places: int, channels: int) -> None: ...
def peaks(counted: np.ndarray, strong: float, which: np.ndarray, angles: np.ndarray) -> int: ...
def compare(
    a: np.ndarray, b: np.ndarray, taps: np.ndarray, maps: np.ndarray, height: int, width: int, stride: int
) -> None: ...
def neighbours(places: np.ndarray, rules: np.ndarray, found: np.ndarray) -> int: ...
def shingles(
    signs: np.ndarray,
    angle: np.ndarray,
    octave: np.ndarray,
    pairs: np.ndarray,
    towards: np.ndarray,
    masks: np.ndarray,
    flips: np.ndarray,
    turns: np.ndarray,
    bits: np.ndarray,
    found: np.ndarray,
) -> None: ...
def homography(places: np.ndarray, found: np.ndarray, count: int) -> None: ...
def best_ranks(
    picture: np.ndarray,
    token: np.ndarray,
    residual: np.ndarray,
    their_picture: np.ndarray,
    their_token: np.ndarray,
    their_residual: np.ndarray,
    wanted: np.ndarray,
    best: np.ndarray,
    pictures: int,
    others: int,
    differ: int,
    kept: int,
    signs: int,
) -> None: ...
def order(codes: np.ndarray, order: np.ndarray, start: np.ndarray) -> int: ...
def shared(tokens: np.ndarray, others: np.ndarray) -> int: ...
def inside(mask: np.ndarray, inner: np.ndarray, height: int, width: int) -> tuple[int, int]: ...
def windows(
    a: np.ndarray,
    b: np.ndarray,
    inner: np.ndarray,
    taps: np.ndarray,
    rules: np.ndarray,
    maps: np.ndarray,
    strengths: np.ndarray,
    kinds: np.ndarray,
    totals: np.ndarray,
    height: int,
    width: int,
) -> None: ...
def keypoints(
    a_xy: np.ndarray,
    a_size: np.ndarray,
    a_components: np.ndarray,
    b_xy: np.ndarray,
    b_components: np.ndarray,
    common_a: np.ndarray,
    common_b: np.ndarray,
    inliers: np.ndarray,
    registration: np.ndarray,
    alignment: np.ndarray,
    signs: np.ndarray,
    found: np.ndarray,
    share: float,
) -> None: ...
def lines(grey: np.ndarray, columns: np.ndarray, rows: np.ndarray, height: int, width: int, step: int) -> None: ...
def plain(grey: np.ndarray, told: np.ndarray, height: int, width: int, tiles: int, near: int) -> None: ...
def lit(
    grey: np.ndarray, around: np.ndarray, out: np.ndarray, height: int, width: int, darkest: int, paper: int
) -> None: ...
def detail(grey: np.ndarray, found: np.ndarray, height: int, width: int) -> None: ...
def few(rgb: np.ndarray, most: int) -> int: ...
def variances(grey: np.ndarray, taps: np.ndarray, out: np.ndarray, height: int, width: int) -> None: ...
def area(picture: np.ndarray, smaller: np.ndarray, height: int, width: int, rows: int, columns: int) -> None: ...
def contrast(grey: np.ndarray, rules: np.ndarray, out: np.ndarray, height: int, width: int) -> None: ...
def leaves(
    feature: np.ndarray,
    threshold: np.ndarray,
    kept: np.ndarray,
    value: np.ndarray,
    columns: np.ndarray,
    sums: np.ndarray,
) -> None: ...
def solve(rows: np.ndarray, size: int, given: int) -> None: ...
def derived(a: np.ndarray, b: np.ndarray, mask: np.ndarray, height: int, width: int) -> float: ...
def differ(colours: np.ndarray) -> int: ...
def laid(matrix: np.ndarray, corners: np.ndarray, height: float, width: float) -> None: ...
def content(grey: np.ndarray, height: int, width: int, least: float) -> tuple[int, int, int, int]: ...
def motion(
    a: np.ndarray,
    b: np.ndarray,
    between: np.ndarray,
    best: np.ndarray,
    rounds: int,
    differs: float,
    few: float,
    furthest: float,
    from_height: int,
    from_width: int,
    height: int,
    width: int,
) -> None: ...
def lanes() -> int: ...
def network(
    plane: np.ndarray,
    found: np.ndarray,
    told: np.ndarray,
    shares: np.ndarray,
    weights: np.ndarray,
    given: np.ndarray,
    height: int,
    width: int,
) -> None: ...
def fine(
    structure: np.ndarray,
    weight: np.ndarray,
    more: np.ndarray,
    inner: np.ndarray,
    textured: np.ndarray,
    structures: np.ndarray,
    left: np.ndarray,
    found: np.ndarray,
    height: int,
    width: int,
    least: float,
) -> None: ...
def smooth(
    plane: np.ndarray,
    first_across: np.ndarray,
    weights_across: np.ndarray,
    first_down: np.ndarray,
    weights_down: np.ndarray,
    out: np.ndarray,
    height: int,
    width: int,
) -> None: ...
def measures(
    moved: np.ndarray,
    plane: np.ndarray,
    mask: np.ndarray,
    inner: np.ndarray,
    structure: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    strengths: np.ndarray,
    kinds: np.ndarray,
    totals: np.ndarray,
    rules: np.ndarray,
    taps: np.ndarray,
    logarithms: np.ndarray,
    powers: np.ndarray,
    found: np.ndarray,
    height: int,
    width: int,
) -> None: ...
def minima(
    tokens: np.ndarray,
    residual: np.ndarray,
    factors: np.ndarray,
    offsets: np.ndarray,
    values: np.ndarray,
    kept: np.ndarray,
) -> None: ...
def warp(
    plane: np.ndarray,
    back: np.ndarray,
    moved: np.ndarray,
    there: np.ndarray,
    height: int,
    width: int,
    rows: int,
    columns: int,
    whole: int,
) -> None: ...
def covered(
    back: np.ndarray, there: np.ndarray, height: int, width: int, rows: int, columns: int, whole: int
) -> None: ...
def swatches(
    a: np.ndarray, b: np.ndarray, mask: np.ndarray, found: np.ndarray, height: int, width: int, side: int
) -> int: ...
def colours(lab: np.ndarray, left: np.ndarray, apart: np.ndarray, chroma: np.ndarray) -> None: ...
