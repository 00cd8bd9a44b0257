"""The bench as a picture: one panel of bars, as an SVG that needs nothing to be drawn."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_LABEL, _PANEL, _LINE, _TOP, _MOST = 170, 150, 18, 58, 1.5
_FINE, _BAD = "#2a7f62", "#b3442e"


def chart(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the relative pay of attacks (rows of `tables.attack_rows`) as an SVG, a panel a mechanism.

    The dashed line is the 5 % from which on an attack counts as open; bars end at 150 %, with their figure.

    >>> row = {"mechanism": "default", "name": "zeros", "relative_pay": 0.0, "low": 0.0, "high": 0.0}
    >>> chart([row]).startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    True
    """
    mechanisms = list(dict.fromkeys(row["mechanism"] for row in rows))
    names = list(dict.fromkeys(row["name"] for row in rows))
    width, height = _LABEL + _PANEL * len(mechanisms) + 40, _TOP + _LINE * len(names) + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        '<text x="10" y="20" font-size="14">What attacks earn, as a share of an honest trainer\'s pay</text>',
    ]
    for place, name in enumerate(names):
        parts.append(_text(_LABEL - 8, _TOP + _LINE * place + 12, name, "end"))
    for column, mechanism in enumerate(mechanisms):
        left = _LABEL + _PANEL * column
        parts.append(_text(left, _TOP - 10, mechanism, "start"))
        bottom = _TOP + _LINE * len(names)
        limit = left + _scaled(0.05)
        parts.append(
            f'<line x1="{limit}" y1="{_TOP}" x2="{limit}" y2="{bottom}" stroke="#888" '
            'stroke-dasharray="2 2"/>'
        )
        for row in rows:
            if row["mechanism"] == mechanism:
                parts.extend(_bar(row, left, _TOP + _LINE * names.index(row["name"])))
    return "\n".join([*parts, "</svg>", ""])


def _bar(row: Mapping[str, Any], left: float, top: float) -> list[str]:
    pay = float(row["relative_pay"])
    length, colour = _scaled(pay), _BAD if pay > 0.05 else _FINE
    middle = top + _LINE / 2
    low, high = left + _scaled(float(row["low"])), left + _scaled(float(row["high"]))
    return [
        f'<rect x="{left}" y="{top + 3}" width="{max(length, 1):.1f}" height="{_LINE - 6}" fill="{colour}"/>',
        f'<line x1="{low:.1f}" y1="{middle}" x2="{high:.1f}" y2="{middle}" stroke="black"/>',
        _text(left + length + 4, top + 13, f"{100 * pay:.0f} %", "start"),
    ]


def _scaled(share: float) -> float:
    return (_PANEL - 45) * min(max(share, 0.0), _MOST) / _MOST


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
