"""A mechanism before it is funded: who would get what of past rounds, for how long, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from chain.contracts.types import Emission
from chain.roles.budget import emitted
from valuation.errors import InputError
from valuation.mechanism import METHODS, Mechanism
from valuation.problem import problem_of
from valuation.rules import Method, Reward
from valuation.simulation import Difference, Past, Simulation, difference, reseeded, simulate

MOST_ROUNDS = 10_000
"""No runway is told beyond so many rounds."""
_ALTERNATIVES: tuple[Method, ...] = (
    Method("shapley-exact", {}),
    Method("shapley-sampled", {"permutations": 200}),
    Method("loss-delta", {"step": 0.5}),
)
_POWERS = ("1", "2")
_SPENT = Fraction(99, 100)


@dataclass(frozen=True)
class Terms:
    """What would be paid from; money in token units.

    Attributes:
        emission: What the rounds may pay.
        funded: What is in the escrow; None for as much as the schedule allows.
        stakes: The evaluators'.
    """

    emission: Emission
    funded: int | None = None
    stakes: tuple[int, ...] = (1,)

    def allowed(self, rounds: int) -> int:
        """What may have been paid by the end of a round."""
        scheduled = emitted(self.emission, rounds)
        return scheduled if self.funded is None else min(scheduled, self.funded)


@dataclass(frozen=True)
class Changed:
    """One choice made otherwise.

    Attributes:
        what: "method" or "power".
        to: Its other value.
        difference: What that would change.
        loss: The validation loss after the last round, in nats.
    """

    what: str
    to: str
    difference: Difference
    loss: float


@dataclass(frozen=True)
class Trial:
    """A mechanism on a history.

    Attributes:
        draws: The rounds as they were, and as other draws of their seeds would have made them.
        changed: The same with one choice made otherwise.
        runway: After how many rounds 99 % of the funds are spent (`runway`).
    """

    draws: tuple[Simulation, ...]
    changed: tuple[Changed, ...]
    runway: int | None


def attempt(mechanism: Mechanism, design: bytes | None, past: Past, terms: Terms, draws: int) -> Trial:
    """Runs a mechanism on a history, several times.

    Args:
        mechanism: The mechanism.
        design: The bytes of the design that it names.
        past: The history.
        terms: What would be paid from.
        draws: How many draws of the seeds, the first of which is the history's own; at least 1.

    Raises:
        MechanismError: The mechanism does not fit the history, or names data that are not here.
        InputError: The method cannot value a round.
    """
    problem = problem_of(mechanism, design)
    allowed = [terms.allowed(number + 1) for number in range(len(past.rounds))]
    found = tuple(
        simulate(problem, reseeded(past, draw), allowed, terms.stakes) for draw in range(max(1, draws))
    )
    changed = []
    for what, to, other in _otherwise(mechanism):
        try:
            done = simulate(replace(problem, mechanism=other, design=None), past, allowed, terms.stakes)
        except InputError:
            continue  # a method that cannot value these rounds is no alternative
        changed.append(Changed(what, to, difference(found[0], done), done.rounds[-1].loss))
    return Trial(found, tuple(changed), runway(terms, found[0]))


def runway(terms: Terms, found: Simulation) -> int | None:
    """After how many rounds 99 % of the funds are spent, if all spend the same part of their budget as the
    last one did; None without funds, or when that takes more than 10,000 rounds.
    """
    last = found.rounds[-1]
    if not terms.funded or not last.budget:
        return None
    part = Fraction(sum(last.pay.values()) + last.evaluators, last.budget)
    paid = 0
    for number in range(1, MOST_ROUNDS + 1):
        paid += int((terms.allowed(number) - paid) * part)
        if paid >= terms.funded * _SPENT:
            return number
    return None


def _otherwise(mechanism: Mechanism) -> Iterator[tuple[str, str, Mechanism]]:
    """The same mechanism with another method, or another power; a Gauntlet and a vertical split have none."""
    if mechanism.gauntlet is not None or METHODS[mechanism.method.name].vertical:
        return
    for method in _ALTERNATIVES:
        if method.name != mechanism.method.name:
            yield "method", method.name, replace(mechanism, method=method)
    for power in _POWERS:
        if power != mechanism.reward.power:
            yield "power", power, replace(mechanism, reward=Reward(power))


def ranks(shares: Sequence[float]) -> list[int]:
    """The place of each share, 1 for the largest; equal shares have one place.

    Example:
        >>> ranks([0.2, 0.5, 0.2, 0.1])
        [2, 1, 2, 4]
    """
    return [1 + sum(other > share for other in shares) for share in shares]
