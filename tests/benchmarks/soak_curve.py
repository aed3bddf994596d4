"""Samples of processes in, a picture of them over time out."""

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, TOP, GAP = 860, 170, 60, 30, 40
POINTS = 300
"""Of a line, at most."""
COLOURS = {"launcher": "#555555", "worker": "#1f77b4"}
OTHER = "#d62728"
PANELS = {"megabytes": "resident memory, MB", "files": "open files", "threads": "threads"}
STAGES = ("listed", "fingerprinted", "confirmed", "reported")


def draw(samples: Sequence[Any], said: Sequence[tuple[float, str]]) -> str:
    """Samples, and what was said when -> SVG: a panel for each measure, a line for each process."""
    end = max(sample.seconds for sample in samples)
    lives: dict[int, list[Any]] = {}
    for sample in samples:
        lives.setdefault(sample.pid, []).append(sample)
    total = TOP + len(PANELS) * (HEIGHT + GAP)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 20} {total}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{LEFT + WIDTH + 20}" height="{total}" fill="white"/>',
    ]
    for number, (name, title) in enumerate(PANELS.items()):
        top = TOP + number * (HEIGHT + GAP)
        most = max(getattr(sample, name) for sample in samples) * 1.05
        out += [
            f'<text x="{LEFT}" y="{top - 8}">{title}</text>',
            f'<rect x="{LEFT}" y="{top}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#999"/>',
        ]
        for share in (0, 0.5, 1):
            y = top + HEIGHT * (1 - share)
            out.append(f'<text x="{LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{most * share:,.0f}</text>')
        for seconds, text in said:
            stage = next((word for word in STAGES if f"lookalike: {word} " in text), None)
            if stage:
                x = LEFT + WIDTH * min(1, seconds / end)
                out.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{top + HEIGHT}" stroke="#ccc"/>')
                if number == 0:
                    out.append(
                        f'<text x="{x:.1f}" y="{top + 12}" text-anchor="end" fill="#777">{escape(stage)} </text>'
                    )
        for life in lives.values():
            step = -(-len(life) // POINTS)
            points = " ".join(
                f"{LEFT + WIDTH * s.seconds / end:.1f},{top + HEIGHT * (1 - getattr(s, name) / most):.1f}"
                for s in life[::step]
            )
            colour = COLOURS.get(life[0].role, OTHER)
            out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.2"/>')
    for place, (role, colour) in enumerate((*COLOURS.items(), ("others", OTHER))):
        out.append(f'<text x="{LEFT + WIDTH - 220 + 80 * place}" y="{TOP - 8}" fill="{colour}">{role}</text>')
    foot = total - GAP + 18
    out.append(f'<text x="{LEFT}" y="{foot}">0</text>')
    out.append(f'<text x="{LEFT + WIDTH}" y="{foot}" text-anchor="end">{end / 60:,.1f} minutes</text>')
    return "\n".join([*out, "</svg>", ""])
