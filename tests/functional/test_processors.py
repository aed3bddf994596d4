"""The same is found on every kind of processor.

OpenBLAS, which adds in another order on each, NumPy, the C library and OpenCV, which have other functions for each, are
told to do as on processors that have less than this one.
"""

import json
import os
import subprocess
import sys

import cv2
import numpy as np
import pytest

from tests.functional.verification.golden import drawn, photograph

PROCESSORS = {
    "haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "zen": {"OPENBLAS_CORETYPE": "Zen"},
    "sandybridge": {"OPENBLAS_CORETYPE": "Sandybridge"},
    "prescott": {"OPENBLAS_CORETYPE": "Prescott"},
    "plain": {
        "OPENBLAS_CORETYPE": "Prescott",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL X86_V3",
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX2,-FMA",
        "OPENCV_CPU_DISABLE": "AVX512-SKX,AVX2",
    },
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Drawn once: what draws them is not the same everywhere."""
    folder = tmp_path_factory.mktemp("pictures")
    pairs = {name: [np.asarray(picture.convert("RGB")) for picture in pair] for name, *pair in drawn()}
    original = np.asarray(photograph(60))
    height, width = original.shape[:2]
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    aslant = np.float32([[20, 30], [width - 40, 0], [width, height], [0, height - 50]])
    keystone = cv2.getPerspectiveTransform(corners, aslant)
    pairs["keystone"] = [original, cv2.warpPerspective(original, keystone, (width, height))]
    for name, pair in pairs.items():
        for side, picture in zip("ab", pair, strict=True):
            cv2.imwrite(f"{folder}/{name}-{side}.png", picture[..., ::-1])
    return folder


def found(pictures, **environment):
    command = [sys.executable, "-m", "tests.functional.found", str(pictures)]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def here(pictures):
    told = found(pictures)
    assert len(told) == 3 * len(list(pictures.glob("*-a.png")))
    return told


def test_what_would_differ_is_looked_at(here):
    """Perspectives, smooth deformations and details are measured by sums that nothing else needs."""
    assert sum(told.get("warp_bend", "0x0.0p+0") != "0x0.0p+0" for told in here.values()) > 1
    assert sum(told.get("fine", "0x0.0p+0") != "0x0.0p+0" for told in here.values()) > 1


@pytest.mark.parametrize("processor", PROCESSORS)
def test_the_same_is_found(pictures, here, processor):
    told = found(pictures, **PROCESSORS[processor])
    apart = {(name, of) for name, one in here.items() for of in one if one[of] != told[name].get(of)}
    assert not apart
