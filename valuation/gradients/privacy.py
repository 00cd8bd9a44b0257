"""How much an update tells of its data: the attack, so that owners can choose a defence.

L. Zhu, Z. Liu, S. Han, "Deep leakage from gradients", NeurIPS 2019: look for inputs whose gradient is the
one that was sent. The attack here is as strong as can be: the labels are taken to be known (the bias
gradient shows them, B. Zhao et al., "iDLG", 2020), steps are Gauss-Newton, and of a compressed update it
uses that what was not sent is no larger than what was. Whoever sends fewer numbers than its data have is
safe from it; that is a property of counting, not of this attack.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize

from valuation.errors import InputError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Inversion:
    """What an attacker found.

    Args:
        inputs: The inputs, float64 (s, features).
        misfit: Length of the difference between their gradient and the observed one, relative to the latter;
            near 0 the attacker has found inputs that explain all that was sent.
    """

    inputs: Floats
    misfit: float


def invert(
    gradient: Callable[[Floats], Floats],
    observed: npt.NDArray[np.floating],
    shape: tuple[int, int],
    rng: np.random.Generator,
    *,
    restarts: int = 1,
    evaluations: int = 60,
) -> Inversion:
    """Look for inputs, with entries from 0 to 1, whose gradient is the observed one.

    Args:
        gradient: From inputs (s, features) to the gradient, (d,), for the labels that the attacker knows.
        observed: The update as it was sent, (d,), divided by the learning rate; zeros were not sent.
        shape: Number of inputs and of their features.
        rng: Draws where to start.
        restarts: How often to start; the best fit counts.
        evaluations: The most Gauss-Newton steps from each start, of s * features + 1 gradients each.

    Raises:
        InputError: nothing was sent, it is not finite, or a number is not positive.

    >>> found = invert(lambda x: x[0] - 1.0, np.array([-0.75, -0.25]), (1, 2), np.random.default_rng(0))
    >>> found.inputs.round(6).tolist()
    [[0.25, 0.75]]
    """
    if observed.ndim != 1 or not np.isfinite(observed).all() or not observed.any():
        raise InputError("a finite update that is not all zero is needed")
    if min(*shape, restarts, evaluations) < 1:
        raise InputError(f"inputs of shape {shape}, {restarts} restarts and {evaluations} evaluations")
    target = observed.astype(np.float64)
    sent = target != 0
    unsent_limit = np.abs(target[sent]).min()
    size = np.linalg.norm(target)

    def residual(flat: Floats) -> Floats:
        found = gradient(flat.reshape(shape))
        excess = np.maximum(np.abs(found) - unsent_limit, 0.0)
        return np.asarray(np.where(sent, found - target, excess) / size)

    fits = [
        optimize.least_squares(residual, rng.random(shape[0] * shape[1]), bounds=(0, 1), max_nfev=evaluations)
        for _ in range(restarts)
    ]
    best = min(fits, key=lambda fit: float(fit.cost))
    return Inversion(best.x.reshape(shape), float(np.sqrt(2 * best.cost)))


def leakage(
    gradient: Callable[[Floats], Floats],
    private: Floats,
    compress: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]],
    rng: np.random.Generator,
    *,
    restarts: int = 1,
    evaluations: int = 60,
) -> Floats:
    """Attack the compressed gradient of known inputs, and return how far from each input the attacker ends.

    An owner compares these errors with those of somebody who knows nothing, who guesses the mean of the data.

    Args:
        gradient: From inputs (s, features) to the gradient, (d,), for their labels.
        private: The inputs, float64 (s, features), with entries from 0 to 1.
        compress: From a gradient, float32 (d,), to what its receivers decode.
        rng, restarts, evaluations: See `invert`.

    Returns:
        The root mean square of each input's error over its features, float64 (s,).

    Raises:
        InputError: nothing is left of the gradient, or a number is not positive.

    >>> inputs = np.array([[0.25, 0.75]])
    >>> errors = leakage(lambda x: x[0] - 1.0, inputs, lambda update: update, np.random.default_rng(0))
    >>> errors.round(6).tolist()
    [0.0]
    """
    observed = compress(gradient(private).astype(np.float32))
    found = invert(
        gradient,
        observed,
        (private.shape[0], private.shape[1]),
        rng,
        restarts=restarts,
        evaluations=evaluations,
    )
    return reconstruction_errors(private, found.inputs)


def reconstruction_errors(private: Floats, found: Floats) -> Floats:
    """Return how far the attacker is from each private input, float64 (s,).

    That is the root mean square over the features. The found inputs are matched to the private ones as
    favourably for the attacker as possible.

    Raises:
        InputError: the inputs are not two matrices of one shape.

    >>> reconstruction_errors(np.array([[0.0], [1.0]]), np.array([[1.0], [0.25]])).tolist()
    [0.25, 0.0]
    """
    if private.ndim != 2 or private.shape != found.shape:
        raise InputError(f"private inputs {private.shape} and found ones {found.shape} differ in shape")
    squared = ((private[:, None] - found[None, :]) ** 2).mean(axis=2)
    rows, columns = optimize.linear_sum_assignment(squared)
    return np.asarray(np.sqrt(squared[rows, columns]))
