"""Which part of earlier rounds a method can value together with the last one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from valuation.federated.assumptions import Assumptions
from valuation.round_data import RoundData


def recalled(assumptions: Assumptions, rounds: Sequence[RoundData]) -> tuple[RoundData, ...]:
    """Return the last round, preceded by what of the earlier ones can be valued with it.

    An earlier round counts for the last round's players alone: who has left is not in the game that is
    scored. It is left out where too few of them took part for the method, or not all, if the method assumes
    that everybody always does. So a newcomer costs the others their history with such a method, but never
    their pay.

    >>> import numpy as np
    >>> from valuation.models.softmax import Softmax
    >>> def data(*players):
    ...     updates, base = np.zeros((len(players), 4), dtype=np.float32), np.zeros(4, dtype=np.float32)
    ...     return RoundData(players, updates, base, Softmax(1, 2), (base[:1, None], np.array([0])))
    >>> earlier = [data("0xa0", "0xb0"), data("0xb0")]
    >>> [each.players for each in recalled(Assumptions(method="example"), [*earlier, data("0xb0", "0xc0")])]
    [('0xb0',), ('0xb0',), ('0xb0', '0xc0')]
    >>> everyone = Assumptions(method="example", full_participation=True)
    >>> [each.players for each in recalled(everyone, [*earlier, data("0xb0", "0xc0")])]
    [('0xb0', '0xc0')]
    """
    *earlier, last = rounds
    least = len(last.players) if assumptions.full_participation else assumptions.minimum_peers
    parts = [_among(data, last.players) for data in earlier]
    return (*(part for part in parts if part.players and len(part.players) >= least), last)


def _among(data: RoundData, players: Sequence[str]) -> RoundData:
    kept = [place for place, player in enumerate(data.players) if player in players]
    return replace(
        data,
        players=tuple(data.players[place] for place in kept),
        updates=data.updates[kept],
        assigned=tuple(data.assigned[place] for place in kept) if data.assigned else (),
        joined=(),
        history=(),
    )
