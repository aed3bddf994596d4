"""Screens of a phone: conversations, feeds, settings, icons, maps, weather."""

from PIL import Image, ImageDraw

from lookalike.pipelines.training.kinds.tools import lettering as write
from lookalike.pipelines.training.kinds.tools.fields import Fields, Rng, colour, flag, one_of, photograph, share
from lookalike.pipelines.training.kinds.tools.lettering import ICONS, date, hour, name, put
from lookalike.pipelines.training.kinds.tools.looks import Look, between, block, line, look, page, photo, sheet

ICON = one_of(len(ICONS))


def screen(f: Fields, dark: float) -> tuple[Rng, Look, Image.Image, ImageDraw.ImageDraw]:
    """The design, a theme by chance, and a phone's screen with its status line to draw on."""
    style = look(f.design, dark)
    return f.design, style, *_with_status_line(f.design, style)


def _with_status_line(design: Rng, style: Look) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = sheet(design, (320, 440), (600, 880), style.ground)
    draw = ImageDraw.Draw(image)
    put(draw, (18, 6), hour(design), 14, style.ink, style.bold)
    for place, icon in enumerate("\uf240\uf1eb\uf012"):
        put(draw, (image.width - 20 - 26 * place, 14), icon, 13, style.ink, "icons", anchor="mm")
    return image, draw


def conversation(f: Fields) -> Image.Image:
    """A conversation in bubbles."""
    d, style, image, draw = screen(f, 0.3)
    w, h = image.size
    draw.rectangle((0, 28, w, 84), fill=style.accent)
    shape = []
    y = 98
    while y < h - 110:
        shape.append((y, between(d, 1, 3), bool(d.random() < 0.5)))
        y += 34 + 20 * shape[-1][1]
    who, tone, *texts = f.fill(name, colour(60, 220), *[write.words(2 * lines, 3 * lines) for _, lines, _ in shape])
    draw.ellipse((12, 34, 56, 78), fill=tone)
    line(draw, (68, 44), who, 20, w - 90, "white", style.bold)
    for (top, lines, mine), text in zip(shape, texts, strict=True):
        wide = w * 0.7
        left = w - wide - 12 if mine else 12.0
        fill, ink = (style.accent, "white") if mine else (style.panel, style.ink)
        draw.rounded_rectangle((left, top, left + wide, top + 22 + 20 * lines), 14, fill=fill)
        block(draw, (left + 12, top + 8), text, 14, wide - 24, ink, style.face)
    draw.rounded_rectangle((12, h - 52, w - 60, h - 14), 18, outline=style.faint)
    put(draw, (w - 32, h - 32), "\uf1d8", 22, style.accent, "icons", anchor="mm")
    return image


def post(f: Fields) -> Image.Image:
    """A post of a network: who, a photograph, a text and how many liked it."""
    d, style, image, draw = screen(f, 0.4)
    w, h = image.size
    who, tone, shown, text, liked = f.fill(name, colour(60, 220), photograph, write.words(6, 12), write.digits(1, 5))
    line(draw, (16, 34), write.word(d, 2, 3).title(), 26, w - 60, style.accent, style.bold)
    draw.ellipse((14, 76, 54, 116), fill=tone)
    line(draw, (64, 84), who, 17, w - 90, style.ink, style.bold)
    bottom = 128 + (h - 128) * float(d.uniform(0.5, 0.68))
    photo(image, shown, (0, 128, w, bottom))
    for place, icon in enumerate("\uf004\uf075\uf1d8"):
        put(draw, (26 + 44 * place, bottom + 22), icon, 24, style.ink, "icons", anchor="mm")
    put(draw, (w - 16, bottom + 12), liked, 17, style.ink, style.bold, anchor="ra")
    block(draw, (16, bottom + 46), text, 15, w - 32, style.ink, style.face)
    return image


def status_post(f: Fields) -> Image.Image:
    """Short texts of a network, without pictures."""
    _, style, image, draw = page(f, 0.5, (420, 640), (220, 560))
    w = image.width
    rows = max(1, image.height // 180)
    made = f.rows(rows, name, colour(60, 220), write.words(10, 18), date, write.digits(1, 5))
    for row, (who, tone, text, day, liked) in enumerate(made):
        y = 14 + row * 180
        draw.ellipse((16, y, 60, y + 44), fill=tone)
        line(draw, (72, y), who, 18, w * 0.5, style.ink, style.bold)
        put(draw, (w - 16, y + 2), day, 13, style.faint, style.face, anchor="ra")
        block(draw, (72, y + 26), text, 16, w - 90, style.ink, style.face)
        for place, icon in enumerate("\uf075\uf079\uf004"):
            put(draw, (90 + 90 * place, y + 146), icon, 16, style.faint, "icons", anchor="mm")
        put(draw, (284, y + 138), liked, 14, style.faint, style.face)
        draw.line((0, y + 166, w, y + 166), fill=style.panel, width=2)
    return image


def settings(f: Fields) -> Image.Image:
    """Rows of an application's settings with switches, each on or off."""
    d, style, image, draw = screen(f, 0.4)
    w, h = image.size
    line(draw, (18, 38), write.word(d, 2, 3).title(), 30, w - 40, style.ink, style.bold)
    step = between(d, 44, 64)
    rows = (h - 100) // step
    switched = d.random(rows) < 0.7
    switched[0] = True
    filled = iter(f.fill(*[flag if on else write.words(1, 1) for on in switched]))
    for row, switch in enumerate(switched):
        y = 92 + row * step
        tone = tuple(int(v) for v in d.integers(40, 220, 3))
        draw.rounded_rectangle((16, y, 46, y + 30), 7, fill=tone)
        put(draw, (31, y + 15), ICONS[between(d, 0, len(ICONS) - 1)], 16, "white", "icons", anchor="mm")
        line(draw, (58, y + 4), write.sentence(d, 2)[:-1], 17, w - 150, style.ink, style.face)
        value = next(filled)
        if switch:
            draw.rounded_rectangle((w - 66, y + 2, w - 18, y + 28), 13, fill=style.accent if value else style.faint)
            x = w - 43 if value else w - 65
            draw.ellipse((x + 1, y + 4, x + 23, y + 26), fill="white")
        else:
            line(draw, (w - 18, y + 5), value, 15, 70, style.faint, style.face, "ra")
        draw.line((58, y + step - 6, w, y + step - 6), fill=style.panel)
    return image


def home_screen(f: Fields) -> Image.Image:
    """Icons of applications over a plain or blurred ground."""
    d, style = f.design, look(f.design, 0.5)
    blurred = d.integers(0, 2)
    image, draw = _with_status_line(d, style)
    w, h = image.size
    if blurred:
        paper = f.ground.convert("RGB").resize((12, 20)).resize((w, h - 28), Image.Resampling.BICUBIC)
        image.paste(paper, (0, 28))
    columns, rows = 4, between(d, 5, 7)
    round_ = between(d, 6, 30)
    wide, tall = w / columns, (h - 40) / rows
    for number, (icon, tone, what) in enumerate(f.rows(columns * rows, ICON, colour(20, 230), write.words(1, 1))):
        x, y = (number % columns + 0.5) * wide, 36 + (number // columns + 0.42) * tall
        draw.rounded_rectangle((x - 28, y - 28, x + 28, y + 28), round_, fill=tone)
        put(draw, (x, y), ICONS[icon], 30, "white", "icons", anchor="mm")
        line(draw, (x, y + 40), what.title(), 12, wide - 8, style.ink, style.face, "mm")
    return image


def lock_screen(f: Fields) -> Image.Image:
    """A photograph with the hour, the day and messages over it."""
    d = f.design
    image = sheet(d, (320, 440), (600, 880), "black")
    w, h = image.size
    photo(image, f.ground, (0, 0, w, h))
    draw = ImageDraw.Draw(image)
    rows, dark = between(d, 1, 3), bool(d.random() < 0.5)
    when, day, *texts = f.fill(hour, date, *[write.words(3, 6)] * rows)
    put(draw, (w / 2, h * 0.16), when, 84, "white", "sans light", anchor="mm")
    put(draw, (w / 2, h * 0.26), day, 22, "white", "sans", anchor="mm")
    for row, text in enumerate(texts):
        y = h * 0.5 + row * 84
        draw.rounded_rectangle((14, y, w - 14, y + 72), 14, fill=(40, 40, 44) if dark else (240, 240, 244))
        block(draw, (28, y + 12), text, 16, w - 60, "white" if dark else "black", "sans")
    return image


def weather(f: Fields) -> Image.Image:
    """A town's weather: large degrees, hours and days with icons."""
    d, style, image, draw = screen(f, 0.6)
    w, h = image.size
    signs = "\uf185\uf0c2\uf0e9\uf2dc\uf0e7\uf186"
    days = between(d, 4, 7)
    town, degrees, now, *made = f.fill(write.words(1, 1), _degrees, one_of(6), *[one_of(6), _degrees] * days)
    line(draw, (w / 2, 70), town.title(), 32, w - 60, style.ink, style.bold, "mm")
    put(draw, (w / 2, 160), f"{degrees}°", 84, style.ink, "sans light", anchor="mm")
    put(draw, (w / 2, 250), signs[now], 60, style.accent, "icons", anchor="mm")
    step = (h - 320) / days
    for row in range(days):
        y = 310 + row * step
        put(draw, (24, y), write.word(d, 1, 2).title(), 18, style.ink, style.face)
        put(draw, (w / 2, y + 10), signs[made[2 * row]], 22, style.second, "icons", anchor="mm")
        put(draw, (w - 24, y), f"{made[2 * row + 1]}°", 18, style.ink, style.bold, anchor="ra")
    return image


def _degrees(rng: write.Rng) -> str:
    return str(rng.integers(10, 99) - 20)


def calculator(f: Fields) -> Image.Image:
    """Keys of one design under another number."""
    d, style, image, draw = page(f, 0.6, (300, 420), (420, 640))
    w, h = image.size
    (number,) = f.fill(write.digits(3, 9))
    line(draw, (w - 20, h * 0.2), number, 64, w - 40, style.ink, ("sans light", "mono", "sans")[between(d, 0, 2)], "rs")
    wide, tall, round_ = w / 4, h * 0.72 / 5, between(d, 0, 30)
    for key, sign in enumerate("C±%÷789×456-123+0.<="):
        x, y = key % 4 * wide, h * 0.27 + key // 4 * tall
        fill = style.accent if key % 4 == 3 else style.panel
        draw.rounded_rectangle((x + 4, y + 4, x + wide - 4, y + tall - 4), round_, fill=fill)
        put(draw, (x + wide / 2, y + tall / 2), sign, 26, style.ink, style.face, anchor="mm")
    return image


def music(f: Fields) -> Image.Image:
    """A player of songs: the sleeve is drawn, title and place are the song's."""
    _, style, image, draw = screen(f, 0.6)
    w, h = image.size
    title, who, played, tone, icon = f.fill(write.words(1, 4), name, share, colour(20, 230), ICON)
    side = w - 60
    draw.rounded_rectangle((30, 60, 30 + side, 60 + side), 10, fill=tone)
    put(draw, (w / 2, 60 + side / 2), ICONS[icon], side * 0.5, style.ground, "icons", anchor="mm")
    line(draw, (30, 80 + side), title.title(), 26, w - 60, style.ink, style.bold)
    line(draw, (30, 116 + side), who, 18, w - 60, style.faint, style.face)
    y = min(h - 130, 160 + side)
    draw.rectangle((30, y, w - 30, y + 4), fill=style.faint)
    draw.ellipse((26 + side * played, y - 6, 42 + side * played, y + 10), fill=style.accent)
    for place, key in enumerate("\uf048\uf04b\uf051"):
        put(draw, (w / 2 + 80 * (place - 1), y + 60), key, 36, style.ink, "icons", anchor="mm")
    return image


def contacts(f: Fields) -> Image.Image:
    """A list of people or calls."""
    d, style, image, draw = screen(f, 0.4)
    w, h = image.size
    line(draw, (16, 36), write.word(d, 2, 3).title(), 28, w - 40, style.ink, style.bold)
    step = between(d, 52, 72)
    rows = (h - 90) // step
    for row, (who, number, tone) in enumerate(f.rows(rows, name, write.phone, colour(60, 220))):
        y = 84 + row * step
        draw.ellipse((16, y, 56, y + 40), fill=tone)
        put(draw, (36, y + 20), who[0], 20, "white", style.bold, anchor="mm")
        line(draw, (70, y), who, 17, w - 90, style.ink, style.face)
        line(draw, (70, y + 22), number, 13, w - 90, style.faint, style.face)
    return image


def phone_story(f: Fields) -> Image.Image:
    """A photograph that fills the screen, with a name above and a field to answer below."""
    d = f.design
    image = sheet(d, (320, 440), (600, 860), (20, 20, 22))
    w, h = image.size
    shown, who, liked = f.fill(photograph, name, write.digits(1, 4))
    photo(image, shown, (0, h * 0.1, w, h * 0.9))
    draw = ImageDraw.Draw(image)
    draw.rectangle((10, 12, w - 10, 15), fill=(200, 200, 200))
    draw.ellipse((12, 24, 44, 56), fill=tuple(int(v) for v in d.integers(60, 220, 3)))
    line(draw, (54, 30), who, 17, w - 80, "white", "sans bold")
    draw.rounded_rectangle((12, h - 52, w - 90, h - 12), 20, outline=(180, 180, 180), width=2)
    put(draw, (28, h - 42), write.sentence(d, 2)[:-1][: int(w / 16)], 16, (180, 180, 180), "sans")
    put(draw, (w - 14, h - 42), liked, 16, "white", "sans", anchor="ra")
    return image


GROUNDS = (settings, home_screen, lock_screen, weather, calculator, music)
"""What stays is enough for a ground: two of them are variants whatever is filled in."""
TEXTS = (conversation, status_post, contacts)
"""Mostly content: variants only while most of it is the same."""
TOLD = (post, phone_story)
"""One photograph fills most of it: with another one nothing else is in common; texts are the content's too."""
PICTURED = (home_screen, lock_screen, *TOLD)
"""Show photographs."""
