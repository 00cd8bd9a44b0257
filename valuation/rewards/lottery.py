"""The clipped linear lottery: who is evaluated or paid, when there are fewer places than candidates.

Scores are noisy. A cut at the k-th best lets the smallest change of a score decide everything; equal chances
ignore the scores. Here a candidate's chance is linear in the score, clipped to [0, 1], so that a small change
of one score moves all chances together by a bounded amount, and the best still win for certain when they are
far ahead.

A. Goldberg, G. Fanti and N. Shah, "The clipped linear lottery", 2605.20069. All arithmetic is in integers and
fractions: two machines never draw different winners.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import floor

from valuation import seeds
from valuation.errors import InputError

_BITS = 32
UNIT = 1 << _BITS
"""A chance is counted in units of 2^-32 when winners are drawn."""


@dataclass(frozen=True)
class Lottery:
    """The chances of the candidates.

    Attributes:
        chances: p_i = clip(slope * score_i + offset, 0, 1), exact; they add up to the number of places.
        offset: b, the offset that makes them add up; where several do, the largest at which a chance changes.
        lower: the score up to which a chance is zero, -b / slope.
        upper: the score from which a chance is one, (1 - b) / slope.
    """

    chances: tuple[Fraction, ...]
    offset: Fraction
    lower: Fraction
    upper: Fraction


def clipped_linear_lottery(
    scores: Sequence[int | float | Fraction], places: int, slope: int | float | Fraction
) -> Lottery:
    """Return each candidate's chance: slope * scores projected on the p in [0, 1]^n that add up to k.

    The projection is Euclidean. The sum of the chances is piecewise linear in the offset and never falls; its
    breakpoints are sorted, and the piece that contains k is solved exactly. O(n log n). A float is taken as
    the fraction that it is.

    Args:
        scores: v_i, any real numbers.
        places: k, how many win.
        slope: w. For chances that move by at most L times the change of the scores (both in sums of
            absolute values), see `slope_for_smoothness`.

    Raises:
        InputError: there are fewer candidates than places, the places are negative, the slope is not
            positive, or a number is not finite.

    >>> lottery = clipped_linear_lottery([0.9, 0.7, 0.5, 0.1], places=2, slope=1.5)
    >>> [round(float(chance), 6) for chance in lottery.chances]
    [0.966667, 0.666667, 0.366667, 0.0]
    """
    w = _exact(slope, "the slope")
    heights = [w * _exact(score, f"score {position}") for position, score in enumerate(scores)]
    if w <= 0:
        raise InputError(f"the slope must be positive, not {slope}")
    if not 0 <= places <= len(heights) or not heights:
        raise InputError(f"{places} places for {len(heights)} candidates")
    b = _offset(heights, places)
    chances = tuple(min(max(height + b, Fraction(0)), Fraction(1)) for height in heights)
    return Lottery(chances, b, -b / w, (1 - b) / w)


def slope_for_smoothness(smoothness: Fraction | int, spread: Fraction | int) -> Fraction:
    """Return the steepest slope that keeps a lottery smooth: w = L / (2 D), as a fraction.

    Then |p(X) - p(X')| <= L |X - X'| for reviews X, in sums of absolute values, where one unit of change in
    the reviews moves the scores by at most D (for means of r reviews, D = 1 / r).

    Raises:
        InputError: a number is not positive.

    >>> slope_for_smoothness(1, Fraction(1, 5))
    Fraction(5, 2)
    """
    if smoothness <= 0 or spread <= 0:
        raise InputError(f"smoothness and spread must be positive, not {smoothness} and {spread}")
    return Fraction(smoothness) / (2 * Fraction(spread))


def draw_winners(chances: Sequence[Fraction], seed: bytes, label: str = "lottery") -> tuple[int, ...]:
    """Return the winners' positions, ascending: exactly as many as the chances add up to.

    Systematic sampling: the chances, rounded to units of 2^-32 with their sum kept, are laid end to end in a
    random order, and every point u, u + 1, u + 2 ... wins, for one u in [0, 1). Both the order and u come
    from the seed (`valuation.seeds`), so that anyone can draw again.

    Raises:
        InputError: a chance is outside [0, 1], they do not add up to a whole number, or the seed is empty.

    >>> draw_winners([Fraction(1), Fraction(1, 2), Fraction(1, 2), Fraction(0)], bytes(32))
    (0, 2)
    """
    units = _units(chances)
    order = seeds.order(seed, f"{label}/order", len(units)).tolist()
    start = int(seeds.uint64s(seed, f"{label}/start", 1)[0]) >> (64 - _BITS)
    ends = list(accumulate(units[position] for position in order))
    winners = []
    for position, end in zip(order, ends, strict=True):
        # The points start + m * 2^32 inside [end - length, end): none or one, because no length is above one.
        if _points_below(end, start) > _points_below(end - units[position], start):
            winners.append(position)
    return tuple(sorted(winners))


def _offset(heights: Sequence[Fraction], places: int) -> Fraction:
    """Return the largest b with sum of clip(height + b, 0, 1) = places."""
    # At b = -height a chance begins to rise, at b = 1 - height it stops.
    breaks = sorted([(-height, 1) for height in heights] + [(1 - height, -1) for height in heights])
    total, rising, at = Fraction(0), 0, breaks[0][0]
    for where, change in breaks:
        reached = total + rising * (where - at)
        if reached > places:
            break
        total, at = reached, where
        rising += change
    return at + (places - total) / rising if rising else at


def _units(chances: Sequence[Fraction]) -> list[int]:
    """Return the chances in units of 2^-32, rounded down or up, with their sum kept."""
    if any(not 0 <= chance <= 1 for chance in chances) or sum(chances).denominator != 1:
        raise InputError("chances lie in [0, 1] and add up to a whole number")
    scaled = [chance * UNIT for chance in chances]
    whole = [floor(chance) for chance in scaled]
    rest = [chance - part for chance, part in zip(scaled, whole, strict=True)]
    missing = sum(scaled, Fraction(0)) - sum(whole)
    top = sorted(range(len(rest)), key=lambda position: (-rest[position], position))[: int(missing)]
    for position in top:
        whole[position] += 1
    return whole


def _points_below(end: int, start: int) -> int:
    return (end - start + UNIT - 1) // UNIT


def _exact(number: int | float | Fraction, name: str) -> Fraction:
    try:
        return Fraction(number)
    except (ValueError, OverflowError, TypeError):
        raise InputError(f"{name} must be a finite number, not {number!r}") from None
