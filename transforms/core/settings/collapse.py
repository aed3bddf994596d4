"""The block `collapse`."""

from lookalike.transforms.core.settings.kinds import CountOrNone, Settings, Share


class CollapseSettings(Settings):
    """Which images have too little structure to be compared. They match by equal pixels only."""

    textured: Share = 0.01
    """An image has no structure if a smaller share of its windows than this is textured, and it has fewer keypoints
    than `collapse.keypoints`."""
    keypoints: CountOrNone = 5
    """An image has no structure if it has fewer keypoints than this, and a smaller share of its windows than
    `collapse.textured` is textured."""
