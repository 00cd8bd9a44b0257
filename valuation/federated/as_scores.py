"""Any method as a project's mechanism: the data of a round in, whole nano-nats out.

What evaluators commit to for `shapley-exact` and `loss-delta` are utilities, from which scores follow in
exact integers (`valuation.scoring`). For every other method they commit to the scores themselves: an auditor
recomputes them, and a contract can compare but not derive them.

Sampling methods draw from the round's seed. Their generator is Philox (Salmon et al., SC 2011), a counter
through a fixed cipher, keyed by SHAKE-256. All take uniform doubles from it and nothing else
(`valuation.draws`), so that evaluators with different versions of NumPy draw the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from valuation import seeds
from valuation.errors import AssumptionError
from valuation.federated.as_round import as_round
from valuation.federated.history import places_of
from valuation.federated.method import MethodSpec
from valuation.federated.peer_data import Measure
from valuation.federated.recall import recalled
from valuation.federated.registry import accepts, method_named, value_rounds
from valuation.fixed_point import saturate, to_fixed
from valuation.models.losses import Losses
from valuation.round_data import RoundData, Samples

Integers = npt.NDArray[np.int64]


def method_scores(
    method: str,
    parameters: Mapping[str, float | str],
    rounds: Sequence[RoundData],
    *,
    learning_rate: float,
    seed: bytes,
) -> Integers:
    """Return the scores of the last round's players by a method's name, in nano-nats, int64 (n,).

    A method whose values are sums over rounds scores what the last round added to them; one whose values are
    standings (`MethodSpec.accumulates` is false) scores where they stand after it. Earlier rounds count for
    the last round's players, as far as the method can value them (`valuation.federated.recall`); if it cannot
    after all, the last round scores what it is worth by itself. A method that completes rounds (`valued`)
    scores the last round of the completed ones: what it credits a peer with for earlier rounds that the peer
    missed is not paid, or a new address a round would be the best-paid trainer.

    Values that are not in nats, such as cosines and weights, are taken in billionths. What a method asks of
    peers' own data is measured on the data that they were assigned: `peer_losses` is the loss on it,
    `metrics` the accuracy, and `gradient` is that of the loss on the evaluation data. `times` is when the
    last round's players joined, as it says.

    If an assumption of the method does not hold, everybody scores zero: a round that cannot be valued pays
    nobody and its budget is carried on, rather than bringing the project to a halt.

    Args:
        method: the method's name.
        parameters: the method's own; whole numbers may be given as floats.
        rounds: the round to score, preceded by as much of the history as the mechanism looks at.
        learning_rate: the size of the step along the mean update.
        seed: the last round's randomness.

    Raises:
        InputError: there is no such method or parameter, or an update is not finite.
        GameError: the loss answered badly.
        FixedPointError: a score is NaN.

    >>> from valuation.models.softmax import Softmax
    >>> samples = np.ones((1, 1), dtype=np.float32), np.array([0])
    >>> updates = np.array([[-1, 1, 0, 0], [1, -1, 0, 0]], dtype=np.float32)
    >>> data = RoundData(("0xa0", "0xb0"), updates, np.zeros(4, dtype=np.float32), Softmax(1, 2), samples)
    >>> method_scores("leave-one-out", {}, [data], learning_rate=1.0, seed=bytes(32)).tolist()
    [1433780830, -566219170]
    """
    spec, last = method_named(method), rounds[-1]
    if not last.players:
        return np.zeros(0, dtype=np.int64)
    rounds = recalled(spec.assumptions, rounds)
    arguments = {name: _whole(value) for name, value in parameters.items()} | _offered(method, rounds)

    def values_of(some: Sequence[RoundData]) -> npt.NDArray[np.float64]:
        played = [as_round(data, learning_rate) for data in some]
        result = value_rounds(played, method, rng=round_generator(seed, method), **arguments)
        values = np.zeros(len(last.players))
        there = [place for place, player in enumerate(last.players) if player in result.players]
        values[there] = result.values[places_of([last.players[place] for place in there], result.players)]
        return values

    try:
        scores = _last_round(spec, rounds, values_of)
    except AssumptionError:
        scores = np.zeros(len(last.players))
    return to_fixed(saturate(scores))


def _last_round(
    spec: MethodSpec,
    rounds: Sequence[RoundData],
    values_of: Callable[[Sequence[RoundData]], npt.NDArray[np.float64]],
) -> npt.NDArray[np.float64]:
    *earlier, last = rounds
    if not spec.accumulates or not earlier or accepts(spec.name, "valued"):
        return values_of(rounds)
    try:
        return values_of(rounds) - values_of(earlier)
    except AssumptionError:
        return values_of([last])


def _offered(method: str, rounds: Sequence[RoundData]) -> dict[str, Any]:
    """Return what a method has of the arguments that follow from the rounds themselves."""
    # A peer's latest data, where it had some in several rounds.
    own = {
        player: (data, samples)
        for data in rounds
        if data.assigned
        for player, samples in zip(data.players, data.assigned, strict=True)
    }
    last = rounds[-1]
    offered: dict[str, Any] = {
        "peer_losses": {player: Losses(data.model, *samples) for player, (data, samples) in own.items()},
        "metrics": {player: _accuracy_on(*each) for player, each in own.items()},
        "gradient": lambda model: last.model.gradient(model, *last.evaluation),
        "valued": 1,
    }
    if last.joined:
        offered["times"] = dict(zip(last.players, last.joined, strict=True))
    return {name: value for name, value in offered.items() if accepts(method, name)}


def _accuracy_on(data: RoundData, samples: Samples) -> Measure:
    return lambda models: data.model.accuracy(models, *samples)


def round_generator(seed: bytes, method: str) -> np.random.Generator:
    """Return the generator of a method in the round with this seed.

    >>> round_generator(bytes(32), "fedsv").random() == round_generator(bytes(32), "gtg-shapley").random()
    False
    """
    return np.random.Generator(np.random.Philox(key=seeds.uint64s(seed, f"method/{method}", 2)))


def _whole(value: float | str) -> float | int | str:
    return int(value) if not isinstance(value, str) and float(value).is_integer() else value
