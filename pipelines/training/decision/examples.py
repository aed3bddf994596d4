"""Pairs that the decision learns from: pictures of every kind, searched as an audit searches them, with what is true.

Copies are made of photographs and pages by `kinds.edits`; look-alikes by `kinds.templates` and `kinds.scenes`; both by
`kinds.sets`. All are encoded, decoded and fingerprinted by what an audit uses, and all pairs that its search would
propose are aligned.
"""

import io
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from lookalike.pipelines.training.kinds.appearance.tiny import squared, squared_again
from lookalike.pipelines.training.kinds.edits import EDITS, REPAINTED, chained
from lookalike.pipelines.training.kinds.kept.repainted import repainted
from lookalike.pipelines.training.kinds.kept.series import series as made_in_series
from lookalike.pipelines.training.kinds.kept.ways import resaved
from lookalike.pipelines.training.kinds.scenery.alone import thing_alone
from lookalike.pipelines.training.kinds.scenes import SCENES
from lookalike.pipelines.training.kinds.sets import SETS
from lookalike.pipelines.training.kinds.shifts import SHIFTS
from lookalike.pipelines.training.kinds.templates import PICTURED, TEMPLATES
from lookalike.pipelines.training.photographs import files_below
from lookalike.transforms.core.records import Image as Decoded
from lookalike.transforms.core.records import Source
from lookalike.transforms.core.settings.sketch import SketchSettings
from lookalike.transforms.embedding.embedder import Embedder, embedder_of
from lookalike.transforms.embedding.settings import DEFAULT_PLANE
from lookalike.transforms.fingerprinting.embed import EmbedImages
from lookalike.transforms.fingerprinting.sketch import sketch
from lookalike.transforms.functional.drawing.procedural import draw_picture
from lookalike.transforms.functional.images.decode import decode
from lookalike.transforms.functional.images.reduction import picture_of
from lookalike.transforms.functional.lsh.candidate_rule import ANY, CandidateRule
from lookalike.transforms.functional.lsh.exhaustive import Screened, posting, screen
from lookalike.transforms.functional.verification.evidence import Evidence
from lookalike.transforms.functional.verification.picture import Picture
from lookalike.transforms.functional.verification.relations import RELATIONS
from lookalike.transforms.weights import keypoint_axes

MOST_PIXELS = 50_000_000
ORIGINALS = 150
"""Of a corpus."""
COPIES = 4
"""Of each original, by any edit; one more is changed but lightly."""
LIGHT = ("compress", "resize", "platform", "chroma_subsampled", "trim", "tone", "white_balance", "sharpen", "border")
"""What most copies have met, and no more."""


class Shown(NamedTuple):
    """One picture of a corpus. group: whose picture it is. series: of look-alikes it belongs to, or ''. relation: of a
    look-alike to the others of its series. kind: the family that drew it. copied: of a copy, what it is to its
    original. edit: the family that made it of that.
    """

    data: bytes
    group: str
    series: str = ""
    relation: str = ""
    kind: str = "original"
    copied: str = ""
    edit: str = ""


LOSSLESS, KEPT = 0.1, 0.5
"""Pictures that are stored as PNG; and of sets, which were written in their formats already."""


def encoded(picture: Image.Image, rng: np.random.Generator, lossless: float = LOSSLESS) -> bytes:
    """As people store it: mostly JPEG of any quality, sometimes WebP, and PNG in so large a share."""
    buffer = io.BytesIO()
    way = rng.random() - lossless
    if way < 0:
        picture.save(buffer, "PNG", compress_level=1)
    elif way < 0.1:
        picture.save(buffer, "WEBP", quality=int(rng.integers(50, 95)), method=0)
    else:
        picture.save(buffer, "JPEG", quality=int(rng.integers(55, 96)))
    return buffer.getvalue()


PAGES, DRAWN, ALONE, TINY = 0.3, 0.08, 0.12, 0.1
"""Of the originals: pages, drawn pictures, and things alone on plain ground; the others are photographs. Of all: those
that are 32 to 110 px."""
NO_SCENE = "drawn"
"""Marks the kinds of copies of what was no photograph of a scene: nobody took another shot of it."""
POOL = 0.3
"""Of the photographs, those that only stand beside others in collages, or lie under them."""
TOUCHED = 0.4
"""Of look-alikes, those that were edited as well."""
TOUCHES = (
    *("compress", "resize", "platform", "thumbnail", "tone", "saturation", "white_balance", "crop", "trim", "noise"),
    *("blur", "border", "mirror", "sharpen"),
)
SEVERAL = ("collages", "overlays", "screenshots")
"""Modules of edits that show other pictures as well."""
BESIDE = 6
"""Photographs that a scene may show beside its own."""
UNREADABLE = frozenset(
    (
        *("thumbnail", "compress_hard", "blur_far", "out_of_focus", "crystals", "tiles", "pixelated", "brushed", "oil"),
        *("smoothed", "pencil", "edges", "emboss", "hatching", "halftone", "motion_blur", "zoom_blur"),
    )
)
"""Edits that leave of a page what all pages of its design show: they are not learnt from there,
and neither are those that give it the colours of another one."""
NOT_OF_PAGES = UNREADABLE | REPAINTED
WORN_PAGES, WORN_SCENES, WORN_SETS, CHAINED, LEAST_WORN = 0.6, 0.25, 0.25, 0.3, 32
"""Of look-alikes, those that have a copy by any edit, and of these copies those by two; side of the least of them, px.
Without them every framed or worn page that the trees see is a copy."""
TEMPLATE_SHARE, DESIGNS, CONTENTS, CALLS, SETS_DRAWN = 0.5, 2, 3, 2, 5
"""Of the templates, those that a corpus has; of each of them designs, and contents of each; calls of each scene; and of
each set.
"""


class Beside:
    """Photographs for pictures that show more than one: others every time, so that two seldom have one in common."""

    def __init__(self, photographs: Sequence[Image.Image], count: int, rng: np.random.Generator) -> None:
        """The first `count` of them."""
        self.photographs, self.count, self.rng = photographs, count, rng

    def some(self) -> list[Image.Image]:
        """BESIDE of them."""
        return [self.photographs[n] for n in self.rng.integers(self.count, size=BESIDE).tolist()]


def corpus(photographs: Sequence[Image.Image], seed: int, originals: int = ORIGINALS) -> Iterator[Shown]:
    """Originals with copies, look-alikes in series. No photograph is used twice, but for those in collages."""
    others = Beside(photographs, int(len(photographs) * POOL), np.random.default_rng((seed, 0)))
    drawn = (Image.fromarray(draw_picture(1_000_000 * (seed + 1) + n, 420, 320)) for n in itertools.count())
    unseen = itertools.chain((photographs[n] for n in range(others.count, len(photographs))), drawn)
    yield from _copies(unseen, drawn, others, seed, originals)
    worn = Beside(photographs, others.count, np.random.default_rng((seed, 13)))
    yield from _template_series(unseen, worn, seed)
    yield from _scene_series(unseen, worn, seed)
    yield from _shift_series(unseen, seed)
    yield from _set_series(unseen, worn, seed)


def _copies(
    unseen: Iterator[Image.Image], drawn: Iterator[Image.Image], others: Beside, seed: int, originals: int
) -> Iterator[Shown]:
    rng = np.random.default_rng((seed, 1))
    names, templates = list(EDITS), list(TEMPLATES)
    order = rng.permutation(len(names)).tolist()
    count = 0
    for number in range(originals):
        draw = rng.random()
        page = draw < PAGES
        if page:
            name = templates[int(rng.integers(len(templates)))]
            picture = TEMPLATES[name][1](np.random.default_rng((seed, 2, number)), rng, next(unseen), next(unseen))
        elif draw < PAGES + ALONE:
            picture = thing_alone(rng, next(unseen))
        else:
            picture = next(drawn if draw < PAGES + ALONE + DRAWN else unseen)
        mark = f"{NO_SCENE}+" if draw < PAGES + ALONE + DRAWN else ""
        if rng.random() < TINY:
            picture.thumbnail((int(rng.integers(32, 110)),) * 2)
        group = f"{seed}-{number}"
        yield Shown(encoded(picture, rng), group)
        name = LIGHT[int(rng.integers(len(LIGHT)))]
        data = encoded(EDITS[name][1](picture, rng, ()), rng)
        yield Shown(data, group, copied=EDITS[name][0], edit=mark + name)
        for copy in range(COPIES):
            name = names[order[count % len(names)]]
            count += 1
            if copy == COPIES - 1 and number % 2:
                edited, chain = chained(picture, rng, others.some(), int(rng.integers(2, 4)))
                if page and NOT_OF_PAGES.intersection(chain):
                    continue
            elif page and name in NOT_OF_PAGES:
                continue
            else:
                edit, chain = EDITS[name][1], [name]
                edited = edit(picture, rng, others.some() if edit.__module__.rpartition(".")[2] in SEVERAL else ())
            yield Shown(encoded(edited, rng), group, copied=_relations(chain), edit=mark + _named(chain))


def _relations(chain: Sequence[str]) -> str:
    return "+".join(EDITS[one][0] for one in chain)


def _named(chain: Sequence[str]) -> str:
    return "+".join(["chained", *chain] if len(chain) > 1 else chain)


def _touched(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    if rng.random() < TOUCHED:
        picture = EDITS[TOUCHES[int(rng.integers(len(TOUCHES)))]][1](picture, rng, ())
    return picture


def _worn(look_alike: Shown, picture: Image.Image, others: Beside, share: float) -> Iterator[Shown]:
    """So large a share of look-alikes have a copy by any edit, which resembles the others of the series as well."""
    rng = others.rng
    if rng.random() >= share or min(picture.size) < LEAST_WORN:
        return
    edited, chain = chained(picture, rng, others.some(), int(rng.random() < CHAINED) + 1)
    if not NOT_OF_PAGES.intersection(chain):
        mark = "" if look_alike.kind.startswith("scene:") else f"{NO_SCENE}+"
        data, name = encoded(edited, rng), mark + _named(chain)
        yield look_alike._replace(data=data, copied=_relations(chain), edit=name)


def _template_series(unseen: Iterator[Image.Image], others: Beside, seed: int) -> Iterator[Shown]:
    rng = np.random.default_rng((seed, 5))
    for number, (name, (relation, template)) in enumerate(TEMPLATES.items()):
        for design in range(DESIGNS if rng.random() < TEMPLATE_SHARE else 0):
            ground, series = next(unseen), f"{name}-{seed}-{design}"
            for content in range(CONTENTS):
                picture = template(
                    np.random.default_rng((seed, 3, number, design)),
                    np.random.default_rng((seed, 4, number, design, content)),
                    ground,
                    next(unseen),
                )
                shown = encoded(_touched(picture, rng), rng)
                yield (page := Shown(shown, f"{series}-{content}", series, relation, f"page:{name}"))
                yield from _worn(page, picture, others, WORN_PAGES)


def _scene_series(unseen: Iterator[Image.Image], others: Beside, seed: int) -> Iterator[Shown]:
    rng = np.random.default_rng((seed, 6))
    for name, (relation, scene) in SCENES.items():
        for number in range(CALLS):
            series = f"{name}-{seed}-{number}"
            # photographs of its own: what two scenes showed whole would be a copy
            for place, picture in enumerate(scene(rng, next(unseen), [next(unseen) for _ in range(BESIDE)])):
                shown = encoded(_touched(picture, rng), rng)
                yield (shot := Shown(shown, f"{series}-{place}", series, relation, f"scene:{name}"))
                yield from _worn(shot, picture, others, WORN_SCENES)


def _shift_series(unseen: Iterator[Image.Image], seed: int) -> Iterator[Shown]:
    rng = np.random.default_rng((seed, 7))
    for number, (name, (relation, shift)) in enumerate(SHIFTS.items()):
        for take in range(CALLS):
            series = f"{name}-{seed}-{take}"
            chances = np.random.default_rng((seed, 8, number, take)), np.random.default_rng((seed, 9, number, take))
            for place, picture in enumerate(shift(*chances, next(unseen), next(unseen))):
                shown = encoded(_touched(picture, rng), rng)
                yield Shown(shown, f"{series}-{place}", series, relation, f"shift:{name}")


def _set_series(unseen: Iterator[Image.Image], others: Beside, seed: int) -> Iterator[Shown]:
    for at, (name, (relation, drawn)) in enumerate(SETS.items()):
        for take in range(SETS_DRAWN):
            rng, series = np.random.default_rng((seed, 10, at, take)), f"{name}-{seed}-{take}"
            for group, pictures in enumerate(drawn(rng, next(unseen), [next(unseen) for _ in range(BESIDE)])):
                for number, picture in enumerate(pictures):
                    shown = encoded(picture, rng, KEPT)
                    yield (one := Shown(shown, f"{series}-{group}", series, relation, f"set:{name}"))
                    yield from _worn(one, picture, others, 0 if number else WORN_SETS)


SHOWN, ON_PAGES = 300, 3
"""Photographs that are shown on pages, and pages that show each."""


def on_pages(photographs: Sequence[Image.Image], seed: int) -> Iterator[Shown]:
    """Photographs, each on pages of several designs: these have it in common, and are not copies. To be a corpus of its
    own, since elsewhere no photograph is used twice.
    """
    rng, names = np.random.default_rng((seed, 11)), sorted(PICTURED)
    for number in range(min(SHOWN, len(photographs))):
        for page, at in enumerate(rng.choice(len(names), ON_PAGES, replace=False).tolist()):
            design, content = (np.random.default_rng((seed, 12, number, page, one)) for one in range(2))
            picture = TEMPLATES[names[at]][1](design, content, photographs[number], photographs[number])
            shown = encoded(_touched(picture, rng), rng)
            yield Shown(shown, f"{seed}-on-page-{number}-{page}", kind=f"page:{names[at]}")


THINGS, COLOURS = 300, 3
"""Things alone on plain ground, and colours that each is shown in."""


def in_colours(photographs: Sequence[Image.Image], seed: int) -> Iterator[Shown]:
    """Things in several colours: variants of one another, each kept twice. A corpus of its own, since no photograph is
    used twice.
    """
    for number in range(min(THINGS, len(photographs))):
        rng, series = np.random.default_rng((seed, 14, number)), f"repainted-{seed}-{number}"
        for colour, picture in enumerate(repainted(rng, photographs[number], COLOURS)):
            one = Shown(encoded(picture, rng, KEPT), f"{series}-{colour}", series, "variant", "set:repainted")
            yield one
            yield one._replace(data=encoded(_touched(resaved(picture, rng), rng), rng, KEPT))


SERIES, MEMBERS = 400, 4
"""Series, and pictures of each."""


def in_series(photographs: Sequence[Image.Image], seed: int) -> Iterator[Shown]:
    """What is made in series: variants of one another, each kept twice, the second time with any edit or lightly
    touched. Photographs are used again in prints, so this is a corpus of its own.
    """
    for number in range(SERIES):
        rng, name = np.random.default_rng((seed, 15, number)), f"series-{seed}-{number}"
        for member, picture in enumerate(made_in_series(rng, photographs, MEMBERS)):
            one = Shown(encoded(picture, rng, KEPT), f"{name}-{member}", name, "variant", "set:series")
            yield one
            if rng.random() < 0.5:
                yield one._replace(data=encoded(_touched(resaved(picture, rng), rng), rng, KEPT))
            else:
                yield from _worn(one, picture, Beside(photographs, len(photographs), rng), 1)


LABELS = ("", "clean", "overlaid", "variant", "view", "unclear")
"""What a pair is to the decision: '' nothing; clean: they show the same in what they have in common; overlaid: with
something laid over one of them; unclear: something laid over both, which is not learnt from.
"""


def label_of(a: Shown, b: Shown) -> tuple[str, str]:
    """Two pictures -> which of LABELS they are, and the kind of pair: the edits that made copies, after the family of
    look-alikes.
    """
    edits = sorted({one.edit for one in (a, b)} - {""})
    if a.group == b.group:
        laid = sum("overlaid" in one.copied.split("+") for one in (a, b))
        return ("clean", "overlaid", "unclear")[laid], "|".join(edits or [a.kind])
    if a.series and a.series == b.series:
        return ("clean" if a.relation == "overlap" else a.relation), "|".join([a.kind, *edits])
    return "", f"other:{a.edit or a.kind}|{b.edit or b.kind}"


class Examples(NamedTuple):
    """names: of the measures. measures: (n, len(names)) float32. label: (n,) index into LABELS. kind: (n,) str. ends:
    (n, 2) numbers of the pictures. contained: (n,) index into RELATIONS of what a copy would be by geometry.
    """

    names: list[str]
    measures: np.ndarray
    label: np.ndarray
    kind: np.ndarray
    ends: np.ndarray
    contained: np.ndarray


def fingerprinted(shown: Sequence[Shown], embedder: Embedder) -> tuple[list[Picture], np.ndarray]:
    """Pictures -> the same ready for comparison, and (n, d) float16 embeddings."""
    axes = keypoint_axes()
    pictures, planes = [], []
    for number, one in enumerate(shown):
        found = picture_of(decode(one.data, MOST_PIXELS), DEFAULT_PLANE)
        image = Decoded(Source(str(number), len(one.data), "", ""), b"", *found)
        made = sketch(image, SketchSettings(permutations=8))
        pictures.append(
            Picture(made.keypoints, made.panels, made.thumbnail, found.properties.width, found.properties.height, axes)
        )
        planes.append(found.planes.embedding)
    return pictures, embedder.embed(planes).astype(np.float16)


def examples(shown: Sequence[Shown], cosine: float = 0.4, differ: int = 3) -> Examples:
    """Pictures -> all pairs of them that a search proposes and that can be registered, measured, with the truth."""
    pictures, vectors = fingerprinted(shown, embedder_of(EmbedImages().embedding))
    count = len(pictures)
    rule = CandidateRule((ANY,) * (differ + 1), cosine)
    side = Screened(posting([picture.shingles for picture in pictures]), vectors)
    found = screen(side, side, np.triu(np.ones((count, count), bool), 1), rule)
    axes = keypoint_axes()
    names: list[str] = []
    rows: list[list[Any]] = [[], [], [], [], []]
    for (i, j), parity in zip(found.pairs.tolist(), found.parity.tolist(), strict=True):
        evidence = Evidence(pictures[i], pictures[j], axes, parity, float(vectors[i].astype(float) @ vectors[j]))
        evidence.gather()
        if evidence.measures is not None:
            names = list(evidence.measures)
            label, kind = label_of(shown[i], shown[j])
            values = list(evidence.measures.values()), LABELS.index(label), kind, (i, j)
            for column, value in zip(rows, (*values, RELATIONS.index(evidence.containment)), strict=True):
                column.append(value)
    measures, labels, kinds, ends, contained = rows
    arrays = np.array(labels), np.array(kinds), np.array(ends), np.array(contained)
    return Examples(names, np.array(measures, np.float32), *arrays)


COPIED = 0.3
"""Of pictures that were made tiny, those of which there are copies, one or two."""


class Tiny(NamedTuple):
    """How photographs are made tiny. side: of the squares, px. grid: a square shows one of grid x grid parts of a
    photograph, which have nothing in common.
    """

    side: int
    grid: int


PARTS = 4
"""Of a photograph that is cut into more, so many are shown."""


def photographed(folders: Sequence[Path], series: Sequence[Path], tiny: Tiny | None = None) -> Examples:
    """The photographs themselves: no two are copies. What lies in one folder below one of `series` was taken one after
    another of one thing: other views, where they can be aligned. tiny: they or their parts are made small squares
    first, at which many a thing on plain ground looks like another, and some of them a second time; None: they stay as
    they are.
    """
    return examples(list(_tiny(folders, series, tiny) if tiny else _whole(folders, series)))


def _placed(folders: Sequence[Path], series: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Photographs, and the series that each belongs to, or ''."""
    for path in files_below(folders):
        yield path, str(path.parent) if any(path.is_relative_to(one) for one in series) else ""


def _whole(folders: Sequence[Path], series: Sequence[Path]) -> Iterator[Shown]:
    for path, place in _placed(folders, series):
        yield Shown(path.read_bytes(), str(path), place, "view" if place else "", "photographed")


def _tiny(folders: Sequence[Path], series: Sequence[Path], tiny: Tiny) -> Iterator[Shown]:
    for number, (path, place) in enumerate(_placed(folders, series)):
        rng, photograph = np.random.default_rng((*tiny, number)), Image.open(path).convert("RGB")
        relation = "view" if place else ""
        cells = rng.permutation(tiny.grid**2)[:PARTS].tolist()
        for cell in cells:
            part, group = _part(photograph, tiny.grid, cell), f"{path}#{cell}"
            if min(part.size) < tiny.side:
                continue
            yield Shown(_stored(squared(part, tiny.side), 92), group, place, relation, "tiny")
            for _copy in range(int(rng.integers(1, 3)) if rng.random() < COPIED else 0):
                copy = squared_again(part, tiny.side, rng)
                yield Shown(_stored(copy, int(rng.integers(80, 97))), group, place, relation, "tiny")


def _part(photograph: Image.Image, grid: int, cell: int) -> Image.Image:
    """One of the grid x grid equal parts."""
    wide, tall, (row, column) = photograph.width // grid, photograph.height // grid, divmod(cell, grid)
    return photograph.crop((column * wide, row * tall, (column + 1) * wide, (row + 1) * tall))


def _stored(picture: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
