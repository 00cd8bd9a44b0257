"""ComFedSV, the completed federated Shapley value: what peers would get had all always taken part.

The utilities of all coalitions in all rounds are a T by 2^N table, of which a round shows the coalitions of
those who took part. Completing it by a product of low rank, v_t(S) = w_t . h_S, gives

    s_i = 1/N sum over S without i of C(N - 1, |S|)^-1 sum over t of (w_t . h_{S+i} - w_t . h_S),

so that two peers with the same data get about the same, however often each was selected. Fan, Fang, Zhou,
Pei, Friedlander, Liu and Zhang, "Improving fairness for data valuation in horizontal federated learning"
(ICDE 2022, 2109.09046), recalled; the completion is `valuation.federated.completion`. Up to 12 peers have all
2^N columns; above, or if asked, the columns are the prefixes of random orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.coalitions import Coalitions, coalitions_of, keys_of
from valuation.errors import AssumptionError, InputError
from valuation.federated.assumptions import Assumptions, everyone_in
from valuation.federated.completion import Factors, Seen, Table, complete
from valuation.federated.held_out import choose_completion
from valuation.federated.history import in_round, places_of
from valuation.federated.marginals import draw_orders, prefixes
from valuation.federated.method import MethodSpec
from valuation.federated.round import Round, round_game
from valuation.game import TableGame, evaluate
from valuation.result import Valuation
from valuation.shapley import exact

ASSUMPTIONS = Assumptions(method="comfedsv")

MOST_EXACT = 12
"""The most peers of whom all 2^n coalitions are columns."""


@dataclass(frozen=True)
class Observed:
    """What was seen of the table.

    Attributes:
        table: utilities, float64 (T, C); zero where not seen.
        seen: bool (T, C).
        members: the coalitions of the columns, bool (C, N), nobody's left out.
    """

    table: Table
    seen: Seen
    members: Coalitions


def comfedsv(
    rounds: Sequence[Round],
    *,
    rng: np.random.Generator | None = None,
    rank: int | None = None,
    penalty: float | None = None,
    permutations: int | None = None,
    valued: int | None = None,
) -> Valuation:
    """Return the completed federated Shapley values, in nats.

    Evaluations: 2^k for a round of k of up to 12 peers; with orders, one for each different prefix within the
    round's peers. Standard errors are those of the drawn orders only (NaN without); the error of the
    completion is not known, and how well it predicted what was hidden from it stands in the
    reason. When every peer took part in every round there is nothing to complete, nothing is, and values
    without orders are exact.

    Args:
        rounds: the rounds; in one of them at least everyone takes part.
        rng: draws what is held out, and the orders; only needed for these.
        rank: r; chosen on held-out coalitions if not given.
        penalty: lambda, of utilities divided by the largest; chosen with the rank, and given with it.
        permutations: how many orders to draw, even and at least 4; if not given, 2 N ln N above 12 peers, and
            none up to 12.
        valued: how many of the last rounds are valued; the others only help to complete the table. All of
            them if not given.

    Raises:
        InputError: there is no round or not so many, only one of rank and penalty is given, or a generator is
            missing.
        AssumptionError: no round has everyone in it, so that some coalition with a peer was never seen.
        GameError: the loss answered badly.

    >>> first = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params @ np.array([1.0, 3.0]), learning_rate=1.0)
    >>> second = Round(("a",), first.updates[:1], first.base, first.loss, learning_rate=1.0)
    >>> comfedsv([first, second], rank=1, penalty=1e-9).values.round(6).tolist()
    [0.0, 4.0]
    """
    checked = ASSUMPTIONS.check(rounds)
    everyone = everyone_in(rounds)
    heard = _everyone_heard(rounds, everyone)
    if (rank is None) != (penalty is None):
        raise InputError(f"rank and penalty are given together or not at all, not {rank} and {penalty}")
    if valued is not None and not 1 <= valued <= len(rounds):
        raise InputError(f"{valued} of {len(rounds)} rounds cannot be valued")
    n = len(everyone)
    if n <= MOST_EXACT and permutations is None:
        orders = None
        members = coalitions_of(np.arange(1, 2**n), n)
    else:
        count = 2 * int(np.ceil(n * np.log(n))) if permutations is None else permutations
        if count < 4 or count % 2:
            raise InputError(f"standard errors need an even number of orders from 4, not {count}")
        orders = draw_orders(count, n, _given(rng))
        members = _distinct(prefixes(orders)[:, 1:].reshape(-1, n))
    observed = observe(rounds, everyone, members)
    whole, reason = _completed(observed, rank, penalty, rng)
    complete_and_exact = orders is None and bool(observed.seen.all())
    summed = whole[-valued if valued else 0 :].sum(axis=0)
    values, errors = _values(summed, members, orders)
    total = float(summed[members.all(axis=1)][0])
    return Valuation(
        players=everyone,
        values=values,
        standard_errors=np.zeros(n) if complete_and_exact else errors,
        total=total,
        evaluations=int(observed.seen.sum()) + len(rounds),
        unique_evaluations=int(observed.seen.sum()) + len(rounds),
        method=ASSUMPTIONS.method,
        reason=reason,
        exact=complete_and_exact,
        efficiency_gap=total - float(values.sum()),
        assumptions=(*checked, heard),
    )


def observe(rounds: Sequence[Round], everyone: Sequence[str], members: Coalitions) -> Observed:
    """Return the utilities of the coalitions, bool (C, N), in every round whose peers they are made of.

    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params @ np.array([1.0, 3.0]), learning_rate=1.0)
    >>> seen = observe([round], ("a", "b", "c"), np.array([[True, False, False], [False, False, True]]))
    >>> seen.table.tolist(), seen.seen.tolist()
    ([[1.0, 0.0]], [[True, False]])
    """
    table, seen = np.zeros((len(rounds), len(members))), np.zeros((len(rounds), len(members)), dtype=np.bool_)
    for number, round in enumerate(rounds):
        places = places_of(round.players, everyone)
        absent = np.delete(np.arange(len(everyone)), places)
        seen[number] = ~members[:, absent].any(axis=1)
        with in_round(number):
            table[number, seen[number]] = evaluate(round_game(round), members[seen[number]][:, places])
    return Observed(table, seen, members)


def _everyone_heard(rounds: Sequence[Round], everyone: Sequence[str]) -> str:
    for number, round in enumerate(rounds):
        if len(round.players) == len(everyone):
            return f"everyone being heard: round {number} has every peer"
    fullest = max(rounds, key=lambda round: len(round.players))
    missing = sorted(set(everyone) - set(fullest.players))[0]
    raise AssumptionError(
        f"comfedsv assumes that everyone is heard, but no round has every peer; "
        f"the fullest lacks peer {missing!r}"
    )


def _completed(
    observed: Observed, rank: int | None, penalty: float | None, rng: np.random.Generator | None
) -> tuple[Table, str]:
    if observed.seen.all():
        return observed.table, "everyone took part in every round: nothing to complete"
    if rank is not None and penalty is not None:
        factors: Factors = complete(observed.table, observed.seen, rank=rank, penalty=penalty)
        return factors.table(), f"rank {rank} and penalty {penalty:g} as given"
    choice = choose_completion(observed.table, observed.seen, observed.members, _given(rng))
    factors = complete(observed.table, observed.seen, rank=choice.rank, penalty=choice.penalty)
    reason = (
        f"rank {choice.rank} and penalty {choice.penalty:g} chosen on held-out coalitions, "
        f"relative squared error {choice.error:.2g}"
    )
    return factors.table(), reason


def _values(
    summed: Table, members: Coalitions, orders: npt.NDArray[np.intp] | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the Shapley values, exact or along the orders, and their standard errors, float64 (N,) each."""
    n = members.shape[1]
    if orders is None:
        return exact(TableGame(np.concatenate([[0.0], summed]))).values, np.full(n, np.nan)
    column = {key: place for place, key in enumerate(keys_of(members))}
    keys = keys_of(prefixes(orders)[:, 1:].reshape(-1, n))
    along = summed[[column[key] for key in keys]].reshape(orders.shape)
    added = np.empty(orders.shape)
    np.put_along_axis(added, orders, np.diff(along, axis=1, prepend=0.0), axis=1)
    pairs = (added[0::2] + added[1::2]) / 2
    return pairs.mean(axis=0), pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs))


def _distinct(coalitions: Coalitions) -> Coalitions:
    first = {key: row for row, key in reversed(list(enumerate(keys_of(coalitions))))}
    return coalitions[sorted(first.values())]


def _given(rng: np.random.Generator | None) -> np.random.Generator:
    if rng is None:
        raise InputError("comfedsv draws what it holds out: pass rng=numpy.random.default_rng(seed)")
    return rng


METHOD = MethodSpec(
    function=comfedsv,
    assumptions=ASSUMPTIONS,
    paper="Fan et al., 2109.09046 (ICDE 2022)",
    ranges={"rank": range(1, 21), "penalty": (1e-9, 10.0), "permutations": range(4, 100_001, 2)},
    together=("rank", "penalty"),
    remembers=True,
)
