"""Games of which the parts are never worth more than the whole: how to tell, and how to make one.

Time-aware rewards (2510.09240, seen second-hand) need a utility that is (A1) not negative, (A2) monotone and
(A3) superadditive. Drops in loss of averaged updates rarely are: a bad update lowers its coalition, and two
good ones gain less together than apart. So a game is either checked as it is, or first transformed into one
that is closer, and checked then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from valuation.coalitions import coalitions_of
from valuation.errors import AssumptionError, InputError
from valuation.game import Utilities

TOLERANCE = 1e-9
"""How far a condition may be missed by rounding, relative to the largest utility."""


def dual(table: Utilities) -> Utilities:
    """Return the dual game, v*(S) = v(N) - v(N without S): superadditive if v is submodular.

    >>> dual(np.array([0.0, 2.0, 3.0, 4.0])).tolist()
    [0.0, 1.0, 2.0, 4.0]
    """
    return np.asarray(table[-1] - table[::-1])


def superadditive_cover(table: Utilities) -> Utilities:
    """Return the least superadditive game that is not below max(v, 0): what a coalition's best split gets.

    It satisfies A1 to A3 whatever the game. O(3^n).

    >>> superadditive_cover(np.array([0.0, 2.0, -1.0, 1.0])).tolist()
    [0.0, 2.0, 0.0, 2.0]
    """
    n = table.size.bit_length() - 1
    cover = np.maximum(table - table[0], 0.0)
    one, other = _disjoint_pairs(n)
    union = one | other
    sizes = coalitions_of(union, n).sum(axis=1)
    for size in range(2, n + 1):
        # Parts are smaller than their union, so that they are finished when it is reached.
        chosen = sizes == size
        np.maximum.at(cover, union[chosen], cover[one[chosen]] + cover[other[chosen]])
    return np.asarray(cover)


def dual_cover(table: Utilities) -> Utilities:
    """Return the least superadditive game that is not below the dual or zero.

    It satisfies A1 to A3 whatever the game, as the cover does. But where members of a coalition replace each
    other, as trainers do whose updates are averaged, the cover pays each of them alone what any of them is
    worth, and nothing is left that they achieve together; the dual asks what is lost without them.

    >>> replaceable = np.array([0.0, 3.0, 3.0, 4.0])
    >>> dual_cover(replaceable).tolist(), superadditive_cover(replaceable).tolist()
    ([0.0, 1.0, 1.0, 4.0], [0.0, 3.0, 3.0, 6.0])
    """
    return superadditive_cover(dual(table))


def untransformed(table: Utilities) -> Utilities:
    """Return the utilities as they are.

    >>> untransformed(np.array([0.0, 1.0])).tolist()
    [0.0, 1.0]
    """
    return table


TRANSFORMS: Mapping[str, Callable[[Utilities], Utilities]] = MappingProxyType(
    {"none": untransformed, "dual": dual, "cover": superadditive_cover, "dual-cover": dual_cover}
)
"""What can be done to a game before it is checked, by name."""


def transformed_table(table: Utilities, transform: str, players: Sequence[str]) -> Utilities:
    """Return the game, float64 (2^n,), after a transform by name, if it satisfies A1 to A3.

    Raises:
        InputError: no transform has that name.
        AssumptionError: it does not; the message says which assumption fails, and for which coalition.

    >>> transformed_table(np.array([0.0, 2.0, 3.0, 4.0]), "dual", ["a", "b"]).tolist()
    [0.0, 1.0, 2.0, 4.0]
    """
    if transform not in TRANSFORMS:
        raise InputError(f"no transform is called {transform!r}; the names are {', '.join(TRANSFORMS)}")
    game = TRANSFORMS[transform](table)
    failure = first_failure(game, players)
    if failure:
        others = ", ".join(repr(name) for name in TRANSFORMS if name != transform)
        raise AssumptionError(f"time-aware rewards need a game that is {failure}; other transforms: {others}")
    return game


def first_failure(table: Utilities, players: Sequence[str]) -> str:
    """Return which of A1 (not negative), A2 (monotone), A3 (superadditive) fails first and where, or nothing.

    >>> first_failure(np.array([0.0, 2.0, 3.0, 4.0]), ["a", "b"])
    "superadditive: together {'a'} and {'b'} have 4, apart 5"
    """
    n = table.size.bit_length() - 1
    slack = TOLERANCE * float(np.abs(table).max(initial=0.0))
    lowest = int(np.argmin(table))
    if table[lowest] < -slack or abs(table[0]) > slack:
        at = lowest if table[lowest] < -slack else 0
        return f"not negative, and zero for nobody: {_name(at, players)} has {table[at]:g}"
    for player in range(n):
        pairs = table.reshape(-1, 2, 1 << player)
        gains = pairs[:, 1] - pairs[:, 0]
        if gains.min() < -slack:
            high, low = np.unravel_index(np.argmin(gains), gains.shape)
            without = (int(high) << (player + 1)) | int(low)
            return f"monotone: {players[player]!r} lowers {_name(without, players)} by {-gains.min():g}"
    one, other = _disjoint_pairs(n)
    loss = table[one] + table[other] - table[one | other]
    worst = int(np.argmax(loss))
    if loss[worst] > slack:
        first, second = sorted((int(one[worst]), int(other[worst])))
        together, apart = table[first | second], table[first] + table[second]
        names = f"{_name(first, players)} and {_name(second, players)}"
        return f"superadditive: together {names} have {together:g}, apart {apart:g}"
    return ""


def _disjoint_pairs(n: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return all 3^n ordered pairs of disjoint masks, int64 (3^n,) each."""
    one = other = np.zeros(1, dtype=np.int64)
    for player in range(n):
        bit = 1 << player
        one, other = np.concatenate([one, one | bit, one]), np.concatenate([other, other, other | bit])
    return one, other


def _name(mask: int, players: Sequence[str]) -> str:
    return "{" + ", ".join(repr(player) for bit, player in enumerate(players) if mask >> bit & 1) + "}"
