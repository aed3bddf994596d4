"""The block `collapse`."""

from lookalike.transforms.core.settings.kinds import CountOrNone, Settings, Share


class CollapseSettings(Settings):
    """Which images are matched by their pixels only. Of several with equal pixels, one is searched for all."""

    textured: Share = 0.01
    """An image is structureless if less than this share of its windows is textured ..."""
    keypoints: CountOrNone = 5
    """... and it has fewer keypoints than this; it then matches by equal pixels only."""
