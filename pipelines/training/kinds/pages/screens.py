"""Screens of a desk: web pages, shops, mail, editors, terminals, players, dashboards."""

from PIL import Image, ImageDraw

from lookalike.pipelines.training.kinds.tools import lettering as write
from lookalike.pipelines.training.kinds.tools.fields import Fields, Maker, Rng, colour, flag, one_of, photograph, share
from lookalike.pipelines.training.kinds.tools.lettering import ICONS, amount, date, hour, name, put
from lookalike.pipelines.training.kinds.tools.looks import Look, between, block, line, look, page, photo, sheet

ICON = one_of(len(ICONS))


def window(
    f: Fields, dark: float, width: tuple[int, int], height: tuple[int, int]
) -> tuple[Rng, Look, Image.Image, ImageDraw.ImageDraw, int]:
    """The design, a theme by chance, a window with its bar in one of three fashions to draw on, and where its content
    begins.
    """
    d, style, image, draw = page(f, dark, width, height)
    fashion = between(d, 0, 3)
    if fashion == 3:
        return d, style, image, draw, 0
    draw.rectangle((0, 0, image.width, 30), fill=style.panel)
    if fashion == 0:
        for place, fill in enumerate(((255, 95, 86), (255, 189, 46), (39, 201, 63))):
            draw.ellipse((12 + 20 * place, 9, 24 + 20 * place, 21), fill=fill)
    else:
        for place, icon in enumerate("\uf00d\uf0c8\uf068"):
            put(draw, (image.width - 20 - 28 * place, 15), icon, 12, style.faint, "icons", anchor="mm")
    line(draw, (image.width / 2, 15), write.sentence(d, 2)[:-1], 14, image.width / 2, style.faint, style.face, "mm")
    return d, style, image, draw, 31


def web_page(f: Fields) -> Image.Image:
    """A site's frame around an article and a photograph."""
    d, style, image, draw, top = window(f, 0.25, (560, 900), (520, 800))
    w, h = image.size
    draw.rectangle((0, top, w, top + 54), fill=style.accent)
    line(draw, (24, top + 12), write.word(d, 2, 3).title(), 28, w * 0.3, "white", style.bold)
    for item in range(4):
        line(draw, (w * 0.4 + item * w * 0.15, top + 18), write.word(d).title(), 15, w * 0.13, "white", style.face)
    aside = between(d, 0, 2)
    left, right = (24, w - 24) if aside == 0 else ((24, w * 0.68) if aside == 1 else (w * 0.32, w - 24))
    tall = (h - top) * float(d.uniform(0.3, 0.5))
    size = between(d, 12, 15)
    words = min(120, int((h - top - tall - 150) / (size * 1.4) * (right - left) / (size * 4.4)))
    title, shown, day, first, second = f.fill(
        write.words(4, 6), photograph, date, write.prose(max(4, words // 2)), write.prose(max(4, words // 2))
    )
    line(draw, (left, top + 66), title.capitalize(), 28, right - left, style.ink, style.bold)
    put(draw, (left, top + 100), day, 12, style.faint, style.face)
    photo(image, shown, (left, top + 120, right, top + 120 + tall))
    y = block(draw, (left, top + 132 + tall), first, size, right - left, style.ink, style.face)
    block(draw, (left, y + 6), second, size, right - left, style.ink, style.face)
    if aside:
        x = w * 0.71 if aside == 1 else 24
        for box in range(3):
            y = top + 70 + box * (h - top - 80) / 3
            draw.rectangle((x, y, x + w * 0.25, y + (h - top) / 3 - 40), fill=style.panel)
            line(draw, (x + 8, y + 6), write.word(d, 2, 3).title(), 16, w * 0.22, style.accent, style.bold)
            block(draw, (x + 8, y + 30), write.sentence(d, 9), 12, w * 0.22, style.faint, style.face)
    return image


def banner_page(f: Fields) -> Image.Image:
    """A start page: large letters over a photograph that fills the upper half."""
    d, style, image, draw = page(f, 0.3, (560, 900), (440, 700))
    w, h = image.size
    shown, title, *texts = f.fill(photograph, write.words(2, 4), *[write.words(3, 6)] * 3, ICON, ICON, ICON)
    photo(image, shown, (0, 44, w, h * 0.66))
    line(draw, (24, 10), write.word(d, 2, 3).upper(), 24, w * 0.3, style.accent, style.bold)
    for item in range(3):
        put(draw, (w * 0.5 + item * w * 0.17, 14), write.word(d, 1, 2).title(), 15, style.ink, style.face)
    line(draw, (w / 2, h * 0.32), title.title(), 50, w - 60, "white", style.bold, "mm")
    draw.rounded_rectangle((w / 2 - 80, h * 0.45, w / 2 + 80, h * 0.45 + 40), 20, fill=style.accent)
    put(draw, (w / 2, h * 0.45 + 20), write.word(d, 2, 3).title(), 18, "white", style.face, anchor="mm")
    for column in range(3):
        x = w * (column + 0.5) / 3
        put(draw, (x, h * 0.74), ICONS[texts[3 + column]], 34, style.accent, "icons", anchor="mm")
        line(draw, (x, h * 0.86), texts[column], 16, w / 3 - 20, style.ink, style.face, "mm")
    return image


def search_results(f: Fields) -> Image.Image:
    """A list of titles, addresses and snippets that were found."""
    d, style, image, draw, top = window(f, 0.3, (520, 820), (460, 760))
    w = image.width
    step = between(d, 74, 96)
    rows = (image.height - top - 76) // step
    texts = f.fill(write.words(1, 3), *[write.words(3, 5), write.words(8, 14)] * rows)
    put(draw, (20, top + 22), write.word(d, 2, 2).title(), 26, style.accent, style.bold)
    draw.rounded_rectangle((w * 0.24, top + 16, w * 0.85, top + 54), 18, outline=style.faint, width=2)
    line(draw, (w * 0.27, top + 24), texts[0], 18, w * 0.5, style.ink, style.face)
    for row in range(rows):
        y = top + 72 + row * step
        line(draw, (28, y), texts[1 + 2 * row].capitalize(), 20, w - 60, style.accent, style.face)
        block(draw, (28, y + 26), texts[2 + 2 * row], 13, w - 80, style.ink, style.face)
    return image


def product_grid(f: Fields) -> Image.Image:
    """A shop's shelf of tiles; a tile has an icon, a shape's colour, a name and a price."""
    d, style, image, draw, top = window(f, 0.15, (560, 860), (480, 760))
    w, h = image.size
    columns, rows = between(d, 3, 5), between(d, 2, 3)
    draw.rectangle((0, top, w, top + 46), fill=style.accent)
    line(draw, (20, top + 10), write.word(d, 2, 4).title(), 24, w - 60, "white", style.bold)
    wide, tall = (w - 20) / columns, (h - top - 56) / rows
    made = f.rows(columns * rows, ICON, colour(40, 230), write.words(1, 2), write.price)
    for number, (icon, tone, what, cost) in enumerate(made):
        x, y = 10 + number % columns * wide, top + 52 + number // columns * tall
        draw.rounded_rectangle((x + 4, y + 4, x + wide - 4, y + tall - 4), 8, fill=style.panel)
        put(draw, (x + wide / 2, y + tall * 0.36), ICONS[icon], min(wide, tall) * 0.5, tone, "icons", anchor="mm")
        line(draw, (x + 12, y + tall * 0.72), what.title(), 15, wide - 24, style.ink, style.face)
        line(draw, (x + 12, y + tall * 0.84), cost, 17, wide - 24, style.accent, style.bold)
    return image


def photo_grid(f: Fields) -> Image.Image:
    """One gallery's frame around tiles of one photograph: each shows another piece of it."""
    d, style, image, draw, top = window(f, 0.5, (480, 760), (420, 680))
    w, h = image.size
    columns = between(d, 2, 4)
    rows = between(d, 2, 3)
    line(draw, (16, top + 8), write.sentence(d, 2)[:-1], 24, w - 40, style.ink, style.bold)
    (shown,) = f.fill(photograph)
    wide, tall = w / columns, (h - top - 44) / rows
    pieces = d.permutation(columns * rows).tolist()
    for number, piece in enumerate(pieces):
        x, y = number % columns * wide, top + 44 + number // columns * tall
        across, down = shown.width / columns, shown.height / rows
        left, upper = piece % columns * across, piece // columns * down
        tile = shown.crop((int(left), int(upper), int(left + across), int(upper + down)))
        photo(image, tile, (x + 3, y + 3, x + wide - 3, y + tall - 3))
    return image


def editor(f: Fields) -> Image.Image:
    """A window with code in it, light or dark."""
    d, style, image, draw, top = window(f, 0.6, (560, 900), (380, 640))
    left, step, size = between(d, 0, 1) * between(d, 110, 170), between(d, 18, 24), between(d, 12, 15)
    rows = (image.height - top - 12) // step
    if left:
        draw.rectangle((0, top, left, image.height), fill=style.panel)
        for row in range(rows // 2):
            line(draw, (14, top + 12 + row * step), f"{write.word(d)}.py", 13, left - 20, style.faint, style.face)
    inks = [style.ink, style.accent, style.second, style.faint]
    shape = d.integers(0, 4, rows).tolist()
    texts = f.fill(*[write.words(2, 5)] * rows)
    for row, (indent, text) in enumerate(zip(shape, texts, strict=True)):
        x, y = left + 44 + indent * 24.0, top + 10 + row * step
        put(draw, (left + 10, y), str(row + 1), size - 1, style.faint, "mono")
        for number, token in enumerate(text.split()):
            written = (f"{token}", f"{token}(", f"= {token}", f"'{token}'", f"{token}:")[(number + indent) % 5]
            put(draw, (x, y), written, size, inks[(number + indent) % 4], "mono")
            x += (len(written) + 1) * size * 0.6
    return image


def terminal(f: Fields) -> Image.Image:
    """A shell: prompts of one machine, commands and what they printed."""
    d, style, image, draw, top = window(f, 0.85, (480, 820), (300, 600))
    step, size = between(d, 17, 24), between(d, 12, 16)
    rows = (image.height - top - 10) // step
    prompt = f"{write.word(d)}@{write.word(d)}:~$"
    asked = d.random(rows) < 0.25
    kinds: list[Maker] = [write.words(1, 3) if ask else (write.words(3, 5), _listed)[between(d, 0, 1)] for ask in asked]
    for row, (ask, text) in enumerate(zip(asked, f.fill(*kinds), strict=True)):
        x, y = 10.0, top + 6 + row * step
        if ask:
            put(draw, (x, y), prompt, size, style.accent, "mono")
            x += len(prompt) * size * 0.6 + 8
        line(draw, (x, y), text, size, image.width - x - 8, style.ink, "mono")
    return image


def _listed(rng: write.Rng) -> str:
    return f"-rw-r--r-- {rng.integers(1, 10**6):>7} {date(rng)} {write.word(rng)}.{write.word(rng, 1, 1)}"


def mail(f: Fields) -> Image.Image:
    """A mail program: folders, a list of mails, one of them open."""
    d, style, image, draw, top = window(f, 0.3, (660, 900), (420, 640))
    w, h = image.size
    draw.rectangle((0, top, w * 0.15, h), fill=style.panel)
    for row in range(7):
        line(draw, (10, top + 14 + row * 28), write.word(d, 2, 3).title(), 14, w * 0.13, style.ink, style.face)
    step = between(d, 50, 70)
    rows = (h - top) // step
    words = min(110, int((h - top - 120) / 20 * (w * 0.5) / 62))
    made = f.fill(write.words(2, 4), name, write.prose(max(8, words)), *[name, write.words(3, 4), hour] * rows)
    chosen = between(d, 0, rows - 1)
    for row in range(rows):
        who, what, when = made[3 + 3 * row : 6 + 3 * row]
        y = top + row * step
        if row == chosen:
            draw.rectangle((w * 0.15, y, w * 0.43, y + step), fill=style.second)
        line(draw, (w * 0.16, y + 6), who, 14, w * 0.18, style.ink, style.bold)
        line(draw, (w * 0.16, y + 26), what, 13, w * 0.26, style.ink, style.face)
        put(draw, (w * 0.425, y + 6), when, 12, style.ink, style.face, anchor="ra")
        draw.line((w * 0.15, y + step, w * 0.43, y + step), fill=style.faint)
    draw.line((w * 0.43, top, w * 0.43, h), fill=style.faint)
    line(draw, (w * 0.45, top + 16), made[0].capitalize(), 24, w * 0.53, style.ink, style.bold)
    line(draw, (w * 0.45, top + 50), made[1], 15, w * 0.53, style.accent, style.face)
    block(draw, (w * 0.45, top + 84), made[2], 14, w * 0.52, style.ink, style.face)
    return image


def video_page(f: Fields) -> Image.Image:
    """A video page: the film fills most, its title, its place and others stand about it."""
    d, style, image, draw, top = window(f, 0.6, (600, 900), (420, 640))
    w, h = image.size
    wide = w * float(d.uniform(0.64, 1.0))
    wide = wide if wide < w * 0.85 else w
    shown, title, channel, views, played = f.fill(
        photograph, write.words(3, 6), write.words(1, 2), write.digits(3, 7), share
    )
    bottom = top + (h - top) * 0.76
    photo(image, shown, (0, top, wide, bottom))
    draw.rectangle((0, bottom - 6, wide, bottom), fill=(120, 120, 120))
    draw.rectangle((0, bottom - 6, wide * played, bottom), fill=style.accent)
    put(draw, (18, bottom - 22), "\uf04b", 16, "white", "icons", anchor="lm")
    line(draw, (14, bottom + 8), title.capitalize(), 22, wide - 30, style.ink, style.bold)
    draw.ellipse((14, bottom + 42, 46, bottom + 74), fill=style.second)
    line(draw, (56, bottom + 44), channel.title(), 15, wide * 0.5, style.ink, style.face)
    put(draw, (wide - 14, bottom + 44), views, 14, style.faint, style.face, anchor="ra")
    if wide < w:
        for row in range(6):
            y = top + 10 + row * (h - top) / 6
            draw.rectangle((wide + 8, y, wide + (w - wide) * 0.45, y + (h - top) / 6 - 14), fill=style.panel)
            block(
                draw, (wide + (w - wide) * 0.5, y), write.sentence(d, 3), 12, (w - wide) * 0.45, style.ink, style.face
            )
    return image


def dashboard(f: Fields) -> Image.Image:
    """Tiles with figures, and small charts."""
    d, style, image, draw, top = window(f, 0.5, (600, 900), (420, 640))
    w, h = image.size
    left = between(d, 0, 1) * w * 0.16
    if left:
        draw.rectangle((0, top, left, h), fill=style.panel)
        for row in range(6):
            line(draw, (12, top + 20 + row * 34), write.word(d, 2, 3).title(), 14, left - 20, style.ink, style.face)
    tiles, columns = between(d, 3, 5), between(d, 1, 3)
    kinds = d.integers(0, 4, columns).tolist()
    points = between(d, 5, 10)
    made = f.fill(*[write.digits(2, 5), share] * tiles, *[share] * (points * columns))
    wide = (w - left - 10) / tiles
    for tile in range(tiles):
        x = left + 8 + tile * wide
        number, rise = made[2 * tile : 2 * tile + 2]
        draw.rounded_rectangle((x, top + 12, x + wide - 10, top + 104), 8, fill=style.panel)
        line(draw, (x + 12, top + 20), write.word(d, 2, 3).title(), 13, wide - 30, style.faint, style.face)
        line(draw, (x + 12, top + 42), number, 32, wide - 34, style.ink, style.bold)
        draw.rectangle((x + 12, top + 90, x + 12 + (wide - 34) * rise, top + 95), fill=style.accent)
    wide = (w - left - 10) / columns
    for column, kind in enumerate(kinds):
        x = left + 8 + column * wide
        draw.rounded_rectangle((x, top + 116, x + wide - 10, h - 12), 8, fill=style.panel)
        line(draw, (x + 12, top + 124), write.sentence(d, 2)[:-1], 15, wide - 40, style.ink, style.bold)
        values = made[2 * tiles + points * column : 2 * tiles + points * (column + 1)]
        _small_chart(draw, (x + 14, top + 156, x + wide - 24, h - 26), kind, values, style)
    return image


def _small_chart(
    draw: ImageDraw.ImageDraw, box: tuple[float, float, float, float], kind: int, values: list[float], style: Look
) -> None:
    left, top, right, bottom = box
    step = (right - left) / len(values)
    places = [(left + (i + 0.5) * step, bottom - v * (bottom - top)) for i, v in enumerate(values)]
    if kind == 0:
        for x, y in places:
            draw.rectangle((x - step * 0.35, y, x + step * 0.35, bottom), fill=style.accent)
    elif kind == 1:
        draw.line(places, fill=style.accent, width=3)
    elif kind == 2:
        draw.polygon([(left + step / 2, bottom), *places, (right - step / 2, bottom)], fill=style.second)
    else:
        side, start, total = min(right - left, bottom - top), 0.0, sum(values)
        for number, value in enumerate(values):
            end = start + 360 * value / total
            fill = (style.accent, style.second, style.faint)[number % 3]
            draw.pieslice((left, top, left + side, top + side), start, end, fill=fill, outline=style.panel)
            start = end


def login(f: Fields) -> Image.Image:
    """A box to sign in, over a plain ground: only the name or a message differs."""
    d, style = f.design, look(f.design, 0.4)
    image = sheet(d, (420, 800), (380, 640), style.accent if d.random() < 0.4 else style.panel)
    draw = ImageDraw.Draw(image)
    w, h = image.size
    left, right = w / 2 - 160, w / 2 + 160
    draw.rounded_rectangle((left, h / 2 - 160, right, h / 2 + 160), 12, fill=style.ground)
    line(draw, (w / 2, h / 2 - 120), write.word(d, 2, 3).title(), 32, 280, style.accent, style.bold, "mm")
    who, wrong, hidden = f.fill(write.words(1, 2), write.words(2, 4), one_of(12))
    for row, text in enumerate((f"{who.replace(' ', '.')}@{write.word(d)}.org", "•" * (hidden + 4))):
        y = h / 2 - 78 + row * 62
        put(draw, (left + 24, y - 2), write.word(d, 2, 3).title(), 12, style.faint, style.face)
        draw.rectangle((left + 24, y + 14, right - 24, y + 46), outline=style.faint)
        line(draw, (left + 32, y + 20), text, 16, 256, style.ink, style.face)
    draw.rounded_rectangle((left + 24, h / 2 + 60, right - 24, h / 2 + 100), 8, fill=style.accent)
    put(draw, (w / 2, h / 2 + 80), write.word(d, 2, 3).title(), 18, style.ground, style.bold, anchor="mm")
    line(draw, (w / 2, h / 2 + 130), wrong.capitalize(), 14, 270, (200, 50, 50), style.face, "mm")
    return image


def dialog(f: Fields) -> Image.Image:
    """A message in a window of its own."""
    d, style, image, draw = page(f, 0.3, (380, 600), (200, 320))
    w, h = image.size
    draw.rectangle((0, 0, w, 34), fill=style.accent)
    line(draw, (12, 8), write.sentence(d, 2)[:-1], 15, w - 60, style.ground, style.bold)
    icon, text, key = f.fill(one_of(5), write.prose(8), write.codes(6))
    signs = "\uf071\uf05a\uf059\uf06a\uf057"
    put(draw, (50, h * 0.45), signs[icon], 44, style.second, "icons", anchor="mm")
    block(draw, (94, h * 0.26), text, 15, w - 120, style.ink, style.face)
    put(draw, (16, h - 38), key, 13, style.faint, style.face)
    for button in range(2):
        x = w - 110 * (button + 1)
        draw.rectangle((x, h - 46, x + 96, h - 14), fill=style.panel, outline=style.faint)
        line(draw, (x + 48, h - 30), write.word(d, 1, 2).title(), 15, 84, style.ink, style.face, "mm")
    return image


def files(f: Fields) -> Image.Image:
    """A folder: icons with names, or a list."""
    d, style, image, draw, top = window(f, 0.3, (520, 820), (360, 600))
    w, h = image.size
    draw.rectangle((0, top, 130, h), fill=style.panel)
    for row in range(6):
        line(draw, (14, top + 14 + row * 30), write.word(d, 2, 3).title(), 14, 110, style.ink, style.face)
    wide, tall = between(d, 84, 120), between(d, 84, 110)
    columns, rows = max(1, int(w - 140) // wide), max(1, int(h - top - 10) // tall)
    for number, (icon, text) in enumerate(f.rows(columns * rows, ICON, _file)):
        x, y = 140 + (number % columns + 0.5) * wide, top + 12 + number // columns * tall
        tone = style.accent if number % 3 else style.second
        put(draw, (x, y + 28), ICONS[icon], 38, tone, "icons", anchor="mm")
        line(draw, (x, y + 62), text, 13, wide - 6, style.ink, style.face, "mm")
    return image


def _file(rng: write.Rng) -> str:
    return f"{write.word(rng)}_{rng.integers(1, 2000)}.{('jpg', 'pdf', 'txt', 'png')[int(rng.integers(4))]}"


def board(f: Fields) -> Image.Image:
    """Columns of notes, as teams move them."""
    d, style, image, draw, top = window(f, 0.2, (600, 900), (400, 640))
    columns = between(d, 3, 4)
    wide = (image.width - 10) / columns
    counts = d.integers(2, 6, columns).tolist()
    notes = iter(f.rows(sum(counts), write.words(3, 5), colour(60, 230)))
    for column, count in enumerate(counts):
        x = 8 + column * wide
        draw.rounded_rectangle((x, top + 10, x + wide - 10, image.height - 10), 10, fill=style.panel)
        line(draw, (x + 12, top + 18), write.word(d, 2, 3).title(), 17, wide - 30, style.ink, style.bold)
        step = min(90, (image.height - top - 60) / count)
        for row in range(count):
            text, tone = next(notes)
            y = top + 46 + row * step
            draw.rounded_rectangle((x + 8, y, x + wide - 18, y + step - 8), 6, fill=style.ground)
            draw.rectangle((x + 16, y + 8, x + 52, y + 14), fill=tone)
            block(draw, (x + 16, y + 20), text, 13, wide - 44, style.ink, style.face)
    return image


def lecture_slide(f: Fields) -> Image.Image:
    """A presentation's page: its title and points are its own."""
    d, style, image, draw = page(f, 0.3, (640, 900), (380, 520))
    w, h = image.size
    bar, rows = h * float(d.uniform(0.1, 0.22)), between(d, 3, 5)
    title, *texts = f.fill(write.words(2, 4), *[write.words(4, 8)] * rows)
    if d.random() < 0.6:
        draw.rectangle((0, 0, w, bar), fill=style.accent)
        line(draw, (30, bar / 2), title.title(), 32, w - 60, "white", style.bold, "lm")
    else:
        draw.rectangle((0, 0, 14, h), fill=style.accent)
        line(draw, (34, bar / 2 + 8), title.title(), 36, w - 60, style.accent, style.bold, "lm")
    draw.rectangle((0, h - 26, w, h), fill=style.panel)
    for row, text in enumerate(texts):
        y = bar + 36 + row * (h - bar - 70) / rows
        draw.ellipse((44, y + 8, 56, y + 20), fill=style.second)
        line(draw, (74, y), text.capitalize(), 24, w - 110, style.ink, style.face)
    return image


def picture_slide(f: Fields) -> Image.Image:
    """A presentation's page with a photograph, a title and a caption."""
    _, style, image, draw = page(f, 0.4, (600, 860), (380, 520))
    w, h = image.size
    shown, title, text = f.fill(photograph, write.words(2, 3), write.words(5, 8))
    draw.rectangle((0, 0, w, h * 0.04), fill=style.accent)
    line(draw, (w * 0.06, h * 0.06), title.title(), 34, w * 0.88, style.ink, style.bold)
    photo(image, shown, (w * 0.06, h * 0.2, w * 0.94, h * 0.82))
    line(draw, (w * 0.06, h * 0.86), text, 18, w * 0.88, style.faint, style.face)
    return image


def exchange(f: Fields) -> Image.Image:
    """Prices of shares with a rise or a fall."""
    d, style, image, draw, top = window(f, 0.7, (420, 700), (360, 640))
    step = between(d, 30, 44)
    rows = (image.height - top - 10) // step
    keys = [write.code(d, 4) for _ in range(rows)]
    for row, (cost, up, by) in enumerate(f.rows(rows, amount, flag, write.price)):
        y = top + 8 + row * step
        put(draw, (16, y), keys[row], 18, style.ink, style.bold)
        put(draw, (image.width * 0.65, y), cost, 18, style.ink, style.face, anchor="ra")
        tone = (20, 170, 90) if up else (220, 50, 60)
        draw.rounded_rectangle((image.width * 0.7, y - 2, image.width - 12, y + 24), 5, fill=tone)
        put(draw, (image.width - 22, y), ("+" if up else "-") + by, 16, "white", style.face, anchor="ra")
    return image


GROUNDS = (product_grid, dashboard, login, dialog, files, board, exchange)
"""What stays is enough for a ground: two of them are variants whatever is filled in."""
TEXTS = (web_page, banner_page, search_results, editor, terminal, mail, lecture_slide)
"""Mostly content: variants only while most of it is the same."""
FRAMES = (photo_grid,)
TOLD = (video_page, picture_slide)
"""One photograph fills most of it: with another one nothing else is in common. TOLD: texts are the content's too."""
PICTURED = (web_page, banner_page, *FRAMES, *TOLD)
"""Show photographs."""
