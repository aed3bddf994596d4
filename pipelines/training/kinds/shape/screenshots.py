"""A picture that something shows: programs, browsers, chats, feeds, galleries; devices and walls."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from lookalike.pipelines.training.kinds.tools.canvas import Others, Rng, clouds, ink, pick, picture, plain, readable
from lookalike.pipelines.training.kinds.tools.lettering import amount, date, name, paragraph, put, sentence, word

LIGHT, DARK = (248, 248, 250), (24, 25, 28)


def _shown(page: Image.Image, image: Image.Image, box: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
    """The picture as large as it fits into a box, in its middle; where it stands now."""
    left, top, right, bottom = (int(v) for v in box)
    fitted = ImageOps.contain(image, (right - left, bottom - top))
    x, y = left + (right - left - fitted.width) // 2, top + (bottom - top - fitted.height) // 2
    page.paste(fitted, (x, y))
    return x, y, x + fitted.width, y + fitted.height


def screenshot(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Shown by a program on a desktop or a phone."""
    phone = rng.random() < 0.5
    wide, tall = (420, int(rng.integers(740, 900))) if phone else (1000, int(rng.integers(560, 700)))
    ground = plain(rng)
    page = Image.new("RGB", (wide, tall), ground)
    draw, bar = ImageDraw.Draw(page), ink(rng)
    draw.rectangle((0, 0, wide, 50), fill=bar)
    put(draw, (16, 14), sentence(rng, 2), 18, readable(bar))
    for row in range(int(rng.integers(2, 6))):
        put(draw, (20, tall - 116 + row * 22), sentence(rng, 4 if phone else 9), 15, readable(ground))
    _shown(page, image, (0 if phone else 130, 60, wide - (0 if phone else 130), tall - 130))
    return page


def window(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """An editor or viewer: a menu, tools at the side, panels, a line of state."""
    wide, tall = int(rng.integers(800, 1100)), int(rng.integers(560, 720))
    ground = pick(rng, ((50, 50, 54), (32, 34, 38), (225, 226, 230)))
    page = Image.new("RGB", (wide, tall), ground)
    draw, tint = ImageDraw.Draw(page), readable(ground)
    for number in range(7):
        put(draw, (14 + 74 * number, 8), word(rng, 1, 2).title(), 14, tint)
    side = int(rng.integers(0, 2)) * 46
    for number in range(9 if side else 0):
        y = 50 + number * 42
        draw.rectangle((9, y, 37, y + 28), outline=tint)
        draw.line((13, y + 22, 33, y + 6), fill=tint, width=2)
    panel = int(rng.integers(150, 240)) if rng.random() < 0.7 else 0
    for number in range(10 if panel else 0):
        y = 46 + number * 44
        put(draw, (wide - panel + 10, y), word(rng, 2, 4).title(), 12, tint)
        at = float(rng.uniform(0.1, 0.9)) * (panel - 30)
        draw.line((wide - panel + 10, y + 24, wide - 20, y + 24), fill=(128, 128, 128), width=3)
        draw.ellipse((wide - panel + 6 + at, y + 18, wide - panel + 18 + at, y + 30), fill=tint)
    put(draw, (10, tall - 24), f"{rng.integers(10, 200)} %   {image.width} x {image.height}   {date(rng)}", 13, tint)
    _shown(page, image, (side + 8, 36, wide - panel - 8, tall - 34))
    return page


def browser(image: Image.Image, rng: Rng, others: Others) -> Image.Image:
    """An article in a browser: tabs, an address, headlines, text round the picture, other pictures at the side."""
    wide, tall = int(rng.integers(760, 1100)), int(rng.integers(620, 900))
    ground = LIGHT if rng.random() < 0.75 else DARK
    page = Image.new("RGB", (wide, tall), ground)
    draw, tint = ImageDraw.Draw(page), readable(ground)
    draw.rectangle((0, 0, wide, 64), fill=(222, 225, 230))
    for tab in range(int(rng.integers(1, 5))):
        draw.rounded_rectangle((10 + tab * 160, 6, 160 + tab * 160, 34), 6, fill=(245, 246, 248))
        put(draw, (20 + tab * 160, 11), sentence(rng, 2)[:18], 13, (60, 60, 60))
    draw.rounded_rectangle((90, 38, wide - 60, 60), 10, fill="white")
    put(draw, (104, 41), f"https://{word(rng, 2, 3)}.com/{word(rng)}/{word(rng, 2, 4)}", 13, (80, 80, 80))
    side = int(wide * rng.uniform(0.22, 0.32)) if rng.random() < 0.6 else 0
    right = wide - side - 40
    put(draw, (40, 80), sentence(rng, 5), 26, tint)
    put(draw, (40, 116), f"{name(rng)}, {date(rng)}", 13, (130, 130, 130))
    high = float(rng.uniform(0.4, 0.68)) * tall
    bottom = _shown(page, image, (40, 142, right, 142 + high))[3]
    paragraph(draw, (40, bottom + 14, right, tall - 10), rng, 14, tint)
    for number in range(4 if side else 0):
        y = 142 + number * 150
        page.paste(ImageOps.fit(pick(rng, others), (side - 20, 90)), (wide - side, y))
        put(draw, (wide - side, y + 96), sentence(rng, 3)[: side // 8], 13, tint)
    return page


def feed(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A post in a feed: who, when, the picture, icons, likes, what others say."""
    wide, tall = int(rng.integers(400, 520)), int(rng.integers(700, 900))
    ground = LIGHT if rng.random() < 0.6 else DARK
    page = Image.new("RGB", (wide, tall), ground)
    draw, tint = ImageDraw.Draw(page), readable(ground)
    put(draw, (14, 8), f"{rng.integers(24)}:{rng.integers(60):02d}", 14, tint)
    put(draw, (wide - 90, 8), f"{rng.integers(3, 6)}G  {rng.integers(5, 100)}%", 14, tint)
    draw.ellipse((14, 40, 58, 84), fill=ink(rng))
    put(draw, (68, 42), name(rng), 16, tint)
    put(draw, (68, 64), f"{rng.integers(1, 24)} h", 13, (130, 130, 130))
    words = int(rng.integers(0, 3))
    for row in range(words):
        put(draw, (14, 94 + 22 * row), sentence(rng, 5)[: wide // 8], 15, tint)
    top = 98 + 22 * words
    bottom = _shown(page, image, (0, top, wide, min(tall - 170, top + wide * 1.2)))[3]
    for number in range(4):
        draw.ellipse((16 + number * 46, bottom + 14, 40 + number * 46, bottom + 38), outline=tint, width=2)
    put(draw, (14, bottom + 48), f"{rng.integers(2, 9999):,} {word(rng, 1, 2)}", 15, tint)
    for row in range(int((tall - bottom - 80) / 26)):
        put(draw, (14, bottom + 76 + row * 26), f"{word(rng, 2, 3)}: {sentence(rng, 4)}"[: wide // 8], 14, tint)
    return page


def chat(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A message with the picture between others, on a phone or in a window."""
    wide, tall = pick(rng, ((420, 820), (420, 880), (640, 700)))
    ground, own = pick(rng, ((LIGHT, (0, 120, 250)), (DARK, (30, 90, 70)), ((229, 221, 213), (220, 248, 198))))
    page = Image.new("RGB", (wide, tall), ground)
    draw, head = ImageDraw.Draw(page), ink(rng)
    draw.rectangle((0, 0, wide, 58), fill=head)
    draw.ellipse((14, 10, 52, 48), fill=ink(rng))
    put(draw, (64, 18), name(rng), 18, readable(head))
    y, shown = 74.0, False
    while y < tall - 90:
        mine = rng.random() < 0.5
        if not shown and (rng.random() < 0.4 or y > tall * 0.3):
            fitted = ImageOps.contain(image, (int(wide * rng.uniform(0.62, 0.85)), int(tall * 0.45)))
            x = wide - fitted.width - 16 if mine else 16
            draw.rounded_rectangle(
                (x - 6, y, x + fitted.width + 6, y + fitted.height + 12),
                10,
                fill=own if mine else (255, 255, 255),
            )
            page.paste(fitted, (x, int(y) + 6))
            y, shown = y + fitted.height + 24, True
            continue
        text = sentence(rng, int(rng.integers(1, 4)))
        fill = own if mine else ((255, 255, 255) if ground != DARK else (50, 52, 56))
        long = draw.textlength(text, font_size=15) + 24
        left = wide - long - 14 if mine else 14
        draw.rounded_rectangle((left, y, left + long, y + 34), 12, fill=fill)
        put(draw, (left + 12, y + 8), text, 15, readable(fill))
        y += 44
    draw.rounded_rectangle((12, tall - 50, wide - 60, tall - 12), 18, fill=(255, 255, 255))
    return page


def gallery(image: Image.Image, rng: Rng, others: Others) -> Image.Image:
    """The gallery of a phone: the picture on black or white, its date, icons, a row of small ones."""
    wide, tall = int(rng.integers(400, 480)), int(rng.integers(780, 920))
    ground = (0, 0, 0) if rng.random() < 0.6 else (255, 255, 255)
    page = Image.new("RGB", (wide, tall), ground)
    draw, tint = ImageDraw.Draw(page), readable(ground)
    put(draw, (16, 10), f"{rng.integers(24)}:{rng.integers(60):02d}", 14, tint)
    put(draw, (wide * 0.36, 40), date(rng), 16, tint)
    put(draw, (14, 38), "<", 22, tint)
    strip = rng.random() < 0.6
    _shown(page, image, (0, 76, wide, tall - (160 if strip else 90)))
    for number in range(12 if strip else 0):
        page.paste(ImageOps.fit(pick(rng, (image, *others[:6])), (34, 46)), (4 + number * 38, tall - 130))
    for number in range(4):
        x = wide * (number + 0.5) / 4
        draw.rounded_rectangle((x - 12, tall - 56, x + 12, tall - 32), 5, outline=tint, width=2)
    return page


def shop(image: Image.Image, rng: Rng, others: Others) -> Image.Image:
    """The page of a thing on sale: the picture, a price, a button, others below."""
    wide, tall = int(rng.integers(720, 960)), int(rng.integers(560, 700))
    page = Image.new("RGB", (wide, tall), "white")
    draw, tint = ImageDraw.Draw(page), ink(rng)
    draw.rectangle((0, 0, wide, 46), fill=tint)
    put(draw, (20, 12), word(rng, 2, 3).upper(), 20, readable(tint))
    half = int(wide * rng.uniform(0.5, 0.62))
    _shown(page, image, (20, 60, half, tall - 130))
    put(draw, (half + 20, 70), sentence(rng, 3), 22)
    put(draw, (half + 20, 110), f"{amount(rng)} EUR", 28, (190, 30, 30))
    paragraph(draw, (half + 20, 160, wide - 20, tall - 200), rng, 14, (70, 70, 70))
    draw.rounded_rectangle((half + 20, tall - 190, half + 200, tall - 150), 8, fill=tint)
    put(draw, (half + 40, tall - 182), word(rng, 2, 3).title(), 18, readable(tint))
    for number in range(wide // 120):
        page.paste(ImageOps.fit(pick(rng, others), (100, 90)), (20 + number * 116, tall - 104))
    return page


def slide(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A slide or page of a report: a title, points, the picture to one side or above."""
    wide, tall = (960, 540) if rng.random() < 0.7 else (620, 860)
    ground = plain(rng) if rng.random() < 0.3 else (255, 255, 255)
    page = Image.new("RGB", (wide, tall), ground)
    draw, tint = ImageDraw.Draw(page), readable(ground)
    put(draw, (40, 30), sentence(rng, 3), 32, tint)
    if wide > tall:
        left = int(wide * rng.uniform(0.3, 0.45))
        _shown(page, image, (left, 90, wide - 30, tall - 40))
        for row in range(int(rng.integers(3, 8))):
            put(draw, (40, 110 + row * 44), f"- {sentence(rng, 2)}"[: left // 10], 17, tint)
    else:
        paragraph(draw, (40, 90, wide - 40, 190), rng, 15, tint)
        bottom = _shown(page, image, (40, 205, wide - 40, 640))[3]
        put(draw, (60, bottom + 6), sentence(rng, 5), 13, (120, 120, 120))
        paragraph(draw, (40, bottom + 34, wide - 40, tall - 30), rng, 15, tint)
    return page


def cover(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """The cover of a book, a magazine or a record: the picture below a title, in a field of colour."""
    wide, tall = pick(rng, ((480, 680), (600, 600), (480, 640)))
    ground = ink(rng)
    page = Image.new("RGB", (wide, tall), ground)
    draw, tint = ImageDraw.Draw(page), readable(ground)
    put(draw, (24, 20), word(rng, 2, 3).upper(), 64, tint)
    rows = int(rng.integers(1, 4))
    for row in range(rows):
        put(draw, (26, 100 + row * 24), sentence(rng, 4), 18, tint)
    _shown(page, image, (20, 108 + rows * 24, wide - 20, tall - 50))
    put(draw, (26, tall - 40), name(rng), 22, tint)
    return page


def _laid(page: Image.Image, image: Image.Image, corners: np.ndarray, light: float) -> Image.Image:
    """The picture brought into four corners on a page, from the upper left clockwise."""
    own = np.array([(0, 0), (image.width, 0), (image.width, image.height), (0, image.height)], np.float32)
    matrix = cv2.getPerspectiveTransform(own, corners.astype(np.float32))
    ground = np.asarray(page)
    warped = cv2.warpPerspective(np.asarray(image), matrix, page.size, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.ones((image.height, image.width), np.float32), matrix, page.size)[..., None]
    return picture(ground * (1 - mask) + warped * (mask * light))


def _corners(image: Image.Image, box: tuple[float, float, float, float], rng: Rng, skew: float) -> np.ndarray:
    """Those of the picture as it fits into a box, each moved by up to a share of its size."""
    left, top, right, bottom = box
    factor = min((right - left) / image.width, (bottom - top) / image.height)
    half = np.array((image.width, image.height)) * factor / 2
    middle = np.array(((left + right) / 2, (top + bottom) / 2))
    signs = np.array(((-1, -1), (1, -1), (1, 1), (-1, 1)))
    return middle + signs * half * (1 - rng.uniform(0, skew, (4, 2)))


def on_wall(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Hung on the wall of a room, framed or as a canvas, with its shadow, over furniture."""
    size = (int(rng.integers(640, 900)), int(rng.integers(500, 700)))
    page = Image.new("RGB", size)
    wall = np.asarray(ink(rng)) * 0.4 + 140
    page = picture(wall * (0.8 + 0.3 * clouds(page, rng, 2))[..., None])
    draw, floor = ImageDraw.Draw(page), int(size[1] * rng.uniform(0.8, 0.88))
    draw.rectangle((0, floor, *size), fill=tuple(int(v) for v in rng.integers(60, 160, 3)))
    sofa, tint = float(rng.uniform(0.1, 0.4)) * size[0], ink(rng)
    draw.rounded_rectangle((sofa, size[1] * 0.76, sofa + size[0] * 0.45, size[1] * 0.95), 20, fill=tint)
    box = (size[0] * 0.14, size[1] * 0.05, size[0] * 0.86, size[1] * 0.72)
    rim = max(2, int(min(image.size) * rng.uniform(0.005, 0.06)))
    hung = ImageOps.expand(image, rim, pick(rng, ((20, 20, 20), (250, 250, 248), (120, 80, 45), ink(rng))))
    corners = _corners(hung, box, rng, float(rng.uniform(0, 0.2)))
    shade = Image.new("L", size)
    ImageDraw.Draw(shade).polygon([(x + 8, y + 10) for x, y in corners.tolist()], fill=150)
    page.paste(0, (0, 0), shade.filter(ImageFilter.GaussianBlur(9)))
    return _laid(page, hung, corners, float(rng.uniform(0.8, 1.05)))


def on_device(image: Image.Image, rng: Rng, others: Others) -> Image.Image:
    """On the screen of a phone, a tablet, a monitor or a television that is seen with what is about it."""
    size = (int(rng.integers(600, 900)), int(rng.integers(520, 760)))
    page = pick(rng, others).resize(size).filter(ImageFilter.GaussianBlur(float(rng.uniform(2, 9))))
    if rng.random() < 0.5:
        page = picture(np.asarray(ink(rng)) * (0.7 + 0.5 * clouds(page, rng, 2))[..., None])
    rim, phone = int(max(image.size) * rng.uniform(0.02, 0.05)) + 2, rng.random() < 0.5
    case = pick(rng, ((12, 12, 14), (12, 12, 14), (200, 202, 205), (245, 245, 247)))
    held = image
    if phone:
        more = int(image.height * rng.uniform(0.1, 0.4)) if image.height < 1.4 * image.width else 0
        held = ImageOps.expand(image, (0, more), (0, 0, 0))
        put(
            ImageDraw.Draw(held),
            (image.width * 0.05, more * 0.2),
            f"{rng.integers(24)}:{rng.integers(60):02d}",
            max(8, more * 0.3),
            "white",
        )
    held = ImageOps.expand(held, rim, case)
    if not phone and rng.random() < 0.6:
        foot = size[0] * 0.5
        ImageDraw.Draw(page).polygon(
            ((foot - 40, size[1] * 0.8), (foot + 40, size[1] * 0.8), (foot + 70, size[1]), (foot - 70, size[1])),
            fill=case,
        )
    corners = _corners(
        held, (size[0] * 0.06, size[1] * 0.05, size[0] * 0.94, size[1] * 0.92), rng, float(rng.uniform(0, 0.25))
    )
    return _laid(page, held, corners, float(rng.uniform(0.8, 1.1)))


def on_billboard(image: Image.Image, rng: Rng, others: Others) -> Image.Image:
    """A board, a shirt or a paper in another photograph, seen from the side."""
    page = ImageOps.fit(pick(rng, others), (int(rng.integers(620, 820)), int(rng.integers(480, 640))))
    wide, tall = page.size
    side = float(rng.uniform(0.55, 0.85))
    left, top = float(rng.uniform(0.02, 0.98 - side)) * wide, float(rng.uniform(0.02, 0.98 - side)) * tall
    board = ImageOps.expand(image, max(2, min(image.size) // int(rng.integers(15, 60))), plain(rng))
    corners = _corners(board, (left, top, left + side * wide, top + side * tall), rng, float(rng.uniform(0.1, 0.35)))
    return _laid(page, board, corners, float(rng.uniform(0.65, 1.1)))
