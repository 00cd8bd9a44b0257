"""Amounts of a token as people read and write them; exact both ways."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from valuation.errors import InputError


def tokens(units: int, decimals: int, places: int = 4) -> str:
    """Token units for people: `places` decimals, cut off and never rounded up.

    Example:
        >>> tokens(1_999_999, 6, places=2)
        '1.99'
    """
    whole, rest = divmod(abs(units), 10**decimals)
    fraction = f"{rest:0{decimals}d}"[:places] if decimals else ""
    return f"{'-' if units < 0 else ''}{whole:,}{'.' if fraction else ''}{fraction}"


def token_units(text: str, decimals: int) -> int:
    """An amount that a person wrote, as token units; exact.

    Raises:
        InputError: It is not a positive number, or finer than a token unit.

    Example:
        >>> token_units("1.5", 6)
        1500000
    """
    try:
        scaled = Decimal(text).scaleb(decimals)
        units = int(scaled)
    except (InvalidOperation, ValueError, OverflowError):
        raise InputError(f"not an amount: {text!r:.60}") from None
    if scaled != units:
        raise InputError(f"{text} is finer than one token unit: the token has {decimals} decimals")
    if not 0 < units < 2**96:
        raise InputError(f"an amount is above 0 and below 2**96 token units, not {text}")
    return units
