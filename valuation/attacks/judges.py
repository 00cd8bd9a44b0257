"""Evaluators, honest and not: what they accept, what they say they measured, and what that earns them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from valuation.mechanism import Mechanism
from valuation.round_data import RoundData
from valuation.scoring import measure, utilities_length

Updates: TypeAlias = Mapping[str, npt.NDArray[np.float32]]
Gather: TypeAlias = Callable[[Updates], RoundData]


@dataclass(frozen=True)
class Sight:
    """What an evaluator reveals: whom it accepted, ascending, and its measurement, int64 (k,)."""

    players: tuple[str, ...]
    utilities: npt.NDArray[np.int64]


See: TypeAlias = Callable[[Mechanism, Gather, Updates, Updates, Sight | None], Sight]
"""From the mechanism, what makes a round of updates, the accepted updates, the accomplices' updates and the
own last reveal to this round's."""


@dataclass(frozen=True)
class Judge:
    """An evaluator.

    Args:
        stake: Its weight.
        see: What it reveals in a round.
        honest: Whether it is.
    """

    stake: int
    see: See
    honest: bool = True


@dataclass(frozen=True)
class JudgesAttack:
    """A way for evaluators to be paid for nothing, or to pay a friend.

    Args:
        name: Its name.
        rows: Where it stands in the catalogue of section 6 of the reference on Gauntlet.
        meaning: What they do, in a sentence.
        judges: All evaluators, honest ones included.
        accomplice: It is a trainer whose pay is measured, and who submits noise; else the evaluators' own is.
    """

    name: str
    rows: tuple[int, ...]
    meaning: str
    judges: tuple[Judge, ...]
    accomplice: bool


def honestly(
    mechanism: Mechanism, gather: Gather, accepted: Updates, accomplices: Updates, last: Sight | None
) -> Sight:
    """Measure what was accepted."""
    del accomplices, last
    data = gather(accepted)
    return Sight(data.players, measure(mechanism, data))


def for_a_friend(
    mechanism: Mechanism, gather: Gather, accepted: Updates, accomplices: Updates, last: Sight | None
) -> Sight:
    """Accept the accomplices whatever they sent, and measure the mean of others' updates in their place."""
    del last
    honest = {who: update for who, update in accepted.items() if who not in accomplices}
    if not honest:
        return honestly(mechanism, gather, accepted, {}, None)
    mean: npt.NDArray[np.float32] = np.mean(np.stack(list(honest.values())), axis=0, dtype=np.float32)
    data = gather({**honest, **dict.fromkeys(accomplices, mean)})
    return Sight(data.players, measure(mechanism, data))


def lazily(
    mechanism: Mechanism, gather: Gather, accepted: Updates, accomplices: Updates, last: Sight | None
) -> Sight:
    """Measure nothing, and say that nobody was worth anything."""
    del accomplices, last
    players = gather(accepted).players
    return Sight(players, np.zeros(utilities_length(mechanism, len(players)), dtype=np.int64))


def from_last_round(
    mechanism: Mechanism, gather: Gather, accepted: Updates, accomplices: Updates, last: Sight | None
) -> Sight:
    """Reveal again what was measured a round ago: the others' measurements of this round are still sealed."""
    players = gather(accepted).players
    length = utilities_length(mechanism, len(players))
    if last is None or last.utilities.size != length:
        # There is nothing to copy, but what comes next can be copied from the others' reveal of this round.
        seen = honestly(mechanism, gather, accepted, accomplices, None)
        return Sight(players, seen.utilities + 2 * mechanism.tolerance)
    return Sight(players, last.utilities)


HONEST_JUDGES = (Judge(100, honestly),)
"""One is enough where all measure alike."""


def _with(see: See, stakes: tuple[int, ...], honest: tuple[int, ...]) -> tuple[Judge, ...]:
    return (
        *(Judge(stake, see, honest=False) for stake in stakes),
        *(Judge(stake, honestly) for stake in honest),
    )


JUDGES_ATTACKS: Mapping[str, JudgesAttack] = MappingProxyType(
    {
        attack.name: attack
        for attack in (
            JudgesAttack(
                "evaluators-below-half",
                (20, 21),
                "49 % of the stake measures for a friend",
                _with(for_a_friend, (49,), (51,)),
                accomplice=True,
            ),
            JudgesAttack(
                "evaluators-above-half",
                (20, 21),
                "51 % of the stake measures for a friend",
                _with(for_a_friend, (51,), (49,)),
                accomplice=True,
            ),
            JudgesAttack(
                "lazy-evaluator",
                (23,),
                "a third of the stake measures nothing",
                _with(lazily, (1,), (1, 1)),
                accomplice=False,
            ),
            JudgesAttack(
                "copying-evaluator",
                (22,),
                "a third of the stake reveals last round's measurement",
                _with(from_last_round, (1,), (1, 1)),
                accomplice=False,
            ),
        )
    }
)
"""All attacks of evaluators by name."""
