"""Pairs of every relation, drawn, and what was measured of them.

Rewritten by `python -m tests.functional.verification.golden`.

A change of the measures or of the trees is meant to show here: look at what changed before it is rewritten.
"""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from lookalike.pipelines.training.kinds.edits import EDITS
from lookalike.pipelines.training.kinds.scenes import SCENES
from lookalike.pipelines.training.kinds.shifts import SHIFTS
from lookalike.pipelines.training.kinds.templates import TEMPLATES
from lookalike.transforms.core.records import Image as Decoded
from lookalike.transforms.core.records import Source
from lookalike.transforms.core.settings.sketch import SketchSettings
from lookalike.transforms.embedding.settings import DEFAULT_PLANE
from lookalike.transforms.fingerprinting.sketch import sketch
from lookalike.transforms.functional.drawing.procedural import draw_picture
from lookalike.transforms.functional.images.decode import decode
from lookalike.transforms.functional.images.reduction import picture_of
from lookalike.transforms.functional.verification.decision import decide
from lookalike.transforms.functional.verification.evidence import Evidence
from lookalike.transforms.functional.verification.picture import Picture
from lookalike.transforms.weights import decision_models, keypoint_axes
from tests.decisions import by_itself

FILE = Path(__file__).with_name("golden.json")
COSINE = 0.7
"""Of the embeddings of all pairs: none is computed here."""
EDITED = {
    "same": ("compress", "resize", "tone", "mirror", "lens", "noise", "border"),
    "overlaid": ("caption", "lower_third", "dated"),
    "part": ("crop",),
    "whole": ("collage", "gallery"),
}
"""Relation of the original to its copy seen from the copy, and the edits: a part of the original is smaller than it."""
REDRAWN = ("emboss", "edges", "solarise", "negative")
"""Edits by which keypoints place little or nothing, or only once they are turned: what is told of them is not asked
for."""
PARITY = {"negative": 2}
"""What the words that two pictures share say was done to the one; of all others they say nothing."""
SCENED = ("step_aside", "shelf", "captions", "placed", "panned", "shared_sticker", "shared_caption")
PAGED = ("form", "bar_chart", "sprite", "letter", "web_page")
SHIFTED = ("scrolled_article",)


def photograph(number: int) -> Image.Image:
    """A drawn picture that stands for one."""
    return Image.fromarray(draw_picture(7_000_000 + number, 420, 320))


def compared(picture: Image.Image) -> Picture:
    """A picture as it is compared."""
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "PNG", compress_level=1)
    found = picture_of(decode(buffer.getvalue(), 50_000_000), DEFAULT_PLANE)
    made = sketch(Decoded(Source("", 0, "", ""), b"", *found), SketchSettings(permutations=8))
    return Picture(
        made.keypoints, made.panels, made.thumbnail, found.properties.width, found.properties.height, keypoint_axes()
    )


def drawn() -> Iterator[tuple[str, Image.Image, Image.Image]]:
    """Names, and two pictures each."""
    beside = [photograph(100 + number) for number in range(6)]
    for number, name in enumerate(name for names in EDITED.values() for name in names):
        own, rng = photograph(number), np.random.default_rng(number)
        yield name, own, EDITS[name][1](own, rng, beside)
    for number, name in enumerate(REDRAWN):
        own = photograph(30 + number)
        yield name, own, EDITS[name][1](own, np.random.default_rng(number), beside)
    for number, name in enumerate(SCENED):
        first, second, *_ = SCENES[name][1](np.random.default_rng(number), photograph(50 + number), beside)
        yield name, first, second
    for number, name in enumerate(PAGED):
        first, second = (
            TEMPLATES[name][1](
                np.random.default_rng(number), np.random.default_rng((number, content)), beside[0], beside[content]
            )
            for content in (1, 2)
        )
        yield name, first, second
    for number, name in enumerate(SHIFTED):
        first, second = SHIFTS[name][1](np.random.default_rng(number), np.random.default_rng(9), beside[0], beside[1])
        yield name, first, second
    yield "unrelated", photograph(200), photograph(201)


def gathered() -> dict[str, Evidence]:
    """Evidence of all pairs."""
    found = {}
    for name, a, b in drawn():
        found[name] = Evidence(compared(a), compared(b), keypoint_axes(), PARITY.get(name, -1), COSINE)
        found[name].gather()
    return found


def main() -> None:
    """Write FILE."""
    found = gathered()
    decisions = list(map(by_itself, decide(list(found.values()), decision_models(), 0.5)))
    table = {
        name: {"relation": decision.relation, "probability": decision.probability, "measures": evidence.measures}
        for (name, evidence), decision in zip(found.items(), decisions, strict=True)
    }
    FILE.write_text(json.dumps(table, indent=1) + "\n")
    for name, row in table.items():
        print(name, row["relation"], row["probability"])


if __name__ == "__main__":
    main()
