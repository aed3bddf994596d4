"""All that is found of pictures: fingerprints, and how the pairs of them lie on one another, by name, as JSON.

python -m tests.functional.found FOLDER       (of NAME-a.png, NAME-b.png)
"""

import json
import sys
from pathlib import Path

import numpy as np

from lookalike.transforms.core.records import Image, Source
from lookalike.transforms.core.runtime import prepare_worker
from lookalike.transforms.core.settings.embed import EmbedSettings
from lookalike.transforms.core.settings.sketch import SketchSettings
from lookalike.transforms.embedding.embedder import embedder_of
from lookalike.transforms.embedding.settings import embedding_of
from lookalike.transforms.fingerprinting.sketch import sketch
from lookalike.transforms.functional.images.decode import decode
from lookalike.transforms.functional.images.reduction import picture_of
from lookalike.transforms.functional.lsh.codes import cross_polytopes, hyperplanes
from lookalike.transforms.functional.verification.decision import decide
from lookalike.transforms.functional.verification.evidence import Evidence
from lookalike.transforms.functional.verification.picture import Picture
from lookalike.transforms.weights import decision_models, keypoint_axes


def fingerprint(data: bytes) -> tuple[Picture, np.ndarray, dict[str, str]]:
    """Encoded picture -> as it is compared, its embedding, and all of its fingerprint in hexadecimal digits."""
    embedding = embedding_of(EmbedSettings())
    decoded = picture_of(decode(data, 50_000_000), embedding.plane)
    made = sketch(Image(Source("", 0, "", ""), b"", *decoded), SketchSettings())
    vector = embedder_of(embedding, "cpu").embed([decoded.planes.embedding])[0]
    picture = Picture(
        made.keypoints,
        made.panels,
        made.thumbnail,
        decoded.properties.width,
        decoded.properties.height,
        keypoint_axes(),
    )
    told = {"properties": repr(decoded.properties), "textured": made.textured.hex()}
    values = {"embedding": vector, "sketch": hyperplanes.sketches(vector[None])}
    values |= {
        f"code_{number}": cross_polytopes.codes(vector[None], width, 1)
        for number, width in enumerate(cross_polytopes.WIDTHS)
    }
    values |= {name: np.asarray(value) for name, value in made._asdict().items() if name != "textured"}
    return picture, vector, told | {name: value.tobytes().hex() for name, value in values.items()}


def main() -> None:
    """Print what is found."""
    prepare_worker()
    found, folder = {}, Path(sys.argv[1])
    for name in sorted(file.name.removesuffix("-a.png") for file in folder.glob("*-a.png")):
        (a, one, found[f"{name} a"]), (b, other, found[f"{name} b"]) = (
            fingerprint((folder / f"{name}-{side}.png").read_bytes()) for side in "ab"
        )
        cosine = float((one.astype(np.float64) * other.astype(np.float64)).sum())
        evidence = Evidence(a, b, keypoint_axes(), -1, cosine)
        evidence.gather()
        measured = evidence.measured()
        (decision,) = decide([evidence], decision_models(), 0.5)
        told = {"decision": repr(decision), "record": repr(measured), "cut": repr(evidence.cut)}
        told |= {"transform": measured.matrix.tobytes().hex()} if measured else {}
        found[name] = told | {measure: float(value).hex() for measure, value in (evidence.measures or {}).items()}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
