"""Copies that a GPU makes of whole batches: parts, turned ones, ones that are placed on others; seen from a side."""

import torch
from torch.nn import functional

CUT, PLACED = 0.5, 0.3
"""Shares of copies that are a part of their original, and that show it on something else; the rest is turned."""


def moved(pictures: torch.Tensor, aspects: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(n, 3, side, side) in 0..255 and their aspect ratios -> copies, theirs, and whose picture each lies on, or -1.

    Geometry is that of the plane: lengths are in units of half the root of the picture's area.
    """
    n, device = len(pictures), pictures.device

    def chance(*shape: int) -> torch.Tensor:
        return torch.rand(n, *shape, device=device)

    # symmetries of the square: one for each quarter of the batch, and mirrored by chance
    turned = torch.randint(4, (n,), device=device) * (chance() < 0.35)
    kind = chance()
    cut, placed = kind < CUT, (kind >= CUT) & (kind < CUT + PLACED)
    size = torch.where(cut, torch.exp(chance() * -1.8), 1 + 0 * kind)
    size = torch.where(placed, 1 / (0.18 + 0.67 * chance()), size).sqrt()
    slight, wild = torch.randn(n, device=device) * 0.2, (chance() - 0.5) * 1.6
    angle = torch.where(chance() < 0.6, slight, wild) * ((chance() < 0.4) | (kind >= CUT + PLACED))
    spread = (angle.abs().cos() + angle.abs().sin()).clamp(min=1)
    whole = (kind >= CUT + PLACED) & (chance() < 0.5)
    size = torch.where(whole, size * spread, size)
    wide = (aspects * torch.exp(torch.randn(n, device=device) * 0.15 * (chance() < 0.7))).clamp(0.4, 2.5)
    # (n, 2) half sides of canvas and picture
    out = torch.stack([wide.sqrt(), wide.rsqrt()], 1)
    own = torch.stack([aspects.sqrt(), aspects.rsqrt()], 1)
    free = torch.where(cut[:, None], (own - out * size[:, None]).clamp(min=0), (out * size[:, None] - own).clamp(min=0))
    shift = (chance(2) * 2 - 1) * free * (cut | placed)[:, None]
    side = pictures.shape[-1]
    line = torch.linspace(-1 + 1 / side, 1 - 1 / side, side, device=device)
    v, u = torch.meshgrid(line, line, indexing="ij")
    grid = torch.stack([u, v], -1)[None] * (1 - 2 * (chance(1, 1, 1) < 0.5) * torch.tensor([1.0, 0.0], device=device))
    tilt = torch.randn(n, 1, 1, 2, device=device) * 0.12 * (chance(1, 1, 1) < 0.3)
    grid = grid / (1 + (grid * tilt).sum(-1, keepdim=True)).clamp(min=0.4)
    place = grid * out[:, None, None] * size[:, None, None, None]
    cosine, sine = angle.cos()[:, None, None], angle.sin()[:, None, None]
    x = place[..., 0] * cosine - place[..., 1] * sine + shift[:, None, None, 0]
    y = place[..., 0] * sine + place[..., 1] * cosine + shift[:, None, None, 1]
    at = torch.stack([x, y], -1) / own[:, None, None]
    near = functional.grid_sample(pictures, at, padding_mode="border", align_corners=False)
    far = functional.grid_sample(functional.avg_pool2d(pictures, 2), at, padding_mode="border", align_corners=False)
    copies = torch.where((size > 1.35)[:, None, None, None], far, near)
    inside = (at.abs().amax(-1) <= 1)[:, None].to(pictures.dtype)
    under = torch.randperm(n, device=device)
    plain = (chance() < 0.5) | ~placed
    ground = chance(3)[:, :, None, None] * 255
    grey = torch.tensor([0.0, 255.0, 128.0], device=device)[torch.randint(3, (n,), device=device)][:, None, None, None]
    ground = torch.where(chance(1, 1, 1) < 0.5, ground, grey)
    ground = torch.where(plain[:, None, None, None], ground, pictures[under])
    copies = copies * inside + ground * (1 - inside)
    for quarter in range(1, 4):
        chosen = (turned == quarter)[:, None, None, None]
        copies = torch.where(chosen, torch.rot90(copies, quarter, (2, 3)), copies)
    wide = torch.where(turned % 2 == 1, 1 / wide, wide)
    return copies, wide, torch.where(plain, -1, under)
