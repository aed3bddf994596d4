"""Look-alikes made from photographs, which are no copies: other shots, pans, other content on one ground, and
different pictures that have an element in common.
"""

import functools
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from lookalike.pipelines.training.kinds.scenery.bursts import alive, burst, leaves, moved_subject, passers_by
from lookalike.pipelines.training.kinds.scenery.objects import box_in_hand, can_in_hand
from lookalike.pipelines.training.kinds.scenery.overlaps import mosaic, panned, two_crops
from lookalike.pipelines.training.kinds.scenery.parallax import corner, facade, heap, shelf, step_aside, texture_again
from lookalike.pipelines.training.kinds.scenery.plain import (
    apart_on_one,
    fog,
    night,
    patterns,
    plain_ground,
    small_ones,
    textures,
)
from lookalike.pipelines.training.kinds.scenery.shared import (
    shared_backdrop,
    shared_caption,
    shared_logo,
    shared_mount,
    shared_overlay,
    shared_sticker,
    shared_tile,
)
from lookalike.pipelines.training.kinds.scenery.shots import Rng, drawn, grade, shots, told_apart
from lookalike.pipelines.training.kinds.scenery.solid import building, laid_table, street
from lookalike.pipelines.training.kinds.scenery.variants import (
    billboards,
    captions,
    clocks,
    date_stamps,
    digits,
    doodles,
    holes,
    labels,
    other_stickers,
    placed,
    recoloured,
    swapped_faces,
    watermarks,
)

Scene = Callable[[Rng, Image.Image, Sequence[Image.Image]], list[Image.Image]]
"""(chance, a photograph, other photographs) -> pictures of which any two have the scene's relation."""

TRIES = 12
"""Draws before a scene gives up on chance."""
PLAIN = 3
"""Draws from the photograph that was given; where all come out too much alike, it is too plain, and one is drawn."""


def _scene(states: Callable[[Rng, Image.Image, Sequence[Image.Image]], list[np.ndarray]], by_camera: bool) -> Scene:
    """Pictures of a scene's states; by_camera: each is taken by one that shakes and exposes anew.

    States lie in one place, so what differs between them is what differs in the scene: they are drawn again until a
    person can tell them apart.
    """

    @functools.wraps(states)
    def pictures(rng: Rng, photograph: Image.Image, others: Sequence[Image.Image]) -> list[Image.Image]:
        if not others:
            raise ValueError("a scene needs other photographs beside its own")
        for draw in range(TRIES):
            if draw >= PLAIN:
                photograph = drawn(rng)
            shown = states(rng, photograph, others)
            if by_camera:
                shown = shots(rng, shown, grade(rng))
            if len(shown) > 1 and told_apart(shown):
                return [Image.fromarray(picture) for picture in shown]
        raise ValueError(f"{states.__name__} drew nothing that can be told apart, {TRIES} times")

    return pictures


SCENES: dict[str, tuple[str, Scene]] = {
    function.__name__: (relation, _scene(function, relation == "view"))
    for relation, functions in {
        "view": (
            *(step_aside, heap, texture_again, corner, facade, shelf, burst, moved_subject, passers_by, alive, leaves),
            *(can_in_hand, box_in_hand, building, street, laid_table),
        ),
        "overlap": (panned, two_crops, mosaic),
        "variant": (
            *(captions, other_stickers, placed, recoloured, labels, digits, clocks, billboards, swapped_faces, holes),
            *(watermarks, date_stamps, doodles),
        ),
        "": (
            *(shared_logo, shared_sticker, shared_caption, shared_mount, shared_overlay, shared_tile, shared_backdrop),
            *(plain_ground, small_ones, patterns, fog, apart_on_one, textures, night),
        ),
    }.items()
    for function in functions
}
"""Name -> what any two pictures of one call are to one another ('': nothing, they share an element), and the scene."""
