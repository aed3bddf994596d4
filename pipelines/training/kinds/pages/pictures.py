"""Photographs with something of a design about or over them: memes, frames, tiles of shops, posters, comics."""

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from lookalike.pipelines.training.kinds.tools import lettering as write
from lookalike.pipelines.training.kinds.tools.fields import Fields, colour, flag, one_of, photograph, share
from lookalike.pipelines.training.kinds.tools.lettering import ICONS, date, name, put
from lookalike.pipelines.training.kinds.tools.looks import between, block, line, look, page, photo, sheet, tint


def meme_text(f: Fields) -> Image.Image:
    """One photograph, another caption."""
    d = f.design
    w, h = between(d, 380, 620), between(d, 320, 560)
    image = ImageOps.fit(f.ground.convert("RGB"), (w, h))
    draw = ImageDraw.Draw(image)
    fashion, size = between(d, 0, 3), between(d, 28, 46)
    above, below = f.fill(write.words(2, 4), write.words(2, 4))
    for text, y in ((above, h * 0.1), (below, h * 0.9)):
        if fashion == 0:
            face, how = "sans bold", {"stroke_width": 3, "stroke_fill": "black"}
            put(
                draw,
                (w / 2, y),
                text.upper(),
                write.fitted(text.upper(), w - 40, size, face),
                "white",
                face,
                anchor="mm",
                **how,
            )
        else:
            draw.rectangle((0, y - h * 0.09, w, y + h * 0.09), fill="white" if fashion == 1 else "black")
            ink, face = ("black" if fashion == 1 else "white"), ("sans", "book", "round")[between(d, 0, 2)]
            line(draw, (w / 2, y), text.capitalize(), size, w - 40, ink, face, "mm")
    return image


def captioned(f: Fields) -> Image.Image:
    """One caption and frame, another photograph."""
    d, style, image, draw = page(f, 0.5, (380, 600), (400, 620))
    w, h = image.size
    (shown,) = f.fill(photograph)
    up = bool(d.random() < 0.6)
    top = h * 0.2 if up else 14
    photo(image, shown, (14, top, w - 14, top + h * 0.76))
    y = 18.0 if up else h * 0.82
    block(draw, (20, y), write.sentence(d, 8), 24, w - 40, style.ink, style.bold)
    return image


def title_bars(f: Fields) -> Image.Image:
    """Letters of one design across another photograph: a clip's preview or a programme's card."""
    d = f.design
    w, h = between(d, 480, 720), between(d, 300, 420)
    (shown,) = f.fill(photograph)
    image = ImageOps.fit(shown.convert("RGB"), (w, h))
    draw = ImageDraw.Draw(image)
    tone = tint(d, 20, 240)
    draw.rectangle((0, h * 0.74, w, h * 0.93), fill=tone)
    line(draw, (20, h * 0.835), write.sentence(d, 3)[:-1].upper(), h * 0.13, w - 40, "white", "sans bold", "lm")
    draw.rectangle((w - 90, 14, w - 14, 50), fill="black")
    put(draw, (w - 52, 32), write.hour(d), 22, "white", "sans bold", anchor="mm")
    return image


def frame(f: Fields) -> Image.Image:
    """The same ornate frame, wall and caption around another photograph."""
    d = f.design
    w, h = between(d, 440, 660), between(d, 380, 560)
    wall = f.ground.convert("RGB").resize((24, 20)).resize((w, h), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(wall)
    left, top, right, bottom = w * 0.16, h * 0.1, w * 0.84, h * 0.8
    for step in range(0, between(d, 16, 40), 4):
        draw.rectangle((left + step, top + step, right - step, bottom - step), outline=tint(d, 60, 200), width=4)
    (shown,) = f.fill(photograph)
    photo(wall, shown, (left + 36, top + 36, right - 36, bottom - 36))
    line(draw, (w / 2, h * 0.9), write.sentence(d, 3), 24, w - 60, "white", "book", "mm")
    return wall


def polaroid(f: Fields) -> Image.Image:
    """White paper about a photograph, with a note by hand."""
    d = f.design
    image = sheet(d, (340, 460), (420, 560), tint(d, 225, 255))
    draw = ImageDraw.Draw(image)
    w, h = image.size
    shown, text = f.fill(photograph, write.words(1, 3))
    photo(image, shown, (w * 0.07, w * 0.07, w * 0.93, h * 0.8))
    line(draw, (w / 2, h * 0.9), text, 44, w * 0.84, tint(d, 0, 90), "hand", "mm")
    return image


def product_card(f: Fields) -> Image.Image:
    """A shop's tile: photograph, name and price of its own."""
    d, style, image, draw = page(f, 0.2, (340, 500), (440, 600))
    w, h = image.size
    shown, what, cost, stars = f.fill(photograph, write.words(2, 3), write.price, one_of(6))
    photo(image, shown, (24, 24, w - 24, h * 0.66))
    line(draw, (26, h * 0.69), what.title(), 22, w - 52, style.ink, style.face)
    line(draw, (26, h * 0.75), cost, 30, w * 0.5, style.accent, style.bold)
    for star in range(5):
        tone = style.second if star < stars else style.panel
        put(draw, (w - 140 + 24 * star, h * 0.785), "\uf005", 18, tone, "icons", anchor="lm")
    draw.rounded_rectangle((24, h * 0.86, w - 24, h * 0.95), 10, fill=style.accent)
    line(draw, (w / 2, h * 0.905), write.sentence(d, 2)[:-1], 18, w - 80, style.ground, style.bold, "mm")
    return image


def film_poster(f: Fields) -> Image.Image:
    """A film's or concert's poster: one picture, other titles, days and names."""
    d = f.design
    w, h = between(d, 380, 520), between(d, 540, 740)
    image = ImageOps.fit(f.ground.convert("RGB"), (w, h))
    shade = np.linspace(1, float(d.uniform(0.1, 0.5)), h)[:, None, None]
    image = Image.fromarray((np.asarray(image) * shade * np.array(d.uniform(0.6, 1, 3))).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    face = ("sans bold", "book bold", "round", "serif bold")[between(d, 0, 3)]
    title, day, *names = f.fill(write.words(1, 2), date, name, name, name)
    line(draw, (w / 2, h * 0.72), title.upper(), 76, w - 50, tint(d, 170, 255), face, "mm")
    line(draw, (w / 2, h * 0.81), day, 24, w - 60, "white", "sans light", "mm")
    for row, who in enumerate(names):
        line(draw, (w / 2, h * (0.87 + 0.04 * row)), who.upper(), 18, w - 60, "white", "sans", "mm")
    return image


def quotation(f: Fields) -> Image.Image:
    """A saying over one photograph or plain ground."""
    d, style = f.design, look(f.design, 0.5)
    image = sheet(d, (400, 600), (400, 600), style.accent)
    w, h = image.size
    if d.random() < 0.5:
        dark = ImageOps.fit(f.ground.convert("RGB"), (w, h)).point([v // 3 for v in range(256)] * 3)
        image.paste(dark)
    draw = ImageDraw.Draw(image)
    put(draw, (28, 24), "\uf10d", 40, "white", "icons")
    text, who = f.fill(write.words(8, 14), name)
    face = ("serif italic", "sans light", "hand", "book")[between(d, 0, 3)]
    y = block(draw, (34, h * 0.22), text.capitalize(), 34, w - 68, "white", face, 1.3)
    line(draw, (w - 34, min(h - 40, y + 30)), who, 20, w * 0.6, style.panel, "sans", "ra")
    return image


def placed_object(f: Fields) -> Image.Image:
    """One background photograph, another object before it."""
    d = f.design
    w, h = between(d, 420, 640), between(d, 320, 480)
    image = ImageOps.fit(f.ground.convert("RGB"), (w, h))
    draw = ImageDraw.Draw(image)
    x, y, wide, tall, fill, edge, round_ = f.fill(share, share, share, share, colour(), colour(), flag)
    left, top = 20 + x * w * 0.6, 20 + y * h * 0.6
    right, bottom = left + 50 + wide * w * 0.22, top + 50 + tall * h * 0.22
    if round_:
        draw.ellipse((left, top, right, bottom), fill=fill, outline=edge, width=6)
    else:
        draw.rectangle((left, top, right, bottom), fill=fill, outline=edge, width=6)
    for step in np.linspace(0.2, 0.8, 4).tolist():
        a = left + (right - left) * step
        draw.line((a, top + (bottom - top) * 0.3, a, bottom - (bottom - top) * 0.3), fill=edge, width=4)
    return image


def stickers(f: Fields) -> Image.Image:
    """One photograph with icons on it; they are other ones, or elsewhere."""
    d = f.design
    w, h = between(d, 380, 600), between(d, 340, 520)
    image = ImageOps.fit(f.ground.convert("RGB"), (w, h))
    draw = ImageDraw.Draw(image)
    count = between(d, 1, 4)
    for x, y, icon, tone in f.rows(count, share, share, one_of(len(ICONS)), colour(40, 255)):
        place = (40 + x * (w - 80), 40 + y * (h - 80))
        put(draw, place, ICONS[icon], h * 0.17, tone, "icons", anchor="mm", stroke_width=3, stroke_fill="white")
    return image


def compared(f: Fields) -> Image.Image:
    """'Before' and 'after' of one design: the left photograph stays, the right is another."""
    d, style, image, draw = page(f, 0.4, (520, 780), (280, 420))
    w, h = image.size
    (shown,) = f.fill(photograph)
    photo(image, f.ground.rotate(180), (10, 50, w / 2 - 4, h - 10))
    photo(image, shown, (w / 2 + 4, 50, w - 10, h - 10))
    for x in (w * 0.25, w * 0.75):
        line(draw, (x, 26), write.word(d, 2, 3).upper(), 28, w * 0.4, style.accent, style.bold, "mm")
    return image


GROUNDS = (meme_text, film_poster, quotation, placed_object, stickers, compared)
"""One photograph is the ground: two of them are variants whatever lies on it."""
FRAMES = (captioned, title_bars, frame)
TOLD = (polaroid, product_card)
"""One photograph fills most of it: with another one nothing else is in common. TOLD: texts are the content's too."""
PICTURED = (*GROUNDS, *FRAMES, *TOLD)
"""Show photographs."""
