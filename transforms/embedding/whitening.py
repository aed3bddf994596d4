"""The artefact of `lookalike fit`: PCA-whitening, and what it was fitted on and with."""

import hashlib
import io
import json
import zipfile
from typing import Any, NamedTuple

import numpy as np

from lookalike.transforms.storage.reading import read_file


class WhiteningError(ValueError):
    """An artefact that can't be used; the message names it and the remedy."""


class FittedWhitening(NamedTuple):
    """mean: (channels,) float32. projection: (channels, dims) float32. about: what it was fitted on, and under 'with'
    what its vectors were made with. sha256: of the file, in hex.
    """

    mean: np.ndarray
    projection: np.ndarray
    about: dict[str, Any]
    sha256: str


def to_bytes(mean: np.ndarray, projection: np.ndarray, about: dict[str, Any]) -> bytes:
    """The content of an artefact: an .npz with the arrays in float32 and `about` as JSON; equal for equal arguments."""
    file = io.BytesIO()
    told = np.array(json.dumps(about, sort_keys=True))
    np.savez(file, mean=mean.astype(np.float32), projection=projection.astype(np.float32), about=told)
    return file.getvalue()


def read_whitening(uri: str) -> FittedWhitening:
    """The artefact at a path or URL.

    Raises:
        WhiteningError: there is none.
    """
    try:
        data = read_file(uri)
    except OSError as error:
        raise WhiteningError(f"embed.whitening is {uri}, which can't be read: {error}") from error
    try:
        with np.load(io.BytesIO(data)) as arrays:
            about = json.loads(str(arrays["about"]))
            mean, projection = arrays["mean"], arrays["projection"]
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise WhiteningError(f"embed.whitening is {uri}, no whitening; `lookalike fit` makes one ({error})") from error
    whole = mean.dtype == projection.dtype == np.float32 and mean.shape == projection.shape[:1] and projection.ndim == 2
    if not whole or not isinstance(about, dict) or not isinstance(about.get("with"), dict):
        raise WhiteningError(f"embed.whitening is {uri}, no whitening; `lookalike fit` makes one (other arrays)")
    return FittedWhitening(mean, projection, about, hashlib.sha256(data).hexdigest())


def check_fits(whitening: FittedWhitening, uri: str, made_with: dict[str, Any]) -> None:
    """Raise WhiteningError unless the vectors that it was fitted on were made as these are."""
    for name, value in made_with.items():
        fitted = whitening.about["with"].get(name)
        if fitted != value:
            raise WhiteningError(
                f"embed.whitening is {uri}, which was fitted with {name} {fitted!r}, and the configuration has "
                f"{value!r}; fit it again"
            )
