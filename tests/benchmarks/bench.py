"""All benchmarks in one run: tables in Markdown and Parquet, a plot of cost against the size of the corpus, and one of
what is found against its cost.

    python -m tests.benchmarks.bench [--corpus FOLDER --truth FILE] [--sizes N ...] [--output DIR]

`make bench` runs it, in the environment of peers that it makes. Without a corpus: the demo corpus.
"""

import argparse
import datetime
import os
import platform
import tempfile
from pathlib import Path

import numpy as np

from lookalike.pipelines.evaluate.demo import make_demo
from tests.benchmarks.peer_tools import CNN
from tests.benchmarks.tables import Table, told_by, write_parquet

PRECISE = 0.99
"""Share of the pairs that a tool must be right about for what it finds to count."""


def processor() -> str:
    """What the system calls it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def exponent(images: np.ndarray, cpu: np.ndarray) -> float:
    """Of the power of the number of images that the cost grows with, by least squares."""
    return float(np.polyfit(np.log(images), np.log(cpu), 1)[0])


def plot(scale: Table, path: str) -> None:
    """CPU seconds against images, both logarithmic, beside a straight proportion."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    even = np.array([row[1:3] for row in scale.rows if str(row[0]).startswith("even")], float)
    uneven = np.array([row[1:3] for row in scale.rows if str(row[0]).startswith("uneven")], float)
    figure, axes = pyplot.subplots(figsize=(6.4, 4.4), dpi=120)
    axes.loglog(even[:, 0], even[0, 1] * even[:, 0] / even[0, 0], "--", color="0.6", label="in proportion")
    axes.loglog(*even.T, "o-", label=f"measured, exponent {exponent(*even.T):.2f}" if len(even) > 1 else "measured")
    if len(uneven):
        axes.loglog(*uneven.T, "s", label="uneven")
    axes.set(xlabel="images", ylabel="CPU seconds of one worker", title="Search and clusters")
    axes.grid(True, which="both", alpha=0.2)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)


def plot_cost(table: Table, path: str) -> None:
    """What each tool finds of the strong and extreme copies against what an image costs. Settings at which fewer than
    PRECISE of the pairs are right are drawn hollow.
    """
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams.update({"svg.hashsalt": "cost", "svg.fonttype": "none"})
    from matplotlib import pyplot, ticker

    figure, axes = pyplot.subplots(figsize=(8.4, 5.2))
    for number, tool in enumerate(dict.fromkeys(str(row[1]) for row in table.rows)):
        points = np.array([row[2:5] for row in table.rows if row[1] == tool], float)
        colour = f"C{number}"
        if tool == CNN:  # what it finds means nothing
            axes.axvline(points[0, 0], color=colour, linestyle=":", label=f"{tool}: its cost")
            continue
        precise = points[:, 1] >= PRECISE
        axes.plot(*points[:, [0, 2]].T, "-", color=colour, alpha=0.4)
        axes.plot(*points[~precise][:, [0, 2]].T, "o", color=colour, fillstyle="none")
        axes.plot(*points[precise][:, [0, 2]].T, "o", color=colour, label=tool)
    axes.set(
        xscale="log",
        xlabel="CPU ms an image",
        ylabel="strong and extreme copies found",
        ylim=(0, 1),
        title=f"Filled: at least {PRECISE:.2f} of the pairs are right",
    )
    axes.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 3, 5)))
    axes.xaxis.set_major_formatter(ticker.ScalarFormatter())
    axes.xaxis.set_minor_formatter(ticker.NullFormatter())
    axes.grid(True, which="both", alpha=0.2)
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, fontsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", help="folder of images")
    parser.add_argument("--truth", help="of the corpus")
    parser.add_argument("--sizes", nargs="+", default=["100000", "1000000"], help="of synthetic corpora")
    parser.add_argument("--uneven", default="1000000", help="size of an uneven synthetic corpus")
    parser.add_argument("--edges", default="10000000", help="of the clusters")
    parser.add_argument("--output", default="out/bench")
    options = parser.parse_args()
    output = Path(options.output)
    output.mkdir(parents=True, exist_ok=True)
    about = {
        "date": datetime.date.today().isoformat(),
        "processor": f"{processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
    }
    told = "\n".join([*(f"{name}: {value}  " for name, value in about.items()), ""])
    with tempfile.TemporaryDirectory() as place:
        if not options.corpus:
            make_demo(f"{place}/demo")
        corpus = options.corpus or f"{place}/demo/images"
        truth = options.truth or f"{place}/demo/truth.csv"
        tables: list[Table] = []
        for part in (
            ("stages", corpus),
            ("peers", corpus, truth),
            ("kernels", "--peers"),
            ("scale", *options.sizes, "--uneven", options.uneven),
            ("clusters", options.edges),
        ):
            found = told_by(*part)
            print("\n".join(table.markdown() for table in found), flush=True)
            tables += found
            (output / "bench.md").write_text("\n".join([told, *(table.markdown() for table in tables)]))
            write_parquet(tables, str(output / "bench.parquet"), about)
    plot(next(table for table in tables if table.name.startswith("Search")), str(output / "scale.png"))
    plot_cost(next(table for table in tables if table.name.startswith("Found")), str(output / "cost.svg"))
    print(f"{output}/bench.md, bench.parquet, scale.png, cost.svg")


if __name__ == "__main__":
    main()
