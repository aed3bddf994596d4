"""Pages, screens, cards and pictograms: a design and a content in, a picture out.

A template draws the same ground for the same design, and what is written, shown or filled in for the content. Two
contents of one design are look-alikes, never copies.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from transforms.weights.kinds.lettering import amount, code, date, name, paragraph, put, sentence, word

Colour = tuple[int, int, int]
Rng = np.random.Generator
Template = Callable[[Rng, Rng, Image.Image, Image.Image], Image.Image]
"""(design, content, a photograph of the design's, a photograph of the content's) -> picture."""


def _colour(rng: Rng, low: int = 0, high: int = 255) -> Colour:
    r, g, b = (int(v) for v in rng.integers(low, high + 1, 3))
    return r, g, b


def _page(design: Rng, width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    ground = _colour(design, 235, 255) if design.random() < 0.7 else (255, 255, 255)
    image = Image.new("RGB", (width, height), ground)
    return image, ImageDraw.Draw(image)


def form(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """Labelled fields, filled in."""
    image, draw = _page(design, 620, 800)
    put(draw, (40, 30), sentence(design, 3)[:-1], 26, _colour(design, 0, 90))
    columns = int(design.integers(1, 3))
    for row in range(int(design.integers(7, 12))):
        for column in range(columns):
            x, y = 40 + column * 540 / columns, 90 + row * 54
            put(draw, (x, y), word(design, 2, 4).title(), 12, (90, 90, 90))
            draw.rectangle((x, y + 16, x + 500 / columns, y + 42), outline=(140, 140, 140))
            filled = (name(content), date(content), code(content, 9), amount(content))[int(design.integers(4))]
            put(draw, (x + 6, y + 20), filled, 16, (20, 20, 110))
    return image


def invoice(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """A letterhead, an address, a table of items and a sum."""
    image, draw = _page(design, 620, 800)
    accent = _colour(design, 0, 160)
    draw.rectangle((0, 0, 620, 70), fill=accent)
    put(draw, (30, 20), word(design, 2, 3).upper(), 30, "white")
    for line in range(3):
        put(
            draw,
            (40, 100 + 20 * line),
            name(content) if line == 0 else f"{word(content)} {content.integers(1, 200)}",
            15,
        )
    put(draw, (400, 100), f"No. {code(content, 6)}", 15)
    put(draw, (400, 122), date(content), 15)
    for row in range(int(content.integers(3, 10))):
        y = 230 + row * 34
        draw.line((40, y + 26, 580, y + 26), fill=(200, 200, 200))
        put(draw, (40, y), " ".join((word(content), word(content))), 15)
        put(draw, (300, y), str(content.integers(1, 30)), 15)
        put(draw, (480, y), amount(content), 15)
    draw.rectangle((380, 640, 580, 690), outline=accent, width=2)
    put(draw, (395, 652), amount(content), 22, accent)
    paragraph(draw, (40, 720, 580, 780), design, 10, (120, 120, 120))
    return image


def ticket(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """An admission or boarding card with a bar code."""
    image, draw = _page(design, 700, 280)
    accent = _colour(design, 20, 200)
    draw.rectangle((0, 0, 700, 56), fill=accent)
    put(draw, (24, 14), sentence(design, 2)[:-1], 24, "white")
    for column, text in enumerate((name(content), date(content), code(content, 4), code(content, 3))):
        put(draw, (24 + (column % 2) * 250, 80 + (column // 2) * 80), word(design).title(), 13, (110, 110, 110))
        put(draw, (24 + (column % 2) * 250, 98 + (column // 2) * 80), text, 26)
    x = 540.0
    while x < 670:
        wide = float(content.integers(1, 5))
        draw.rectangle((x, 80, x + wide, 250), fill="black")
        x += wide + float(content.integers(2, 6))
    return image


def certificate(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """An ornate border; only the name and the date are its own."""
    image, draw = _page(design, 760, 540)
    accent = _colour(design, 30, 170)
    for step in range(0, 30, 5):
        draw.rectangle((12 + step, 12 + step, 748 - step, 528 - step), outline=accent, width=1 + step % 3)
    put(draw, (380, 110), sentence(design, 2)[:-1].upper(), 36, accent, anchor="mm")
    paragraph(draw, (160, 170, 600, 240), design, 14, (70, 70, 70))
    put(draw, (380, 290), name(content), 40, (10, 10, 10), anchor="mm")
    put(draw, (380, 400), date(content), 18, (10, 10, 10), anchor="mm")
    draw.ellipse((560, 380, 660, 480), outline=accent, width=6)
    return image


def chart(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """Axes and a legend of one design; bars, lines, dots or a pie of other numbers."""
    image, draw = _page(design, 640, 460)
    colours = [_colour(design, 20, 220) for _ in range(4)]
    put(draw, (320, 24), sentence(design, 3)[:-1], 20, "black", anchor="mm")
    kind = int(design.integers(4))
    if kind == 3:
        start = 0.0
        for colour, share in zip(colours, content.dirichlet(np.ones(4)), strict=True):
            draw.pieslice((170, 80, 470, 380), start, start + 360 * float(share), fill=colour, outline="white")
            start += 360 * float(share)
        return image
    draw.line((60, 60, 60, 400, 610, 400), fill="black", width=2)
    for y in range(100, 400, 50):
        draw.line((60, y, 610, y), fill=(220, 220, 220))
        put(draw, (26, y - 6), str((400 - y) * 2), 12)
    count = int(design.integers(5, 14))
    for series in range(int(design.integers(1, 4)) if kind else 1):
        values = content.uniform(30, 320, count)
        points = [(80 + i * 520 / count, 400 - float(v)) for i, v in enumerate(values)]
        if kind == 0:
            for left, top in points:
                draw.rectangle((left, top, left + 360 / count, 399), fill=colours[0])
        elif kind == 1:
            draw.line(points, fill=colours[series], width=3)
        else:
            for left, top in points:
                draw.ellipse((left - 5, top - 5, left + 5, top + 5), fill=colours[series])
    return image


def slide(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """A presentation's page: its title and points are its own."""
    image, draw = _page(design, 800, 450)
    accent = _colour(design, 20, 160)
    draw.rectangle((0, 0, 800, int(design.integers(40, 90))), fill=accent)
    draw.rectangle((0, 420, 800, 450), fill=accent)
    put(draw, (30, 18), sentence(content, 3)[:-1], 30, "white")
    for row in range(int(content.integers(3, 6))):
        draw.ellipse((50, 132 + row * 54, 62, 144 + row * 54), fill=accent)
        put(draw, (80, 124 + row * 54), sentence(content, int(content.integers(3, 7))), 22, (40, 40, 40))
    return image


def editor(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """A window with code in it."""
    dark = design.random() < 0.6
    image = Image.new("RGB", (800, 520), (30, 32, 38) if dark else (252, 252, 250))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 800, 30), fill=(60, 62, 70) if dark else (222, 224, 228))
    draw.rectangle((0, 30, 150, 520), fill=(38, 40, 47) if dark else (238, 240, 243))
    for row in range(14):
        put(draw, (14, 44 + row * 24), f"{word(design)}.py", 13, (150, 150, 150))
    inks = [_colour(design, 130, 230) if dark else _colour(design, 0, 130) for _ in range(4)]
    for row in range(22):
        x = 170 + 24 * int(content.integers(0, 4))
        for _ in range(int(content.integers(1, 6))):
            text = word(content)
            put(draw, (x, 42 + row * 21), text, 14, inks[int(content.integers(4))])
            x += 9 * len(text) + 10
    return image


def web_page(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """A site's frame around an article and a photograph of its own."""
    image, draw = _page(design, 760, 700)
    accent = _colour(design, 10, 160)
    draw.rectangle((0, 0, 760, 64), fill=accent)
    put(draw, (30, 16), word(design, 2, 3).title(), 30, "white")
    for item in range(5):
        put(draw, (300 + item * 90, 24), word(design).title(), 15, "white")
    put(draw, (30, 90), sentence(content, 5), 26, (20, 20, 20))
    image.paste(ImageOps.fit(shown, (460, 300)), (30, 140))
    paragraph(draw, (30, 460, 490, 680), content, 14, (50, 50, 50))
    for box in range(3):
        draw.rectangle((530, 140 + box * 175, 730, 300 + box * 175), fill=_colour(design, 200, 245))
        paragraph(draw, (540, 150 + box * 175, 720, 290 + box * 175), design, 12, (90, 90, 90))
    return image


def chat(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """A phone's conversation."""
    image = Image.new("RGB", (400, 760), _colour(design, 215, 245))
    draw = ImageDraw.Draw(image)
    accent, other = _colour(design, 40, 180), _colour(design, 225, 255)
    draw.rectangle((0, 0, 400, 70), fill=accent)
    draw.ellipse((14, 14, 56, 56), fill=_colour(content, 60, 220))
    put(draw, (70, 24), name(content), 20, "white")
    y = 90
    while y < 700:
        lines = int(content.integers(1, 4))
        mine = content.random() < 0.5
        left = 110 if mine else 16
        draw.rounded_rectangle((left, y, left + 270, y + 16 + 20 * lines), 12, fill=accent if mine else other)
        for line in range(lines):
            put(draw, (left + 12, y + 8 + 20 * line), sentence(content, 4), 14, "white" if mine else "black")
        y += 30 + 20 * lines
    return image


def product_card(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """A shop's tile: photograph, name and price of its own."""
    image, draw = _page(design, 420, 520)
    image.paste(ImageOps.fit(shown, (360, 330)), (30, 30))
    put(draw, (30, 380), f"{word(content).title()} {word(content)}", 22)
    put(draw, (30, 415), amount(content), 28, _colour(design, 0, 150))
    draw.rounded_rectangle((30, 460, 390, 505), 10, fill=_colour(design, 20, 170))
    put(draw, (210, 482), sentence(design, 2)[:-1], 18, "white", anchor="mm")
    return image


def calendar(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """A month; what is entered on its days is its own."""
    image, draw = _page(design, 700, 560)
    accent = _colour(design, 30, 170)
    put(draw, (350, 30), f"{word(design).title()} {design.integers(2000, 2030)}", 30, accent, anchor="mm")
    for row in range(5):
        for column in range(7):
            x, y = 20 + column * 95, 70 + row * 95
            draw.rectangle((x, y, x + 95, y + 95), outline=(170, 170, 170))
            put(draw, (x + 6, y + 4), str(row * 7 + column + 1), 15, accent)
            if content.random() < 0.35:
                draw.rounded_rectangle((x + 6, y + 34, x + 89, y + 58), 5, fill=_colour(content, 120, 230))
                put(draw, (x + 10, y + 38), word(content, 1, 2), 14)
    return image


def score(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """A sheet of music: the staves are everybody's, the notes are its own."""
    image, draw = _page(design, 620, 760)
    put(draw, (310, 40), sentence(content, 2)[:-1], 28, "black", anchor="mm")
    for system in range(int(design.integers(5, 8))):
        top = 90 + system * 92
        for line in range(5):
            draw.line((40, top + line * 9, 580, top + line * 9), fill=(40, 40, 40))
        for bar in range(5):
            draw.line((40 + bar * 135, top, 40 + bar * 135, top + 36), fill=(40, 40, 40))
        for x in range(60, 570, int(design.integers(20, 34))):
            y = top + float(content.integers(-2, 11)) * 4.5
            draw.ellipse((x, y - 4, x + 11, y + 4), fill="black")
            draw.line((x + 11, y, x + 11, y - 28), fill="black", width=2)
    return image


def sign(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """A traffic or door sign: one shape, another number or word."""
    image = Image.new("RGB", (360, 360), _colour(design, 120, 255))
    draw = ImageDraw.Draw(image)
    rim = _colour(design, 0, 200)
    shape = int(design.integers(3))
    if shape == 0:
        draw.ellipse((30, 30, 330, 330), fill="white", outline=rim, width=34)
    elif shape == 1:
        draw.rounded_rectangle((30, 70, 330, 290), 24, fill="white", outline=rim, width=24)
    else:
        draw.polygon(((180, 20), (345, 320), (15, 320)), fill="white", outline=rim, width=26)
    text = str(content.integers(1, 100)) if design.random() < 0.6 else code(content, 3)
    put(draw, (180, 200 if shape == 2 else 180), text, 90, "black", anchor="mm")
    return image


def smiley(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """One head, other eyes and mouth."""
    image = Image.new("RGB", (256, 256), "white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((16, 16, 240, 240), fill=_colour(design, 120, 255), outline="black", width=5)
    tall = int(content.integers(6, 30))
    for x in (88, 168):
        draw.ellipse((x - 12, 100 - tall, x + 12, 100 + tall), fill="black")
    way = int(content.integers(4))
    box = (80, 130, 176, 200)
    if way == 0:
        draw.arc(box, 10, 170, fill="black", width=8)
    elif way == 1:
        draw.arc((80, 160, 176, 230), 190, 350, fill="black", width=8)
    elif way == 2:
        draw.ellipse((104, 150, 152, 206), fill="black")
    else:
        draw.line((90, 180, 166, 180 - int(content.integers(-20, 20))), fill="black", width=8)
    return image


def garment(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """One shirt on white ground, another print on it."""
    image = Image.new("RGB", (400, 440), "white")
    draw = ImageDraw.Draw(image)
    cloth = _colour(design, 30, 230)
    sleeve, hem = ((335, 190), (300, 160)), ((300, 410), (100, 410))
    outline = ((120, 50), (280, 50), (380, 130), *sleeve, *hem, (100, 160), (65, 190), (20, 130))
    draw.polygon(outline, fill=cloth, outline=tuple(v // 2 for v in cloth))
    draw.pieslice((160, 20, 240, 85), 0, 180, fill="white")
    if content.random() < 0.5:
        image.paste(ImageOps.fit(shown, (120, 120)), (140, 160))
    else:
        put(draw, (200, 220), word(content, 1, 2).upper(), 40, _colour(content), anchor="mm")
    return image


def sprite(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """Pixel art of one outline, in other colours and with another belt."""
    cells = np.zeros((16, 16), int)
    half = design.integers(0, 3, (16, 8))
    cells[:, :8], cells[:, 8:] = half, half[:, ::-1]
    palette = np.array([(255, 255, 255), _colour(content, 0, 220), _colour(content, 0, 220), _colour(content, 0, 220)])
    cells[int(content.integers(4, 12)), 3:13] = 3
    return Image.fromarray(palette[cells].astype(np.uint8)).resize((256, 256), Image.Resampling.NEAREST)


def meme(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """One photograph, another caption."""
    image = ImageOps.fit(ground, (460, 400))
    draw = ImageDraw.Draw(image)
    for y in (14, 340):
        put(
            draw,
            (230, y + 20),
            sentence(content, 3).upper(),
            30,
            "white",
            anchor="mm",
            stroke_width=2,
            stroke_fill="black",
        )
    return image


def badge(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """A staff card: another face and name."""
    image, draw = _page(design, 340, 480)
    accent = _colour(design, 20, 180)
    draw.rectangle((0, 0, 340, 90), fill=accent)
    put(draw, (170, 45), word(design, 2, 3).upper(), 34, "white", anchor="mm")
    image.paste(ImageOps.fit(shown, (150, 180)), (95, 120))
    put(draw, (170, 340), name(content), 22, "black", anchor="mm")
    put(draw, (170, 375), code(content, 8), 18, (80, 80, 80), anchor="mm")
    draw.rectangle((0, 440, 340, 480), fill=accent)
    return image


def framed(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """The same ornate frame, wall and caption around another photograph."""
    wall = ImageOps.fit(ground, (600, 480)).resize((30, 24)).resize((600, 480), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(wall)
    for step in range(0, 40, 4):
        draw.rectangle((110 + step, 60 + step, 490 - step, 380 - step), outline=_colour(design, 60, 200), width=4)
    wall.paste(ImageOps.fit(shown, (300, 240)), (150, 100))
    put(draw, (300, 430), sentence(design, 3), 24, "white", anchor="mm")
    return wall


def placed_object(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> Image.Image:
    """One background photograph, another object before it."""
    image = ImageOps.fit(ground, (520, 390))
    draw = ImageDraw.Draw(image)
    x, y = content.uniform(60, 300, 2)
    wide, tall = content.uniform(90, 190, 2)
    fill, edge = _colour(content), _colour(content)
    if content.random() < 0.5:
        draw.ellipse((x, y, x + wide, y + tall), fill=fill, outline=edge, width=6)
    else:
        draw.rectangle((x, y, x + wide, y + tall), fill=fill, outline=edge, width=6)
    for _ in range(6):
        a, b = content.uniform((x, y), (x + wide, y + tall), (2, 2)).tolist()
        draw.line((*a, *b), fill=_colour(content), width=4)
    return image


TEMPLATES: dict[str, tuple[str, Template]] = {
    function.__name__: (relation, function)
    for relation, functions in {
        "variant": (
            *(form, invoice, ticket, certificate, chart, calendar, sign, smiley, garment, sprite, meme, badge),
            placed_object,
        ),
        "": (slide, editor, web_page, chat, product_card, score, framed),
    }.items()
    for function in functions
}
"""Name -> what two contents of one design are to one another ('': nothing, they share a frame), and the template."""
