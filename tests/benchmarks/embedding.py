"""What an embedding costs: R-MAC of a network of torchvision beside its plain forward, in one process and one run.

    python -m tests.benchmarks.embedding [--backbone resnet50] [--side 224] [--device cpu] [--rounds 8]

On a CPU, figures are CPU milliseconds a picture, one thread, the median of rounds in which all take turns. On a GPU
they are wall time, with the transfer of the pictures and the peak of memory.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torchvision import models

from lookalike.transforms.embedding.backbone import Backbone
from lookalike.transforms.embedding.model import TorchEmbedder
from lookalike.transforms.embedding.settings import Embedding
from lookalike.transforms.functional.drawing.procedural import draw_picture
from lookalike.transforms.functional.embedding.pooling import Pooling

PICTURES = 32


def plain(name: str, device: torch.device, batch: int) -> Callable[[], object]:
    """torchvision's network as it comes, on pictures that are tensors already."""
    network = models.get_model(name, weights=None).eval().to(device)
    pictures = torch.rand(PICTURES, 3, 224, 224, device=device)

    def forward() -> None:
        with torch.inference_mode():
            for first in range(0, PICTURES, batch):
                network(pictures[first : first + batch])

    return forward


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
    found = contenders(args.backbone, args.side, args.device)
    times: dict[str, list[float]] = {name: [] for name in found}
    for run in found.values():
        run()
    for _ in range(args.rounds):
        for name, run in found.items():
            started = clock()
            run()
            if args.device == "cuda":
                torch.cuda.synchronize()
            times[name].append(1000 * (clock() - started) / PICTURES)
    median = {name: statistics.median(values) for name, values in times.items()}
    best = min(value for name, value in median.items() if name.startswith("torchvision"))
    print(f"\n{args.backbone}, {args.side} px, {args.device}\n")
    print("| | ms a picture | pictures/s | ratio |\n|---|---|---|---|")
    for name, value in median.items():
        print(f"| {name} | {value:.2f} | {1000 / value:.1f} | {best / value:.2f} |")
    if args.device == "cuda":
        print(f"\nPeak memory of the device: {torch.cuda.max_memory_allocated() / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
