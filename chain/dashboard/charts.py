"""Charts as SVG, drawn here: no script, no library, nothing that a page's policy would have to allow."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 640, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 14, 34


def line_chart(points: Sequence[tuple[float, float]], title: str, unit: str) -> str:
    """A line through points, ascending in x, with a title for those who do not see it.

    Example:
        >>> line_chart([(1, 2.0), (2, 1.0)], "Loss", "nats").startswith("<svg")
        True
    """
    low, high = _range([y for _, y in points])
    first, last = points[0][0], points[-1][0]

    def at(x: float, y: float) -> tuple[float, float]:
        across = (x - first) / (last - first) if last > first else 0.5
        return _across(across), _down((y - low) / (high - low))

    placed = [at(x, y) for x, y in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5">'
        f"<title>{_number(px)}: {_number(py)} {escape(unit)}</title></circle>"
        for (x, y), (px, py) in zip(placed, points, strict=True)
    )
    left = _text(_LEFT, HEIGHT - 10, _number(first), "start")
    right = _text(WIDTH - _RIGHT, HEIGHT - 10, _number(last), "end")
    described = f"from {_number(points[0][1])} to {_number(points[-1][1])} {unit}"
    return _svg(title, described, f'{_grid(low, high)}{left}{right}<polyline points="{path}" />{dots}')


def stacked_bars(stacks: Sequence[tuple[str, Sequence[tuple[str, float]]]], title: str, unit: str) -> str:
    """A bar a stack, of named parts: those above zero upwards, those below it downwards.

    Example:
        >>> "<rect" in stacked_bars([("1", [("alone", 2.0), ("with others", -1.0)])], "Terms", "nats")
        True
    """
    names = list(dict.fromkeys(name for _, parts in stacks for name, _ in parts))
    ups = [sum(max(value, 0.0) for _, value in parts) for _, parts in stacks]
    downs = [sum(min(value, 0.0) for _, value in parts) for _, parts in stacks]
    low, high = _range([*ups, *downs, 0.0])
    step = (WIDTH - _LEFT - _RIGHT) / len(stacks)
    drawn = []
    for place, (label, parts) in enumerate(stacks):
        above = below = 0.0
        x = _LEFT + step * (place + 0.15)
        for name, value in parts:
            start = above if value >= 0 else below
            edges = sorted(_down((edge - low) / (high - low)) for edge in (start, start + value))
            drawn.append(
                f'<rect class="part{names.index(name) % 8}" x="{x:.1f}" y="{edges[0]:.1f}" '
                f'width="{0.7 * step:.1f}" height="{edges[1] - edges[0]:.1f}">'
                f"<title>round {escape(label)}, {escape(name)}: {_number(value)} {escape(unit)}</title>"
                "</rect>"
            )
            above, below = (above + value, below) if value >= 0 else (above, below + value)
        drawn.append(_text(x + 0.35 * step, HEIGHT - 10, label, "middle"))
    zero = _down((0 - low) / (high - low))
    axis = f'<line class="axis" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{zero:.1f}" y2="{zero:.1f}" />'
    legend, more = _legend(names)
    described = f"{len(stacks)} rounds, {len(names)} terms"
    inner = f"{_grid(low, high)}{axis}{''.join(drawn)}{legend}"
    return _svg(title, described, inner, HEIGHT + more)


def _legend(names: Sequence[str]) -> tuple[str, int]:
    """What the colours stand for, three in a line, and how much higher that makes the chart."""
    marks = []
    for place, name in enumerate(names):
        x, y = _LEFT + (place % 3) * 190, HEIGHT + 14 + 18 * (place // 3)
        marks.append(f'<rect class="part{place % 8}" x="{x}" y="{y - 10}" width="11" height="11" />')
        marks.append(_text(x + 16, y, name, "start"))
    return "".join(marks), 22 + 18 * ((len(names) - 1) // 3)


def _svg(title: str, described: str, inner: str, height: int = HEIGHT) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}: {escape(described)}">'
        f"<title>{escape(title)}</title><desc>{escape(described)}</desc>{inner}</svg>"
    )


def _grid(low: float, high: float) -> str:
    marks = []
    for part in (0.0, 0.5, 1.0):
        y = _down(part)
        marks.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" />')
        marks.append(_text(_LEFT - 6, y + 4, _number(low + part * (high - low)), "end"))
    return "".join(marks)


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _across(part: float) -> float:
    return _LEFT + part * (WIDTH - _LEFT - _RIGHT)


def _down(part: float) -> float:
    return HEIGHT - _BOTTOM - part * (HEIGHT - _TOP - _BOTTOM)


def _number(value: float) -> str:
    return f"{value:,.3g}" if abs(value) < 1_000 else f"{value:,.0f}"
