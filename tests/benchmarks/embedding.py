"""What an embedding costs: R-MAC of a network of torchvision beside its plain forward, or the embedded backbone on a
device beside the CPU, in one process and one run.

    python -m tests.benchmarks.embedding [--backbone resnet50] [--side 224] [--device cpu] [--rounds 8]
    python -m tests.benchmarks.embedding --backbone embedded [--device cpu] [--rounds 8]

On a CPU, figures are CPU milliseconds a picture, one thread, the median of rounds in which all take turns. On a GPU
they are wall time, with the transfer of the pictures and the peak of memory. The embedded backbone gets pictures of
several shapes, and its descriptors must be those of the CPU to the bit.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torchvision import models

from lookalike.transforms.core.settings.embed import EMBEDDED, EmbedSettings
from lookalike.transforms.embedding.backbone import Backbone
from lookalike.transforms.embedding.embedder import embedder_of
from lookalike.transforms.embedding.model import TorchEmbedder
from lookalike.transforms.embedding.settings import Embedding, embedding_of
from lookalike.transforms.functional.drawing.procedural import draw_picture
from lookalike.transforms.functional.embedding.pooling import Pooling

PICTURES = 32
SHAPES = ((160, 160), (139, 184), (184, 139), (120, 213), (213, 120))
"""Of pictures with the embedded backbone's area, as cameras, phones and pages have them."""


def plain(name: str, device: torch.device, batch: int) -> Callable[[], object]:
    """torchvision's network as it comes, on pictures that are tensors already."""
    network = models.get_model(name, weights=None).eval().to(device)
    pictures = torch.rand(PICTURES, 3, 224, 224, device=device)

    def forward() -> None:
        with torch.inference_mode():
            for first in range(0, PICTURES, batch):
                network(pictures[first : first + batch])

    return forward


def embedded(device: str) -> dict[str, Callable[[], object]]:
    """The embedded backbone on a CPU, and on a device, in batches of several sizes.

    Raises:
        SystemExit: the device's descriptors are not the CPU's.
    """
    planes = [draw_picture(seed, *SHAPES[seed % len(SHAPES)]) for seed in range(PICTURES * len(SHAPES))]
    embedding = embedding_of(EmbedSettings())
    usual = embedder_of(embedding)
    wanted = usual.embed(planes)
    found: dict[str, Callable[[], object]] = {"embedded, usual, CPU": lambda: usual.embed(planes)}
    for batch in (8, 32, 128):
        model = TorchEmbedder(embedding, device, batch=batch)
        if not np.array_equal(model.embed(planes), wanted):
            raise SystemExit(f"{device}: other descriptors than on the CPU, in batches of {batch}")
        found[f"embedded, by PyTorch, {device}, batch {batch}"] = lambda model=model: model.embed(planes)
    print(f"{len(planes)} descriptors are the same to the bit on {device} and by the CPU's usual way")
    return found


def contenders(name: str, side: int, device: str) -> dict[str, Callable[[], object]]:
    planes = [draw_picture(seed, side, side) for seed in range(PICTURES)]
    embedding = Embedding(Backbone(name, input_shape=(side, side)), Pooling())
    found: dict[str, Callable[[], object]] = {}
    batches = (1, 8) if device == "cpu" else (8, 32)
    for batch in batches:
        found[f"torchvision, eager forward alone, batch {batch}"] = plain(name, torch.device(device), batch)
    full = TorchEmbedder(embedding, device, batch=PICTURES)
    found["R-MAC, from decoded pixels"] = lambda: full.embed(planes)
    flags = Path("/proc/cpuinfo").read_text()
    if device != "cpu" or "avx512_bf16" in flags or "amx_bf16" in flags:
        half = TorchEmbedder(embedding, device, half=True, batch=8 if device == "cpu" else PICTURES)
        found["R-MAC, from decoded pixels, half"] = lambda: half.embed(planes)
    if side == 224:
        exact, short = full.embed(planes).astype(np.float32), found.get("R-MAC, from decoded pixels, half")
        if short is not None:
            cosine = (exact * np.asarray(short(), np.float32)).sum(1)
            print(f"cosine of full and half precision: at least {cosine.min():.5f}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backbone", default="resnet50")
    parser.add_argument("--side", type=int, default=224)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=8)
    args = parser.parse_args()
    torch.set_num_threads(1)
    clock = time.process_time if args.device == "cpu" else time.perf_counter
    own = args.backbone == EMBEDDED
    found = embedded(args.device) if own else contenders(args.backbone, args.side, args.device)
    pictures = PICTURES * len(SHAPES) if own else PICTURES
    times: dict[str, list[float]] = {name: [] for name in found}
    for run in found.values():
        run()
    for _ in range(args.rounds):
        for name, run in found.items():
            started = clock()
            run()
            if args.device == "cuda":
                torch.cuda.synchronize()
            times[name].append(1000 * (clock() - started) / pictures)
    median = {name: statistics.median(values) for name, values in times.items()}
    best = min(value for name, value in median.items() if name.startswith(("torchvision", "embedded, usual")))
    print(f"\n{args.backbone}, {'several shapes' if own else f'{args.side} px'}, {args.device}\n")
    print("| | ms a picture | pictures/s | ratio |\n|---|---|---|---|")
    for name, value in median.items():
        print(f"| {name} | {value:.2f} | {1000 / value:.1f} | {best / value:.2f} |")
    if args.device == "cuda":
        print(f"\nPeak memory of the device: {torch.cuda.max_memory_allocated() / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
