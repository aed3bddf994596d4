"""What is put round a picture: borders, mats, prints, film, stories; and frames that bear words."""

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from lookalike.pipelines.training.kinds.tools.canvas import (
    Others,
    Rng,
    clouds,
    ink,
    pick,
    picture,
    pixels,
    plain,
    readable,
    sized,
)
from lookalike.pipelines.training.kinds.tools.lettering import code, date, fitted, font, put, sentence, word


def border(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A border of one colour, or bars above and below or at both sides."""
    wide, tall = (max(2, int(v)) for v in np.array(image.size) * rng.uniform(0.01, 0.25, 2))
    return ImageOps.expand(image, pick(rng, ((wide, wide), (wide, tall), (0, tall), (wide, 0))), plain(rng))


def squared(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Set on a square, a story or a wide screen of one colour, not always in the middle."""
    shape = pick(rng, (1.0, 1.0, 9 / 16, 16 / 9, 0.8))
    relative = image.width / image.height
    if 0.93 < relative / shape < 1.07:
        shape *= 1.5
    size = (image.width, int(image.width / shape)) if relative > shape else (int(image.height * shape), image.height)
    page = Image.new("RGB", size, plain(rng))
    at = rng.choice((0.5, 0.5, float(rng.uniform(0, 1))))
    page.paste(image, (int((size[0] - image.width) * at), int((size[1] - image.height) * at)))
    return page


def story(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Over its own enlarged and blurred self, upright or wide."""
    shape = 9 / 16 if image.width / image.height > rng.uniform(0.6, 1.5) else 16 / 9
    size = (
        (image.width, int(image.width / shape))
        if image.width / image.height > shape
        else (int(image.height * shape), image.height)
    )
    page = ImageOps.fit(image, size).filter(ImageFilter.GaussianBlur(min(size) * float(rng.uniform(0.02, 0.06))))
    page = ImageEnhance.Brightness(page).enhance(float(rng.uniform(0.5, 1.1)))
    shown = sized(image, *(np.array(image.size) * float(rng.uniform(0.8, 1.0))))
    page.paste(shown, ((size[0] - shown.width) // 2, (size[1] - shown.height) // 2))
    return page


def print_white(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """An instant print: white, wider at the foot; perhaps lying askew on a table with a shadow."""
    rim = int(min(image.size) * rng.uniform(0.04, 0.1)) + 2
    foot = int(rim * rng.uniform(2, 4))
    white = tuple(int(v) for v in rng.integers(232, 254, 3))
    page = Image.new("RGB", (image.width + 2 * rim, image.height + rim + foot), white)
    page.paste(image, (rim, rim))
    if rng.random() < 0.5:
        return page
    angle, pad = float(rng.uniform(-12, 12)), int(0.12 * max(page.size))
    table = Image.new("RGB", (page.width + 2 * pad, page.height + 2 * pad), ink(rng))
    mask = Image.new("L", table.size)
    mask.paste(255, (pad, pad, pad + page.width, pad + page.height))
    mask = mask.rotate(angle, Image.Resampling.BICUBIC)
    laid = Image.new("RGB", table.size)
    laid.paste(page, (pad, pad))
    shade = mask.filter(ImageFilter.GaussianBlur(pad * 0.15))
    table.paste(0, (pad // 8, pad // 6), shade.point([v // 2 for v in range(256)]))
    table.paste(laid.rotate(angle, Image.Resampling.BICUBIC), (0, 0), mask)
    return table


def framed(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A frame of wood, metal or gold with a bevel, with or without a mat."""
    mat, rail = (max(2, int(min(image.size) * v)) for v in rng.uniform((0.01, 0.04), (0.14, 0.12)))
    if rng.random() < 0.6:
        image = ImageOps.expand(image, mat, tuple(int(v) for v in rng.integers(200, 256, 3)))
    page = ImageOps.expand(image, rail)
    y, x = np.mgrid[: page.height, : page.width]
    depth = np.minimum(np.minimum(x, page.width - 1 - x), np.minimum(y, page.height - 1 - y))
    profile = 0.75 + 0.45 * np.sin(depth / rail * np.pi * float(rng.uniform(0.8, 2.5)))
    grain = 0.85 + 0.3 * clouds(page, rng, int(rng.integers(8, 40)))
    wood = np.asarray(pick(rng, ((120, 75, 40), (60, 40, 30), (190, 155, 80), (60, 60, 65), (225, 225, 220), ink(rng))))
    rails = (profile * grain)[..., None] * wood
    return picture(np.where((depth < rail)[..., None], rails, pixels(page)))


def film(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """One frame of a film with its holes, above and below or at both sides."""
    upright = rng.random() < 0.4
    source = image.transpose(Image.Transpose.ROTATE_90) if upright else image
    strip = int(source.height * rng.uniform(0.1, 0.18)) + 4
    gap = int(source.width * rng.uniform(0, 0.05))
    base = pick(rng, ((15, 12, 10), (25, 15, 10), (60, 35, 15)))
    page = Image.new("RGB", (source.width + 2 * gap, source.height + 2 * strip), base)
    page.paste(source, (gap, strip))
    draw, step = ImageDraw.Draw(page), strip * 0.8
    for x in np.arange(step * 0.3, page.width, step):
        for y in (strip * 0.3, page.height - strip * 0.7):
            draw.rounded_rectangle((x, y, x + step * 0.5, y + strip * 0.4), strip * 0.08, fill=(240, 238, 230))
    return page.transpose(Image.Transpose.ROTATE_270) if upright else page


def stamp(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A stamp or ticket: a white rim with bites, on a ground."""
    rim = max(6, int(min(image.size) * rng.uniform(0.06, 0.12)))
    ground = plain(rng)
    page = ImageOps.expand(ImageOps.expand(image, rim, (250, 248, 240)), rim, ground)
    draw, bite = ImageDraw.Draw(page), rim * 0.35
    columns, rows = (np.arange(rim, side - rim + 1, bite * 2.6).tolist() for side in page.size)
    rims = [(x, y) for x in columns for y in (rim, page.height - rim)]
    for x, y in rims + [(x, y) for x in (rim, page.width - rim) for y in rows]:
        draw.ellipse((x - bite, y - bite, x + bite, y + bite), fill=ground)
    return page


def card(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """As tools for screenshots set it: round corners and a shadow on a slope of two colours."""
    pad = int(min(image.size) * rng.uniform(0.08, 0.22)) + 4
    size = (image.width + 2 * pad, image.height + 2 * pad)
    slope = np.linspace(0, 1, size[0])[None, :, None] * 0.5 + np.linspace(0, 1, size[1])[:, None, None] * 0.5
    page = picture(np.asarray(ink(rng)) * (1 - slope) + np.asarray(ink(rng)) * slope)
    mask = Image.new("L", image.size)
    ImageDraw.Draw(mask).rounded_rectangle(
        (0, 0, image.width - 1, image.height - 1), pad * float(rng.uniform(0.1, 0.6)), fill=255
    )
    shade = Image.new("L", size)
    shade.paste(mask, (pad, pad + pad // 5))
    page.paste(0, (0, 0), shade.filter(ImageFilter.GaussianBlur(pad * 0.25)).point([v // 2 for v in range(256)]))
    page.paste(image, (pad, pad), mask)
    return page


def split(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Cut apart into two to nine panels that hang side by side, perhaps at unequal heights."""
    columns, rows = pick(rng, ((2, 1), (3, 1), (3, 1), (4, 1), (5, 1), (1, 2), (1, 3), (2, 2), (3, 3)))
    gap = max(3, int(min(image.size) * rng.uniform(0.015, 0.06)))
    drop = int(image.height * rng.uniform(0, 0.12)) if rows == 1 else 0
    page = Image.new("RGB", (image.width + gap * (columns + 1), image.height + gap * (rows + 1) + drop), plain(rng))
    x = np.linspace(0, image.width, columns + 1).astype(int).tolist()
    y = np.linspace(0, image.height, rows + 1).astype(int).tolist()
    for column in range(columns):
        lower = drop * (column % 2)
        for row in range(rows):
            panel = image.crop((x[column], y[row], x[column + 1], y[row + 1]))
            page.paste(panel, (x[column] + gap * (column + 1), y[row] + gap * (row + 1) + lower))
    return page


def meme_bars(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A bar of text above or below the picture, white or black."""
    bar, rows = int(image.height * rng.uniform(0.12, 0.4)), int(rng.integers(1, 4))
    ground = pick(rng, ((255, 255, 255), (255, 255, 255), (0, 0, 0)))
    page = Image.new("RGB", (image.width, image.height + bar), ground)
    above = rng.random() < 0.6
    page.paste(image, (0, bar if above else 0))
    size = min(bar * 0.7 / rows, image.width * 0.09)
    for row in range(rows):
        y = bar * 0.12 + row * bar * 0.8 / rows + (0 if above else image.height)
        text = sentence(rng, 4)
        height = fitted(text, image.width * 0.92, size)
        put(ImageDraw.Draw(page), (image.width * 0.04, y), text, height, readable(ground))
    return page


def poster(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A poster that motivates: a thin line, a wide black rim, a large word and a sentence."""
    rim = int(image.width * rng.uniform(0.08, 0.15))
    ground = pick(rng, ((0, 0, 0), (0, 0, 0), ink(rng)))
    page = ImageOps.expand(ImageOps.expand(image, max(2, rim // 15), ground), max(1, rim // 20), readable(ground))
    foot = int(rim * 2.2)
    board = Image.new("RGB", (page.width + 2 * rim, page.height + rim + foot), ground)
    board.paste(page, (rim, rim))
    draw = ImageDraw.Draw(board)
    for text, size, y in ((word(rng, 2, 4).upper(), rim * 0.9, 0.3), (sentence(rng, 4), rim * 0.4, 1.4)):
        left = (board.width - font(size).getlength(text)) / 2
        put(draw, (left, rim + page.height + rim * y), text, size, readable(ground))
    return board


def print_signed(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A print, postcard or film frame with words, numbers or a date on its rim."""
    rim = int(min(image.size) * rng.uniform(0.05, 0.1)) + 2
    ground = pick(rng, ((250, 248, 242), (250, 248, 242), (20, 18, 15), ink(rng)))
    foot = int(rim * rng.uniform(2, 3.5))
    page = Image.new("RGB", (image.width + 2 * rim, image.height + rim + foot), ground)
    page.paste(image, (rim, rim))
    text = pick(rng, (sentence(rng, 3), date(rng), f"{code(rng, 4)}  {rng.integers(1, 37)}A", word(rng, 2, 4).title()))
    tint = readable(ground) if rng.random() < 0.6 else ink(rng)
    put(ImageDraw.Draw(page), (rim * float(rng.uniform(1, 3)), image.height + rim * 1.3), text, foot * 0.5, tint)
    return page


def marked_frame(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """The rim of a camera or a shop: a mark, settings, a web address, a price."""
    foot = int(image.height * rng.uniform(0.07, 0.16)) + 8
    ground = pick(rng, ((255, 255, 255), (15, 15, 15), ink(rng)))
    page = Image.new("RGB", (image.width, image.height + foot), ground)
    page.paste(image, (0, 0))
    draw, tint = ImageDraw.Draw(page), readable(ground)
    size = min(foot * 0.45, image.width * 0.045)
    put(draw, (image.width * 0.04, image.height + foot * 0.25), word(rng, 2, 3).upper(), size, tint)
    lens = f"{rng.integers(14, 200)}mm  f/{rng.uniform(1.4, 16):.1f}"
    settings = f"{lens}  1/{rng.integers(10, 4000)}  ISO{rng.integers(1, 64) * 100}"
    put(
        draw,
        (image.width * 0.4, image.height + foot * 0.25),
        pick(rng, (settings, f"www.{word(rng, 2, 3)}.com")),
        size,
        tint,
    )
    return page
