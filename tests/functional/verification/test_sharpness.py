"""The sharp original is never given up for a worn copy, and a worn copy is for the original."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFilter

from lookalike.transforms.functional.images.decode import decode
from lookalike.transforms.functional.images.pixels.detail import Detail, detail_of
from lookalike.transforms.functional.verification.sharpness import Seen, is_as_sharp, share_shown, softness
from tests.synthetic import saved

RESAMPLING = Image.Resampling


def seen(data):
    pixels, properties = decode(data, 10**9)
    return Seen(detail_of(pixels, cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)), properties.width)


def jpeg(image, quality):
    return saved(image, "JPEG", quality=quality)


def again(image, quality):
    """What is left of a picture after JPEG."""
    return Image.fromarray(decode(jpeg(image, quality), 10**9).pixels)


def scaled(image, factor, how=RESAMPLING.BICUBIC):
    return image.resize((round(image.width * factor), round(image.height * factor)), how)


WORN = {
    "blurred by 1": lambda image: image.filter(ImageFilter.GaussianBlur(1)),
    "blurred by 2": lambda image: image.filter(ImageFilter.GaussianBlur(2)),
    "JPEG 10": lambda image: again(image, 10),
    "JPEG 30": lambda image: again(image, 30),
    "denoised": lambda image: image.filter(ImageFilter.MedianFilter(5)),
    "few colours": lambda image: image.quantize(256).convert("RGB"),
    "few colours, dithered": lambda image: image.quantize(
        palette=image.quantize(128), dither=Image.Dither.FLOYDSTEINBERG
    ).convert("RGB"),
    "half size and back": lambda image: scaled(scaled(image, 0.5), 2),
    "enlarged by half": lambda image: scaled(image, 1.5),
    "doubled": lambda image: scaled(image, 2),
    "doubled, sharp": lambda image: scaled(image, 2, RESAMPLING.LANCZOS),
    "doubled, as squares": lambda image: scaled(image, 2, RESAMPLING.NEAREST),
}
HONEST = {
    "PNG": saved,
    "JPEG 95": lambda image: jpeg(image, 95),
    "JPEG 90": lambda image: jpeg(image, 90),
    "JPEG 75": lambda image: jpeg(image, 75),
    "WebP 90": lambda image: saved(image, "WEBP", quality=90),
    "mirrored": lambda image: jpeg(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), 90),
    "cropped": lambda image: jpeg(image.crop((5, 3, image.width - 4, image.height - 2)), 90),
    "half size": lambda image: jpeg(scaled(image, 0.5, RESAMPLING.LANCZOS), 90),
    "three quarters": lambda image: jpeg(scaled(image, 0.75), 85),
}


@pytest.fixture(scope="module")
def pictures(photographs):
    """Originals as cameras keep them, and as they are read."""
    return [(jpeg(image, 92), again(image, 92)) for image in map(Image.fromarray, photographs)]


@pytest.mark.parametrize("edit", WORN)
def test_a_worn_copy_is_not_kept_instead_of_the_original(edit, pictures):
    for data, image in pictures:
        copy = WORN[edit](image)
        assert not is_as_sharp(seen(saved(copy)), seen(data), copy.width / image.width)
        # and the original is as sharp as what was made of it; few colours that are saved so are a pattern of their own
        if "colours" not in edit:
            assert is_as_sharp(seen(data), seen(jpeg(copy, 85)), image.width / copy.width)


@pytest.mark.parametrize("edit", HONEST)
def test_a_copy_in_another_encoding_or_size_can_go(edit, pictures):
    for data, image in pictures:
        copy = seen(HONEST[edit](image))
        scale = {"half size": 2, "three quarters": 4 / 3}.get(edit, 1)
        for original in (data, saved(image)):
            assert is_as_sharp(seen(original), copy, scale), share_shown(seen(original), copy, scale, 1)


def test_drawings_have_few_colours_by_themselves():
    page = np.full((300, 400, 3), 255, np.uint8)
    for line in range(8):
        text = f"{line} of what is written"
        cv2.putText(page, text, (20, 40 + 32 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (20, 20, 90), 1, cv2.LINE_AA)
    kept, copy = seen(saved(page)), seen(jpeg(Image.fromarray(page), 75))
    assert len(np.unique(page.reshape(-1, 3), axis=0)) < 256
    assert not kept.detail.few_colours and is_as_sharp(kept, copy, 1)


@pytest.mark.parametrize("edit", ["blurred by 1", "doubled", "doubled, sharp", "half size and back"])
def test_pixels_without_detail_are_worth_less(edit, pictures):
    for data, image in pictures:
        copy = WORN[edit](image)
        own, worn = softness(seen(data)), softness(seen(saved(copy)))
        assert own == softness(seen(saved(image))) == softness(seen(jpeg(image, 80))) == 1
        assert worn * copy.width**2 < own * image.width**2


def test_sizes_that_nobody_looked_at_are_guessed_from_those_that_were():
    # detail falls by half with each size; the second was decoded at half its width
    whole, half = Seen(Detail(400, (4.0, 8.0, 16.0, 32.0)), 400), Seen(Detail(200, (8.0, 16.0, 32.0, 64.0)), 400)
    assert share_shown(half, whole, 1, half.finest) == pytest.approx(1, 0.01)
    assert share_shown(whole, half, 1, whole.finest) == pytest.approx(1, 0.01)
    assert is_as_sharp(half, whole, 1) and is_as_sharp(whole, half, 1)
    # twice as large, and as sharp; or no sharper than the small one
    large, enlarged = Seen(Detail(800, (2.0, 4.0, 8.0, 16.0)), 800), Seen(Detail(800, (0.5, 3.2, 8.0, 16.0)), 800)
    assert share_shown(large, whole, 2, 1) == pytest.approx(1, 0.01)
    assert is_as_sharp(large, whole, 2) and not is_as_sharp(enlarged, whole, 2)
    assert is_as_sharp(Seen(Detail(), 400), Seen(Detail(), 400), 1)


def test_blocks_count_between_pictures_of_one_size_alone():
    plain, blocky = (Seen(Detail(400, (4.0, 8.0, 16.0, 32.0), grid), 400) for grid in (1.0, 1.2))
    assert is_as_sharp(plain, blocky, 1) and not is_as_sharp(blocky, plain, 1)
    assert is_as_sharp(blocky, plain._replace(width=320, detail=plain.detail._replace(decoded_width=320)), 1.25)
    # of a picture that was decoded at half its size they tell nothing
    assert is_as_sharp(blocky, plain._replace(width=800), 1)


def test_nothing_is_softer_than_nothing():
    assert softness(Seen(Detail(), 1)) == 1 and np.log2(softness(Seen(Detail(9, (1.0, 5.0, 5.0, 5.0)), 9))) == -9
