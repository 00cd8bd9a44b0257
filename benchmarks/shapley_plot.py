"""Panels of lines on logarithmic axes, as SVG, with nothing to install."""

import math
from collections.abc import Sequence
from html import escape

Points = Sequence[tuple[float, float]]

COLOURS = ["#b3261e", "#e08b3e", "#5a5a5a", "#1f5fa8", "#3a8f5c", "#7a4fa3", "#2b8f96", "#8c6d1f"]
WIDTH, HEIGHT, GAP, COLUMNS = 250, 180, 55, 4


def panels(title: str, plots: Sequence[tuple[str, dict[str, Points]]]) -> str:
    """Draw one panel a plot, each a name and the points of its lines; lines of one name share a colour."""
    names = list(dict.fromkeys(name for _, lines in plots for name in lines))
    colour = {name: COLOURS[number % len(COLOURS)] for number, name in enumerate(names)}
    rows = -(-len(plots) // COLUMNS)
    width, top = COLUMNS * (WIDTH + GAP) + GAP, 60
    height = top + rows * (HEIGHT + GAP) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="11"><rect width="100%" height="100%" fill="white"/>',
        f'<text x="{GAP}" y="20" font-size="15">{escape(title)}</text>',
    ]
    left = GAP
    for name in names:
        parts.append(f'<rect x="{left}" y="32" width="14" height="4" fill="{colour[name]}"/>')
        parts.append(f'<text x="{left + 18}" y="38">{escape(name)}</text>')
        left += 40 + 7 * len(name)
    for number, (name, lines) in enumerate(plots):
        x = GAP + (number % COLUMNS) * (WIDTH + GAP)
        y = top + 15 + (number // COLUMNS) * (HEIGHT + GAP)
        parts.append(f'<g transform="translate({x},{y})">{_panel(name, lines, colour)}</g>')
    return "\n".join([*parts, "</svg>\n"])


def _panel(name: str, lines: dict[str, Points], colour: dict[str, str]) -> str:
    points = [point for line in lines.values() for point in line]
    if not points:
        return f'<text y="-4">{escape(name)}: nothing measured</text>'
    across = _axis([x for x, _ in points])
    # An error of zero has no logarithm, and is drawn at the bottom.
    up = _axis([max(y, 1e-12) for _, y in points])
    parts = [
        f'<text y="-5" font-weight="bold">{escape(name)}</text>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#999"/>',
    ]
    for tick in range(math.ceil(up[0]), math.floor(up[1]) + 1):
        y = HEIGHT * (1 - _place(tick, up))
        parts.append(f'<line x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e5e5e5"/>')
        parts.append(f'<text x="-4" y="{y + 4:.1f}" text-anchor="end">1e{tick}</text>')
    for budget in sorted({x for x, _ in points}):
        x = WIDTH * _place(math.log10(budget), across)
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT + 13}" text-anchor="middle">{budget:g}</text>')
    for label, line in lines.items():
        path = " ".join(
            f"{WIDTH * _place(math.log10(x), across):.1f},"
            f"{HEIGHT * (1 - _place(math.log10(max(y, 1e-12)), up)):.1f}"
            for x, y in sorted(line)
        )
        thick = 2.5 if label == next(iter(lines)) else 1.2
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour[label]}" stroke-width="{thick}"/>'
        )
    return "".join(parts)


def _axis(numbers: Sequence[float]) -> tuple[float, float]:
    """Return the ends of an axis, in powers of ten, with a little room."""
    low, high = math.log10(min(numbers)), math.log10(max(numbers))
    room = 0.06 * (high - low) or 0.5
    return low - room, high + room


def _place(power: float, axis: tuple[float, float]) -> float:
    return (power - axis[0]) / (axis[1] - axis[0])
