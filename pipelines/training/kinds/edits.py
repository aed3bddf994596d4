"""What happens to pictures: a picture in, a copy out, by family, with parameters by chance.

Each family says what its copies are to the picture they were made from: the same, overlaid (something was laid over it,
or hides places of it), its part, or a whole that shows it among other things. The modules that the families come from
are the wider kinds: `EDITS[name][1].__module__`.
"""

import math

from PIL import Image

from lookalike.pipelines.training.kinds.appearance import (
    artistic,
    camera,
    colours,
    encoding,
    rephotography,
    tones,
    weather,
)
from lookalike.pipelines.training.kinds.laid_over import captions, interfaces, overlays
from lookalike.pipelines.training.kinds.shape import collages, cropping, framing, geometry, reposted, screenshots, warps
from lookalike.pipelines.training.kinds.tools.canvas import Edit, Others, Rng

EDITS: dict[str, tuple[str, Edit]] = {
    function.__name__: (relation, function)
    for relation, functions in {
        "same": (
            *(encoding.compress, encoding.compress_hard, encoding.resize, encoding.thumbnail, encoding.platform),
            *(encoding.palette, encoding.web_palette, encoding.chroma_subsampled, encoding.rows_shifted),
            *(geometry.stretch, geometry.stretch_far, geometry.turn, geometry.turn_far, geometry.quarter_turn),
            *(geometry.mirror, geometry.perspective, geometry.keystone, geometry.shear),
            *(warps.lens, warps.fish_eye, warps.bulge, warps.wave, warps.ripple, warps.swirl, warps.elastic),
            *(warps.grid_distortion, warps.page_curl, warps.crumpled, warps.jittered, warps.round_body),
            *(cropping.trim, cropping.wrapped),
            *(tones.tone, tones.exposure, tones.faded, tones.contrast_far, tones.curve, tones.negative),
            *(tones.posterise, tones.solarise, tones.threshold, tones.equalise, tones.local_contrast, tones.hdr),
            *(tones.shadows_lights, tones.banded),
            *(colours.saturation, colours.white_balance, colours.grey_or_sepia, colours.hue, colours.channels_swapped),
            *(colours.channel_lost, colours.channels_apart, colours.duotone, colours.false_colour),
            *(colours.cross_process, colours.selective_colour, colours.tinted, colours.app_filter),
            *(colours.hand_coloured, colours.colour_blind, colours.scrim),
            *(camera.blur, camera.blur_far, camera.motion_blur, camera.zoom_blur, camera.out_of_focus, camera.sharpen),
            *(camera.halos, camera.noise, camera.salt_and_pepper, camera.speckle, camera.high_iso, camera.film_grain),
            *(camera.vignette, camera.fringes, camera.night_vision, camera.ghosted, camera.smeared),
            *(weather.lighting, weather.fogged, weather.shadow, weather.flare, weather.light_leak, weather.glare),
            weather.glow,
            *(artistic.pixelated, artistic.crystals, artistic.oil, artistic.cartoon, artistic.pencil, artistic.edges),
            *(artistic.emboss, artistic.smoothed, artistic.halftone, artistic.tiles, artistic.hatching),
            *(artistic.brushed, artistic.stippled, artistic.letters),
            *(rephotography.screen_photographed, rephotography.moire, rephotography.printed_and_scanned),
            *(rephotography.photocopied, rephotography.faxed, rephotography.tube, rephotography.scan_lines),
            *(rephotography.interlaced, rephotography.tape, rephotography.newsprint),
            *(framing.border, framing.squared, framing.story, framing.print_white, framing.framed, framing.film),
            *(framing.stamp, framing.card, framing.split),
            reposted.postage,
        ),
        "part": (
            *(cropping.crop, cropping.crop_half, cropping.crop_far, cropping.crop_aspect, cropping.strips_removed),
            *(cropping.seams_carved, cropping.half_mirrored, cropping.cut_out, cropping.torn, cropping.faded_edges),
            *(cropping.shifted, geometry.turn_cut, encoding.truncated, reposted.askew, reposted.reposted),
        ),
        "overlaid": (
            *(weather.bokeh, weather.rain, weather.snow, weather.drops, weather.spatter, weather.scratches),
            *(weather.broken_glass, warps.folded_corner, encoding.blocks_lost),
            *(captions.caption, captions.meme, captions.subtitles, captions.lower_third, captions.dated),
            *(captions.channel_logo, captions.watermark, captions.watermark_tiled, captions.quoted, captions.ribbon),
            *(captions.coded, captions.paragraph),
            *(overlays.emoji, overlays.sticker, overlays.sticker_large, overlays.marks, overlays.scribbled),
            *(overlays.censored, overlays.pixelated_regions, overlays.stripes, overlays.pattern, overlays.ornaments),
            *(overlays.blended, overlays.emoji_one),
            reposted.reposted_marked,
            *(interfaces.before_after, interfaces.player, interfaces.story_marks, interfaces.annotated),
            *(interfaces.desktop, interfaces.phone_ground),
            *(framing.meme_bars, framing.poster, framing.print_signed, framing.marked_frame),
        ),
        "whole": (
            *(screenshots.screenshot, screenshots.window, screenshots.browser, screenshots.feed, screenshots.chat),
            *(screenshots.gallery, screenshots.shop, screenshots.slide, screenshots.cover, screenshots.on_wall),
            *(screenshots.on_device, screenshots.on_billboard),
            *(collages.collage, collages.collage_cut, collages.small_tiles, collages.contact_sheet),
            *(collages.scrapbook, collages.film_strip, collages.side_by_side, collages.picture_in_picture),
            collages.inset,
        ),
    }.items()
    for function in functions
}
"""Name of a family -> what a copy is to its original, and the edit."""

REPAINTED = frozenset(
    ("hue", "channels_swapped", "false_colour", "selective_colour", "duotone", "hand_coloured", "colour_blind")
)
"""Families that make of a drawing another one, as another flag, shirt or sprite is: a photograph stays what it was."""
LEAST = {
    "contact_sheet": 0.04,
    "inset": 0.04,
    "small_tiles": 0.08,
    "crop_far": 0.1,
    "picture_in_picture": 0.12,
    "collage": 0.15,
    "postage": 0.15,
    "scrapbook": 0.15,
    "askew": 0.2,
    "chat": 0.2,
    "collage_cut": 0.2,
    "browser": 0.25,
    "crop": 0.25,
    "film_strip": 0.25,
    "half_mirrored": 0.25,
    "on_billboard": 0.25,
    "on_device": 0.25,
    "on_wall": 0.25,
    "shop": 0.25,
    "story": 0.25,
    "crop_aspect": 0.3,
    "feed": 0.3,
    "reposted": 0.3,
    "gallery": 0.3,
    "screenshot": 0.3,
    "slide": 0.3,
    "cover": 0.35,
    "cut_out": 0.35,
    "faded_edges": 0.35,
    "thumbnail": 0.35,
    "window": 0.35,
    "blur_far": 0.4,
    "crystals": 0.4,
    "letters": 0.4,
    "pixelated": 0.4,
    "squared": 0.4,
    "stippled": 0.4,
    "torn": 0.4,
    "turn_cut": 0.4,
    "border": 0.45,
    "print_white": 0.45,
    "strips_removed": 0.45,
    "tiles": 0.45,
    "truncated": 0.45,
    "card": 0.5,
    "compress_hard": 0.5,
    "crop_half": 0.5,
    "faxed": 0.5,
    "framed": 0.5,
    "side_by_side": 0.5,
    "turn": 0.5,
    "poster": 0.55,
    "shifted": 0.55,
    "stamp": 0.55,
    "edges": 0.6,
    "film_grain": 0.6,
    "halftone": 0.6,
    "hatching": 0.6,
    "jittered": 0.6,
    "phone_ground": 0.6,
    "newsprint": 0.6,
    "paragraph": 0.6,
    "perspective": 0.6,
    "quoted": 0.6,
    "reposted_marked": 0.6,
    "smeared": 0.6,
    "speckle": 0.6,
    "stripes": 0.6,
    "threshold": 0.6,
    "turn_far": 0.6,
    "film": 0.65,
    "print_signed": 0.65,
    "banded": 0.7,
    "desktop": 0.7,
    "exposure": 0.7,
    "fish_eye": 0.7,
    "meme_bars": 0.7,
    "pattern": 0.7,
    "round_body": 0.7,
    "salt_and_pepper": 0.7,
    "seams_carved": 0.7,
    "wrapped": 0.7,
    "censored": 0.75,
    "sticker_large": 0.75,
    "faded": 0.8,
    "keystone": 0.8,
    "noise": 0.8,
    "resize": 0.8,
    "split": 0.8,
    "folded_corner": 0.85,
}
"""Of the families that leave less of a picture, or show it small: about the least share that is left, of its area, of
the copy's, or of its detail.
"""
LEFT = 0.15
"""What is left at the least by a chain."""


def _bearable(names: list[str]) -> bool:
    """Whether so much of a picture is left by them together that it can be known again."""
    relations = [EDITS[name][0] for name in names]
    lessening = [LEAST[name] for name in names if name in LEAST]
    few = relations.count("part") <= 1 and relations.count("whole") <= 1
    return few and (len(lessening) <= 1 or math.prod(lessening) >= LEFT)


def chained(image: Image.Image, rng: Rng, others: Others, count: int) -> tuple[Image.Image, list[str]]:
    """So many edits of different families, one after another, and their names in the order in which they were done.

    A picture is cut before anything else, and set among others after everything else, so that no later cut loses it: at
    the most one cut and one setting, and no edits that leave less than LEFT of it together.
    """
    names: list[str] = []
    for name in rng.permutation(list(EDITS)).tolist():
        if len(names) < count and _bearable([*names, name]):
            names.append(name)
    names.sort(key=lambda name: {"part": 0, "whole": 2}.get(EDITS[name][0], 1))
    for name in names:
        image = EDITS[name][1](image, rng, others)
    return image, names
