"""Goal alignment: how far an update points down the loss of a small verified goal set.

To first order the mean update lowers the goal loss L by lr <grad L, mean of u_i>, of which u_i brings lr/n
<grad L, u_i>. To second order it lowers it by lr <g, u> - lr^2/2 <u, H u> with u the mean, and u_i brings

    lr/n <g, u_i> - lr^2/(2n) <u_i, H u>,

which adds up over the peers, costs one gradient and one Hessian-vector product a round whatever the number of
peers, and is the Shapley value of the quadratic approximation when updates are summed at 1/n each. The first
order is the round-wise value of DIG-FL (Wang et al., ICDE 2022) and of one step of TracIn (2002.08484); in
value-based steering of pretraining the goal set says what the model is meant to become good at. The
Hessian-vector product is the central difference of gradients along u.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt

from valuation.errors import GameError, InputError
from valuation.federated.assumptions import Assumptions
from valuation.federated.history import measured, value_each_round
from valuation.federated.method import MethodSpec
from valuation.federated.peer_data import measure_checked
from valuation.federated.round import Round
from valuation.result import Valuation

ASSUMPTIONS = Assumptions(method="goal-alignment", equal_weights=True)

STEP = 1e-3
"""The length of the step along u for differences, relative to the larger of 1 and the base's norm."""

Vector = npt.NDArray[np.float64]
Gradient = Callable[[Vector], Vector]
"""From a model, float64 (d,), to the gradient of the goal loss, float64 (d,)."""


def goal_alignment(
    rounds: Sequence[Round], *, gradient: Gradient | None = None, order: Literal[1, 2] = 2
) -> Valuation:
    """Return what each update brings to the goal, in nats, to first or second order.

    The rounds' loss is the goal's. The total is the measured drop in loss, so that the efficiency gap says
    how good the approximation is.

    Args:
        rounds: the rounds.
        gradient: of the goal loss. Without it, directional derivatives are taken as differences of the loss,
            which costs 2 n evaluations a round to first order and 6 n to second, instead of one gradient
            and three. A gradient is counted as an evaluation.
        order: 1 or 2.

    Raises:
        InputError: there is no round, the order is neither 1 nor 2, or the gradient is no function.
        GameError: the loss or the gradient answered badly.

    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params @ np.array([1.0, 3.0]), learning_rate=1.0)
    >>> goal_alignment([round], gradient=lambda params: np.array([1.0, 3.0])).values.tolist()
    [0.5, 1.5]
    """
    if order not in (1, 2):
        raise InputError(f"goal alignment is of order 1 or 2, not {order}")
    if gradient is not None and not callable(gradient):
        raise InputError(f"the gradient must be a function of a model (d,), not {type(gradient).__name__}")
    return value_each_round(rounds, partial(_round, gradient=gradient, order=order), ASSUMPTIONS)


def _round(round: Round, gradient: Gradient | None, order: int) -> Valuation:
    base, updates = round.base.astype(np.float64), round.updates.astype(np.float64)
    n = len(updates)
    mean = updates.mean(axis=0)
    before, after = measure_checked(
        round.loss, np.stack([base, base - round.learning_rate * mean]), "the loss"
    )
    derivatives = _by_gradient(gradient) if gradient is not None else _by_differences(round.loss)
    slopes, curvatures = derivatives(base, updates, mean, order)
    values = round.learning_rate / n * (slopes - round.learning_rate / 2 * curvatures)
    cost = {1: 1, 2: 3}[order] if gradient is not None else {1: 2 * n, 2: 6 * n}[order]
    return measured(round.players, values, evaluations=2 + cost, total=float(before - after))


_Derivatives = Callable[[Vector, Vector, Vector, int], tuple[Vector, Vector]]
"""From base (d,), updates (n, d), mean (d,) and order to <g, u_i> and <u_i, H u>, float64 (n,) each."""


def _by_gradient(gradient: Gradient) -> _Derivatives:
    def checked(model: Vector) -> Vector:
        answer = np.asarray(gradient(model), dtype=np.float64)
        if answer.shape != model.shape or not np.isfinite(answer).all():
            raise GameError(
                f"the gradient at a model of shape {model.shape} has the shape {answer.shape}, "
                "or is not finite"
            )
        return answer

    def derivatives(base: Vector, updates: Vector, mean: Vector, order: int) -> tuple[Vector, Vector]:
        slopes = updates @ checked(base)
        length = float(np.linalg.norm(mean))
        if order == 1 or length == 0:
            return slopes, np.zeros(len(updates))
        step = _step(base) / length
        product = (checked(base + step * mean) - checked(base - step * mean)) / (2 * step)
        return slopes, updates @ product

    return derivatives


def _by_differences(loss: Callable[[Vector], Vector]) -> _Derivatives:
    def derivatives(base: Vector, updates: Vector, mean: Vector, order: int) -> tuple[Vector, Vector]:
        lengths = np.linalg.norm(updates, axis=1)
        steps = _step(base) / np.where(lengths > 0, lengths, 1.0)
        moves = steps[:, None] * updates
        up, down = (measure_checked(loss, base + sign * moves, "the loss") for sign in (1, -1))
        slopes = (up - down) / (2 * steps)
        length = float(np.linalg.norm(mean))
        if order == 1 or length == 0:
            return slopes, np.zeros(len(updates))
        step = _step(base) / length
        mixed = sum(
            one * other * measure_checked(loss, base + one * moves + other * step * mean, "the loss")
            for one in (1, -1)
            for other in (1, -1)
        )
        return slopes, np.asarray(mixed / (4 * steps * step))

    return derivatives


def _step(base: Vector) -> float:
    return STEP * max(1.0, float(np.linalg.norm(base)))


METHOD = MethodSpec(
    function=goal_alignment,
    assumptions=ASSUMPTIONS,
    paper="DIG-FL, ICDE 2022; TracIn, 2002.08484",
    ranges={"order": range(1, 3)},
)
