"""Papers: forms, invoices, letters, receipts, tables, examinations, calendars and what else is printed."""

from PIL import Image, ImageDraw

from lookalike.pipelines.training.kinds.tools import lettering as write
from lookalike.pipelines.training.kinds.tools.fields import Fields, colour, flag, one_of, share
from lookalike.pipelines.training.kinds.tools.lettering import amount, date, name, put
from lookalike.pipelines.training.kinds.tools.looks import between, block, line, page, sheet


def form(f: Fields) -> Image.Image:
    """Labelled fields, filled in."""
    d, style, image, draw = page(f, 0.0, (480, 680), (560, 840))
    line(draw, (36, 26), write.sentence(d, 3)[:-1], 26, image.width - 72, style.ink, style.bold)
    columns, step = between(d, 1, 3), between(d, 44, 62)
    rows = min(between(d, 6, 13), (image.height - 100) // step)
    kinds = [(name, date, amount, write.codes(9), write.words(2, 4))[between(d, 0, 4)] for _ in range(rows * columns)]
    boxed, ink = d.random() < 0.6, tuple(int(v) for v in d.integers(0, 110, 3))
    wide = (image.width - 72) / columns
    for number, text in enumerate(f.fill(*kinds)):
        x, y = 36 + number % columns * wide, 80 + number // columns * step
        put(draw, (x, y), write.word(d, 2, 4).title(), 12, style.faint, style.face)
        if boxed:
            draw.rectangle((x, y + 16, x + wide - 14, y + 40), outline=style.faint)
        else:
            draw.line((x, y + 38, x + wide - 14, y + 38), fill=style.faint)
        line(draw, (x + 6, y + 18), text, 16, wide - 30, ink, style.face)
    return image


def ticked_form(f: Fields) -> Image.Image:
    """Questions with boxes, one of each row ticked."""
    d, style, image, draw = page(f, 0.0, (440, 640), (560, 820))
    line(draw, (30, 24), write.sentence(d, 4)[:-1], 24, image.width - 60, style.ink, style.bold)
    step, answers, mark = between(d, 30, 50), between(d, 3, 6), between(d, 0, 3)
    rows = (image.height - 90) // step
    ink = tuple(int(v) for v in d.integers(0, 120, 3))
    for row, ticked in enumerate(f.fill(*[one_of(answers)] * rows)):
        y = 76 + row * step
        line(draw, (30, y), f"{row + 1}. {write.sentence(d, 4)}", 14, image.width * 0.5, style.ink, style.face)
        for answer in range(answers):
            x = image.width * 0.58 + answer * image.width * 0.38 / answers
            box = (x, y, x + 16, y + 16)
            if mark == 3:
                draw.ellipse(box, outline=style.ink, fill=ink if answer == ticked else None, width=2)
                continue
            draw.rectangle(box, outline=style.ink, fill=ink if mark == 0 and answer == ticked else None)
            if answer == ticked and mark == 1:
                draw.line((x, y, x + 16, y + 16), fill=ink, width=3)
                draw.line((x + 16, y, x, y + 16), fill=ink, width=3)
            elif answer == ticked and mark == 2:
                draw.line((x + 1, y + 8, x + 7, y + 15, x + 20, y - 4), fill=ink, width=3)
    return image


def answer_sheet(f: Fields) -> Image.Image:
    """An examination's sheet of bubbles that are filled with a pencil."""
    d, style, image, draw = page(f, 0.0, (420, 640), (520, 760))
    draw.rectangle((14, 14, image.width - 14, image.height - 14), outline=style.accent, width=2)
    line(draw, (30, 24), write.sentence(d, 2)[:-1].upper(), 20, image.width - 60, style.accent, style.bold)
    blocks, answers, step = between(d, 2, 4), between(d, 4, 5), between(d, 22, 30)
    rows = (image.height - 90) // step
    wide = (image.width - 60) / blocks
    for number, filled in enumerate(f.fill(*[one_of(answers)] * (rows * blocks))):
        x, y = 30 + number // rows * wide, 64 + number % rows * step
        put(draw, (x, y), str(number + 1), 12, style.ink, style.face)
        for answer in range(answers):
            left = x + 26 + answer * (wide - 34) / answers
            ink = (60, 60, 66) if answer == filled else None
            draw.ellipse((left, y, left + 14, y + 14), outline=style.accent, fill=ink)
    return image


def invoice(f: Fields) -> Image.Image:
    """A letterhead, an address, a table of items and a sum."""
    d, style, image, draw = page(f, 0.0, (500, 680), (640, 860))
    right, banner = image.width - 40, d.random() < 0.5
    if banner:
        draw.rectangle((0, 0, image.width, 70), fill=style.accent)
    ink = "white" if banner else style.accent
    line(draw, (40, 20), write.word(d, 2, 3).upper(), 30, image.width - 80, ink, style.bold)
    rows, step = between(d, 4, 10), between(d, 26, 36)
    texts = f.fill(
        *(name, write.address, write.address, write.codes(6), date),
        *(maker for _ in range(rows) for maker in (write.words(2, 3), write.digits(1, 3), amount)),
        amount,
    )
    for row in range(3):
        line(draw, (40, 100 + 20 * row), texts[row], 15, image.width * 0.5, style.ink, style.face)
    put(draw, (right, 100), f"No. {texts[3]}", 15, style.ink, style.face, anchor="ra")
    put(draw, (right, 122), texts[4], 15, style.ink, style.face, anchor="ra")
    draw.rectangle((40, 190, right, 216), fill=style.panel)
    for x, heading in zip((44, image.width * 0.55, image.width * 0.8), (1, 1, 1), strict=True):
        put(draw, (x, 194), write.word(d, 2, 2 + heading).title(), 13, style.ink, style.bold)
    for row in range(rows):
        y = 224 + row * step
        item, count, cost = texts[5 + 3 * row : 8 + 3 * row]
        draw.line((40, y + step - 6, right, y + step - 6), fill=style.panel)
        line(draw, (44, y), item, 15, image.width * 0.45, style.ink, style.face)
        put(draw, (image.width * 0.6, y), count, 15, style.ink, style.face, anchor="ra")
        put(draw, (right, y), cost, 15, style.ink, style.face, anchor="ra")
    y = 224 + rows * step + 12
    draw.rectangle((right - 190, y, right, y + 40), outline=style.accent, width=2)
    put(draw, (right - 10, y + 8), texts[-1], 22, style.accent, style.bold, anchor="ra")
    block(draw, (40, y + 60), write.sentence(d, 24), 11, image.width - 80, style.faint, style.face)
    return image


def receipt(f: Fields) -> Image.Image:
    """A strip out of a till."""
    d = f.design
    image = sheet(d, (280, 380), (560, 800), tuple(int(v) for v in d.integers(236, 256, 3)))
    draw = ImageDraw.Draw(image)
    face, middle, right = ("mono", "sans", "")[between(d, 0, 2)], image.width / 2, image.width - 20
    line(draw, (middle, 30), write.word(d, 2, 3).upper(), 28, right - 20, "black", face, "mm")
    line(draw, (middle, 56), write.address(d), 13, right - 20, "black", face, "mm")
    step = between(d, 20, 30)
    rows = (image.height - 250) // step
    texts = f.fill(date, write.codes(4), *(maker for _ in range(rows) for maker in (write.words(1, 2), amount)), amount)
    put(draw, (20, 78), texts[0], 13, "black", face)
    put(draw, (right, 78), texts[1], 13, "black", face, anchor="ra")
    for row in range(rows):
        y = 108 + row * step
        line(draw, (20, y), texts[2 + 2 * row], 14, image.width * 0.6, "black", face)
        put(draw, (right, y), texts[3 + 2 * row], 14, "black", face, anchor="ra")
    y = 116 + rows * step
    draw.line((20, y, right, y), fill="black")
    put(draw, (20, y + 8), write.word(d, 2, 2).upper(), 22, "black", face)
    put(draw, (right, y + 8), texts[-1], 22, "black", face, anchor="ra")
    for row in range(2):
        line(draw, (middle, y + 54 + 20 * row), write.sentence(d, 4), 12, right - 20, (60, 60, 60), face, "mm")
    return image


def letter(f: Fields) -> Image.Image:
    """A dense page: a letterhead, an address and paragraphs."""
    d, style, image, draw = page(f, 0.0, (440, 680), (600, 880))
    size, margin = between(d, 13, 18), between(d, 30, 80)
    width = image.width - 2 * margin
    line(draw, (margin, 24), write.name(d).upper(), 22, width, style.accent, style.bold)
    draw.line((margin, 54, image.width - margin, 54), fill=style.faint)
    per_line = width / (size * 3.1)
    lines = int((image.height - 190) / (size * 1.4) - 3)
    paragraphs = max(2, lines // 6)
    words = max(6, int(per_line * (lines / paragraphs - 2)))
    texts = f.fill(name, write.address, date, *[write.prose(words)] * paragraphs)
    for row, text in enumerate(texts[:3]):
        put(draw, (margin, 70 + 20 * row), text, 14, style.ink, style.face)
    y = 150.0
    for text in texts[3:]:
        y = block(draw, (margin, y), text, size, width, style.ink, style.face) + size * 0.5
    return image


def contract(f: Fields) -> Image.Image:
    """A dense page of one wording; names, dates and sums are put into it."""
    d, style, image, draw = page(f, 0.0, (460, 680), (600, 880))
    size = between(d, 11, 15)
    line(
        draw,
        (image.width / 2, 40),
        write.sentence(d, 3)[:-1].upper(),
        20,
        image.width - 90,
        style.ink,
        style.bold,
        "mm",
    )
    y, width = 70.0, image.width - 90
    count = between(d, 3, 6)
    texts = f.fill(*[(name, date, amount, write.address)[i] for i in d.integers(0, 4, count).tolist()])
    per = int((image.height - 190) / (size * 1.35) / count) - 1
    words = max(4, int((per - 1) * width / (size * 3.6) / 2))
    for number, text in enumerate(texts):
        clause = f"{number + 1}. {write.sentence(d, words)[:-1]} {text} {write.sentence(d, words).lower()}"
        y = block(draw, (45, y), clause, size, width, style.ink, style.face) + size * 0.7
    for x in (45, image.width * 0.6):
        draw.line((x, image.height - 60, x + 140, image.height - 60), fill=style.ink)
        put(draw, (x, image.height - 54), write.word(d, 2, 4), 12, style.faint, style.face)
    return image


def newspaper(f: Fields) -> Image.Image:
    """Columns of prose under headlines and one photograph."""
    d, style, image, draw = page(f, 0.0, (560, 760), (640, 860))
    middle = image.width / 2
    line(
        draw,
        (middle, 34),
        " ".join(write.word(d, 2, 3).title() for _ in range(2)),
        44,
        image.width - 40,
        style.ink,
        "book bold",
        "mm",
    )
    draw.line((20, 66, image.width - 20, 66), fill=style.ink, width=2)
    columns, size = between(d, 2, 3), between(d, 12, 15)
    wide = (image.width - 40) / columns
    tall = image.height - 150
    words = max(8, int((tall / (size * 1.35) - 6) * (wide - 12) / (size * 3.6)) // 2)
    half = between(d, 0, columns - 1)
    texts = f.fill(write.words(4, 6), *[write.prose(words)] * (2 * columns))
    line(draw, (20, 76), texts[0].capitalize(), 30, image.width - 40, style.ink, "book bold")
    for number, text in enumerate(texts[1:]):
        column = number // 2
        top = 124 + (number % 2) * (tall / 2)
        if column == half and number % 2 == 0:
            draw.rectangle((20 + column * wide, top, 8 + (column + 1) * wide, top + 24), fill=style.panel)
            top += 30
        block(draw, (20 + column * wide, top), text, size, wide - 12, style.ink, style.face)
    return image


def table(f: Fields) -> Image.Image:
    """Ruled rows of a list."""
    d, style, image, draw = page(f, 0.15, (480, 860), (340, 760))
    columns, step, size = between(d, 3, 8), between(d, 20, 34), between(d, 11, 15)
    rows = (image.height - 70) // step
    sorts = (write.words(1, 2), write.digits(2, 6), amount, date, write.codes(5))
    kinds = [sorts[between(d, 0, 4)] for _ in range(columns)]
    kinds[0] = (name, write.words(1, 2))[between(d, 0, 1)]
    wide = (image.width - 40) / columns
    line(draw, (20, 10), write.sentence(d, 3)[:-1], 20, image.width - 40, style.ink, style.bold)
    draw.rectangle((20, 38, image.width - 20, 38 + step), fill=style.accent)
    striped, ruled = d.random() < 0.5, d.random() < 0.5
    for column in range(columns):
        line(draw, (24 + column * wide, 42), write.word(d, 2, 3).title(), size, wide - 8, style.ground, style.bold)
    for row in range(rows - 1):
        y = 38 + (row + 1) * step
        if striped and row % 2:
            draw.rectangle((20, y, image.width - 20, y + step), fill=style.panel)
        elif not striped:
            draw.line((20, y + step, image.width - 20, y + step), fill=style.panel)
    if ruled:
        for column in range(columns + 1):
            draw.line((20 + column * wide, 38, 20 + column * wide, 38 + rows * step), fill=style.faint)
    for number, text in enumerate(f.fill(*kinds * (rows - 1))):
        place = (24 + number % columns * wide, 42 + (number // columns + 1) * step)
        line(draw, place, text, size, wide - 8, style.ink, style.face)
    return image


def spreadsheet(f: Fields) -> Image.Image:
    """A grid of cells with letters and numbers at its edges; some cells are coloured."""
    d, style, image, draw = page(f, 0.2, (520, 880), (360, 640))
    draw.rectangle((0, 0, image.width, 60), fill=style.accent)
    line(draw, (16, 8), write.sentence(d, 2)[:-1], 16, image.width - 30, "white", style.bold)
    wide, step = between(d, 60, 110), between(d, 18, 26)
    columns, rows = (image.width - 34) // wide, (image.height - 90) // step
    for column in range(columns):
        put(draw, (34 + column * wide + wide / 2, 66), "ABCDEFGHIJKLMNOP"[column], 12, style.faint, style.face)
    used = [number for number in range(rows * columns) if d.random() < 0.7] or [0]
    shaded = set(d.choice(used, len(used) // 8).tolist())
    for row in range(rows + 1):
        draw.line((0, 84 + row * step, image.width, 84 + row * step), fill=style.panel)
        put(draw, (8, 86 + row * step), str(row + 1), 12, style.faint, style.face)
    texts = f.fill(*[(write.digits(1, 5), amount, write.words(1, 1))[i] for i in d.integers(0, 3, len(used)).tolist()])
    for number, text in zip(used, texts, strict=True):
        x, y = 34 + number % columns * wide, 84 + number // columns * step
        if number in shaded:
            draw.rectangle((x, y, x + wide, y + step), fill=style.second)
        line(draw, (x + wide - 5, y + 3), text, 12, wide - 8, style.ink, style.face, "ra")
    for column in range(columns + 1):
        draw.line((34 + column * wide, 60, 34 + column * wide, image.height), fill=style.panel)
    return image


def timetable(f: Fields) -> Image.Image:
    """A week of lessons or a line's departures."""
    d, style, image, draw = page(f, 0.1, (520, 820), (380, 640))
    columns, rows = between(d, 5, 7), between(d, 5, 10)
    wide, step = (image.width - 80) / columns, (image.height - 60) / rows
    inks = [tuple(int(v) for v in d.integers(150, 235, 3)) for _ in range(5)]
    for column in range(columns):
        line(draw, (74 + column * wide, 18), write.word(d, 2, 2).title(), 16, wide - 6, style.ink, style.bold)
    for row in range(rows):
        put(draw, (10, 50 + row * step), f"{8 + row}:00", 14, style.ink, style.face)
        draw.line((10, 46 + row * step, image.width - 6, 46 + row * step), fill=style.faint)
    used = [number for number in range(rows * columns) if d.random() < 0.6] or [0]
    filled = f.fill(*(maker for _ in used for maker in (write.words(1, 1), one_of(5))))
    for place, number in enumerate(used):
        x, y = 72 + number % columns * wide, 48 + number // columns * step
        draw.rectangle((x, y, x + wide - 4, y + step - 4), fill=inks[filled[2 * place + 1]])
        line(draw, (x + 4, y + 4), filled[2 * place], 14, wide - 12, (20, 20, 20), style.face)
    return image


def calendar(f: Fields) -> Image.Image:
    """A month; what is entered on its days is its own."""
    d, style, image, draw = page(f, 0.15, (480, 780), (400, 640))
    wide, tall = (image.width - 30) / 7, (image.height - 80) / 5
    line(
        draw,
        (image.width / 2, 34),
        f"{write.word(d, 2, 3).title()} {between(d, 2000, 2030)}",
        30,
        400,
        style.accent,
        style.bold,
        "mm",
    )
    days = [day for day in range(35) if d.random() < 0.4] or [3]
    filled = dict(zip(days, f.fill(*[write.words(1, 2)] * len(days)), strict=True))
    inks = [tuple(int(v) for v in d.integers(150, 235, 3)) for _ in range(4)]
    for day in range(35):
        x, y = 15 + day % 7 * wide, 70 + day // 7 * tall
        draw.rectangle((x, y, x + wide, y + tall), outline=style.faint)
        put(draw, (x + 6, y + 4), str(day + 1), 15, style.accent, style.face)
        if day in filled:
            draw.rounded_rectangle((x + 3, y + 28, x + wide - 3, y + 52), 5, fill=inks[day % 4])
            line(draw, (x + 7, y + 32), filled[day], 14, wide - 14, (10, 10, 10), style.face)
    return image


def certificate(f: Fields) -> Image.Image:
    """An ornate border; only the name, the subject and the date are its own."""
    d, style, image, draw = page(f, 0.0, (600, 860), (440, 620))
    w, h = image.size
    for step in range(0, between(d, 10, 40), 5):
        draw.rectangle((10 + step, 10 + step, w - 10 - step, h - 10 - step), outline=style.accent, width=1 + step % 3)
    who, what, day = f.fill(name, write.words(2, 4), date)
    line(draw, (w / 2, h * 0.2), write.sentence(d, 2)[:-1].upper(), 38, w - 120, style.accent, style.bold, "mm")
    block(draw, (w * 0.2, h * 0.3), write.sentence(d, 12), 14, w * 0.6, style.faint, style.face)
    line(
        draw,
        (w / 2, h * 0.5),
        who,
        42,
        w - 140,
        style.ink,
        ("hand", "serif italic", style.bold)[between(d, 0, 2)],
        "mm",
    )
    line(draw, (w / 2, h * 0.63), what.title(), 26, w - 140, style.ink, style.face, "mm")
    line(draw, (w / 2, h * 0.75), day, 18, w - 140, style.ink, style.face, "mm")
    draw.ellipse((w * 0.75, h * 0.7, w * 0.75 + 90, h * 0.7 + 90), outline=style.accent, width=6)
    return image


def menu(f: Fields) -> Image.Image:
    """A restaurant's card: dishes and prices."""
    d, style, image, draw = page(f, 0.3, (360, 560), (520, 800))
    w, h = image.size
    draw.rectangle((14, 14, w - 14, h - 14), outline=style.accent, width=3)
    line(draw, (w / 2, 54), write.word(d, 2, 4).title(), 40, w - 70, style.accent, "hand", "mm")
    step = between(d, 34, 50)
    rows = (h - 130) // step
    texts = f.fill(*(maker for _ in range(rows) for maker in (write.words(1, 3), write.price)))
    for row in range(rows):
        y = 96 + row * step
        line(draw, (36, y), texts[2 * row].title(), 18, w - 150, style.ink, style.face)
        put(draw, (w - 36, y), texts[2 * row + 1], 18, style.accent, style.bold, anchor="ra")
        line(draw, (36, y + 20), write.sentence(d, 4), 11, w - 150, style.faint, style.face)
    return image


def flyer(f: Fields) -> Image.Image:
    """A notice in large type over coloured shapes: the occasion, the day and the place are its own."""
    d, style, image, draw = page(f, 0.5, (400, 600), (520, 800))
    w, h = image.size
    for _ in range(between(d, 3, 9)):
        x, y, r = d.uniform(0, w), d.uniform(0, h), d.uniform(20, w / 3)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(style.accent, style.second, style.panel)[between(d, 0, 2)])
    what, day, where, cost = f.fill(write.words(1, 2), date, write.address, write.price)
    face = ("round", "sans bold", "hand", "book bold")[between(d, 0, 3)]
    for text, y, size in ((what.upper(), 0.25, 70), (day, 0.55, 40), (where, 0.7, 28), (cost, 0.85, 36)):
        box = (w * 0.06, h * y - size * 0.7, w * 0.94, h * y + size * 0.7)
        draw.rectangle(box, fill=style.ground)
        line(draw, (w / 2, h * y), text, size, w * 0.84, style.ink, face, "mm")
    return image


def recipe(f: Fields) -> Image.Image:
    """A card with a list of ingredients and numbered steps."""
    d, style, image, draw = page(f, 0.0, (420, 640), (480, 760))
    w, h = image.size
    size = between(d, 13, 16)
    items, steps = between(d, 4, 8), between(d, 2, 4)
    words = max(5, int((h - 130 - items * 24 - steps * 8) / steps / (size * 1.4) - 1) * int(w / (size * 3.8)))
    texts = f.fill(write.words(2, 3), *[write.measured] * items, *[write.prose(min(words, 40))] * steps)
    line(draw, (30, 24), texts[0].title(), 30, w - 60, style.accent, style.bold)
    for row, text in enumerate(texts[1 : 1 + items]):
        put(draw, (44, 76 + row * 24), f"• {text}", size, style.ink, style.face)
    y = 90.0 + items * 24
    for number, text in enumerate(texts[1 + items :]):
        put(draw, (30, y), str(number + 1), size + 4, style.accent, style.bold)
        y = block(draw, (56, y), text, size, w - 86, style.ink, style.face) + 8
    return image


def handwriting(f: Fields) -> Image.Image:
    """A ruled leaf with lines written by hand."""
    d = f.design
    image = sheet(d, (400, 640), (400, 760), tuple(int(v) for v in d.integers(235, 256, 3)))
    draw = ImageDraw.Draw(image)
    step, ink = between(d, 30, 44), tuple(int(v) for v in d.integers(0, 110, 3))
    for y in range(60, image.height, step):
        draw.line((0, y, image.width, y), fill=(170, 195, 225))
    draw.line((56, 0, 56, image.height), fill=(230, 120, 120), width=2)
    rows = (image.height - 60) // step
    words = max(2, int((image.width - 80) / (step * 1.6)))
    for row, text in enumerate(f.fill(*[write.words(words, words)] * rows)):
        line(draw, (66, 60 + row * step), text, step * 0.9, image.width - 80, ink, "hand", "ls")
    return image


def postcard(f: Fields) -> Image.Image:
    """The written side of a card: text, address and stamp."""
    _, style, image, draw = page(f, 0.0, (520, 760), (340, 500))
    w, h = image.size
    draw.line((w * 0.55, 20, w * 0.55, h - 20), fill=style.faint, width=2)
    texts = f.fill(write.prose(int(w * h / 7000)), name, write.address, colour(20, 220), flag)
    block(draw, (24, 40), texts[0], 24, w * 0.5 - 30, (30, 30, 90), "hand")
    for row in range(4):
        draw.line((w * 0.6, h * 0.5 + row * 34, w - 24, h * 0.5 + row * 34), fill=style.faint)
    line(draw, (w * 0.6, h * 0.5), texts[1], 26, w * 0.35, (30, 30, 90), "hand", "ls")
    line(draw, (w * 0.6, h * 0.5 + 34), texts[2], 26, w * 0.35, (30, 30, 90), "hand", "ls")
    draw.rectangle((w - 110, 24, w - 30, 120), fill=texts[3], outline=style.faint, width=4)
    if texts[4]:
        draw.ellipse((w - 190, 40, w - 100, 130), outline=style.ink, width=3)
    return image


def checked_list(f: Fields) -> Image.Image:
    """Things to do, some of them done."""
    d, style, image, draw = page(f, 0.3, (320, 480), (420, 720))
    step = between(d, 32, 52)
    rows = (image.height - 90) // step
    line(draw, (24, 24), write.sentence(d, 2)[:-1], 28, image.width - 48, style.accent, style.bold)
    made = f.fill(*[write.words(2, 4)] * rows, *[flag] * rows)
    for row, (text, done) in enumerate(zip(made[:rows], made[rows:], strict=True)):
        y = 76 + row * step
        draw.rounded_rectangle(
            (24, y, 44, y + 20), 5, outline=style.accent, fill=style.accent if done else None, width=2
        )
        if done:
            draw.line((28, y + 10, 33, y + 16, 41, y + 4), fill=style.ground, width=3)
        line(draw, (58, y), text, 16, image.width - 80, style.faint if done else style.ink, style.face)
    return image


def scoreboard(f: Fields) -> Image.Image:
    """Names and points in order."""
    d, style, image, draw = page(f, 0.6, (360, 640), (320, 640))
    step = between(d, 34, 54)
    rows = (image.height - 70) // step
    line(draw, (image.width / 2, 34), write.word(d, 2, 4).upper(), 34, image.width - 40, style.accent, style.bold, "mm")
    for row, (who, points, level) in enumerate(f.rows(rows, name, write.digits(1, 4), share)):
        y = 68 + row * step
        draw.rounded_rectangle((16, y, image.width - 16, y + step - 6), 8, fill=style.panel)
        draw.rectangle((60, y + step - 14, 60 + (image.width - 160) * level, y + step - 10), fill=style.second)
        put(draw, (28, y + 6), str(row + 1), 18, style.accent, style.bold)
        line(draw, (60, y + 6), who, 18, image.width - 170, style.ink, style.face)
        put(draw, (image.width - 28, y + 6), points, 18, style.ink, style.bold, anchor="ra")
    return image


GROUNDS = (
    *(form, ticked_form, answer_sheet, invoice, receipt, contract, timetable, calendar, certificate, menu, flyer),
    *(postcard, checked_list, scoreboard),
)
"""What is printed is enough for a ground: two of them are variants whatever is filled in."""
TEXTS = (letter, newspaper, table, spreadsheet, recipe, handwriting)
"""Mostly content: variants only while most of it is the same."""
