"""How long `lookalike review` takes on an audit of many clusters: to start, to show a page, to answer questions.

    python -m tests.benchmarks.review [--clusters 100000]

The audit is synthetic (`tests.synthetic_audit`). A page is measured in headless Chromium, from the request until its
cards are drawn and the thumbnails in view are there.
"""

import argparse
import resource
import statistics
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from lookalike.pipelines.review.server.serving import serving
from tests.browser.chromium import chromium
from tests.synthetic_audit import synthetic_audit

TRIES = 5
QUESTIONS = {
    "first page": "",
    "page 3,000": "page=3000",
    "least sure first": "sort=unsure",
    "a name": "text=0099999",
    "a folder": "folder=/pictures/42",
    "a relation": "relation=part&sort=bytes",
    "probability and size": "low=0.6&high=0.7&smallest=3",
    "not decided yet": "verdict=none",
    "variants": "view=pairs&relation=variant",
    "all pairs, surest first": "view=pairs&sort=sure",
}
"""Name -> query of the address of cards."""
SHOWN = """
const done = arguments[0];
const look = () => {
  const cards = document.querySelectorAll("section.cluster");
  const pictures = [...document.querySelectorAll("section.cluster img")];
  const inView = pictures.filter((p) => p.getBoundingClientRect().top < innerHeight);
  if (cards.length && inView.every((p) => p.complete && p.naturalWidth)) done([performance.now(), inView.length]);
  else requestAnimationFrame(look);
};
look();
"""
"""Milliseconds since the page was asked for, once it is there, and how many pictures are in view."""


def main(clusters: int) -> None:
    """Print a table."""
    with tempfile.TemporaryDirectory() as folder:
        audit = synthetic_audit(Path(folder) / "audit", clusters)
        begun = time.perf_counter()
        with serving(str(audit), f"{folder}/verdicts.csv") as (server, address):
            print(f"{clusters:,} clusters; ready after {time.perf_counter() - begun:.1f} s")
            threading.Thread(target=server.run, daemon=True).start()
            for name, query in QUESTIONS.items():
                print(f"{name:26} {1000 * seconds(f'{address}cards?{query}'):6.0f} ms")
            with chromium() as browser:
                browser.set_script_timeout(60)
                for number in range(TRIES):
                    browser.get(address)
                    taken, pictures = browser.execute_async_script(SHOWN)
                    print(f"in the browser, try {number + 1}: {taken:.0f} ms, {pictures} pictures in view")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"at most {peak:.2f} GB of memory, the making of the audit included")


def seconds(address: str) -> float:
    """The median of several tries."""
    taken = []
    for _ in range(TRIES):
        begun = time.perf_counter()
        with urllib.request.urlopen(address) as response:
            response.read()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clusters", type=int, default=100_000)
    main(parser.parse_args().clusters)
