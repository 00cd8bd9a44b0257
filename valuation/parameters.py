"""What a parameter of a method may be: whole numbers in steps, real numbers between two ends, or names."""

from __future__ import annotations

from typing import TypeAlias

Allowed: TypeAlias = range | tuple[float, float] | frozenset[str]
"""A `range` of whole numbers; the ends (low, high) of real ones, both included; or a set of names."""

Value: TypeAlias = float | str


def allows(allowed: Allowed, value: Value) -> bool:
    """Say whether a parameter may have a value; a whole number may be written as a float.

    >>> allows(range(4, 11, 2), 6.0), allows(range(4, 11, 2), 5), allows((0.0, 1.0), "mean")
    (True, False, False)
    """
    if isinstance(allowed, frozenset) or isinstance(value, str):
        return isinstance(allowed, frozenset) and value in allowed
    if isinstance(allowed, range):
        return float(value).is_integer() and int(value) in allowed
    low, high = allowed
    return low <= value <= high


def wanted(allowed: Allowed) -> str:
    """Return what a parameter may be, in words.

    >>> print(wanted(range(4, 11, 2)), wanted((0.0, 1.0)), wanted(frozenset({"plus", "times"})), sep="; ")
    an even number between 4 and 10; a number between 0 and 1; 'plus' or 'times'
    """
    if isinstance(allowed, frozenset):
        return " or ".join(map(repr, sorted(allowed)))
    if isinstance(allowed, range):
        kind = {1: "a whole", 2: "an even"}[allowed.step]
        return f"{kind} number between {allowed[0]} and {allowed[-1]}"
    return f"a number between {allowed[0]:g} and {allowed[1]:g}"


def shown(value: Value) -> str:
    """Return a value in ASCII, whole numbers without a point.

    >>> shown(3.0), shown(0.25), shown("mean")
    ('3', '0.25', "'mean'")
    """
    return ascii(value) if isinstance(value, str) else f"{value:g}"
