"""The smooth map that was looked for where no straight one explained all."""

from lookalike.transforms.functional.registration.warp import Warp

NONE = dict.fromkeys(("warp_rise", "warp_inliers", "warp_share", "warp_bend", "warp_crosswise"), 0.0)


def warp_measures(warp: Warp | None, rise: float) -> dict[str, float]:
    """How well it is founded, and how much more agrees under it; see `warp.Warp`. rise: of weighted structure."""
    if warp is None:
        return NONE
    return {
        "warp_rise": rise,
        "warp_inliers": float(len(warp.inliers)),
        "warp_share": warp.share,
        "warp_bend": warp.bend,
        "warp_crosswise": warp.crosswise,
    }
