"""What everyone should have earned, worked out a second time: from the events and the measurements in the
store, by the
definitions, in exact fractions, with nothing of `valuation` and nothing of the roles.
"""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import permutations
from math import factorial
from typing import Any

from chain.project import Project
from chain.store import Store


def recompute_earnings(project: Project, store: Store) -> dict[str, int]:
    """Cumulative earnings by address after the last header that stands."""
    earned: dict[str, int] = {}
    for header in project.headers():
        mechanism = json.loads(store.get(project.round(header.round).policy_hash, 2**20))
        reveals = [
            (reveal.weight, json.loads(store.get(reveal.data_digest, 2**24)))
            for reveal in project.reveals(header.round)
        ]
        budget = _budget(project, header.round) - sum(earned.values())
        for address, amount in _round(mechanism, reveals, budget).items():
            earned[address] = earned.get(address, 0) + amount
    return {address: amount for address, amount in earned.items() if amount}


def _budget(project: Project, round: int) -> int:
    """The demonstration's emission is fixed and its escrow is paid in before the first round."""
    return min(project.distributor.funded(), project.distributor.emission().first * round)


def _round(
    mechanism: dict[str, Any], reveals: list[tuple[int, dict[str, Any]]], budget: int
) -> dict[str, int]:
    players = reveals[0][1]["players"]
    assert all(measured["players"] == players for _, measured in reveals)
    agreed = [
        _median([(measured["utilities"][index], weight) for weight, measured in reveals])
        for index in range(2 ** len(players))
    ]
    values = _shapley(agreed, len(players))
    pot = budget * mechanism["evaluator_share"] // 10_000
    assert mechanism["reward"]["power"] == "1"
    pay = dict(zip(players, _divide(budget - pot, [max(v, 0) for v in values]), strict=True))
    if not any(pay.values()):
        return {}
    good = [
        (measured["evaluator"], weight)
        for weight, measured in sorted(reveals, key=lambda item: item[1]["evaluator"].lower())
        if all(
            abs(a - b) <= mechanism["tolerance"] for a, b in zip(measured["utilities"], agreed, strict=True)
        )
    ]
    shares = _divide(pot, [weight for _, weight in good])
    return pay | {address: share for (address, _), share in zip(good, shares, strict=True)}


def _median(measured: list[tuple[int, int]]) -> int:
    """The smallest value that at least half of the weight does not exceed."""
    total = sum(weight for _, weight in measured)
    return min(v for v, _ in measured if 2 * sum(w for u, w in measured if u <= v) >= total)


def _shapley(utilities: list[int], n: int) -> list[int]:
    """The definition over orders for few players, over coalitions for more, floored to whole nano-nats."""
    if n <= 6:
        totals = [0] * n
        for order in permutations(range(n)):
            mask = 0
            for player in order:
                totals[player] += utilities[mask | 1 << player] - utilities[mask]
                mask |= 1 << player
        return [total // factorial(n) for total in totals]
    values = []
    for player in range(n):
        value = Fraction(0)
        for mask in range(2**n):
            if not mask >> player & 1:
                size = bin(mask).count("1")
                weight = Fraction(factorial(size) * factorial(n - 1 - size), factorial(n))
                value += weight * (utilities[mask | 1 << player] - utilities[mask])
        values.append(value.numerator // value.denominator)
    return values


def _divide(total: int, weights: list[int]) -> list[int]:
    """Each share rounded down; what is left over stays in the escrow."""
    whole = sum(weights)
    return [Fraction(total * weight, whole).__floor__() if whole else 0 for weight in weights]
