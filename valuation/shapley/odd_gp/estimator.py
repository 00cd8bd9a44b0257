"""Shapley values by Gaussian-process regression on the odd part of a game ("odd_gp"), the default estimator.

The value is linear in a game, and so has a closed-form posterior under a Gaussian prior: an estimate and its
standard error, from few utilities, with no sampling noise of its own. The prior is on the odd part only,
since the even part is worth nothing to anybody (OddSHAP, 2602.01399), and is made of parts whose value is
known in closed form (see `relevance`, `spectral` and `deviations`). Which pairs are measured is in `plan`.

Two priors, one under which players differ and one under which they are alike, are weighted by how well they
predict each pair from the others, and what they disagree on is added to the standard errors. These are scaled
to what the errors of those predictions would do to the values, so that they hold where the game is not as the
prior has it (`posterior`).

With p pairs measured the work is O(p^3). Beyond `max_pairs` the posterior is that of the first, and the pairs
after these correct it: their residuals go through the kernel regression (`regression`), whose answer is
shrunk by its own noise (James and Stein 1961), so that the estimate stays consistent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuation.shapley.odd_gp.kernel import Matrix, Vector
from valuation.shapley.odd_gp.meter import PairMeter
from valuation.shapley.odd_gp.model import (
    LEARNED_FROM,
    Model,
    Observations,
    relevance_model,
    signs_of,
    spectral_model,
)
from valuation.shapley.odd_gp.plan import plan
from valuation.shapley.odd_gp.posterior import Posterior, posterior
from valuation.shapley.regression import fit_pairs
from valuation.shapley.run import Estimate, Run


def minimum(n: int) -> int:
    """Return the least budget: nobody, everybody, and a pair for each player."""
    return 2 + 2 * (n if n > 2 else 1)


def estimate_by_odd_gp(run: Run) -> Estimate:
    """Estimate Shapley values by Gaussian processes on pairs."""
    meter = PairMeter(run)
    for pairs in plan(run, meter):
        affordable = meter.affords(len(pairs))
        if affordable:
            meter.measure(pairs[:affordable])
        if affordable < len(pairs) or run.enough(lambda: _conclude(run, meter)):
            break
    return _conclude(run, meter)


def _conclude(run: Run, meter: PairMeter) -> Estimate:
    observations = meter.observations(run.options.max_pairs)
    if observations.scale == 0.0:
        flat = "every pair measured has two equal utilities"
        return Estimate(np.zeros(run.n), np.zeros(run.n), assumptions=(flat,))
    mixture = _mix([_learn(model(run.n), observations) for model in (relevance_model, spectral_model)])
    values, variance = mixture.values, mixture.variance
    later = slice(run.options.max_pairs, None)
    if len(meter.pairs) > run.options.max_pairs:
        residuals = meter.odd[later] - mixture.predict(signs_of(meter.pairs[later]), observations)
        fit = fit_pairs(meter.pairs[later], known=meter.pairs[: run.options.max_pairs])
        values, variance = _corrected(values, variance, *fit.solve(residuals))
    gap = run.total - float(values.sum())
    return Estimate(values + gap / run.n, np.sqrt(variance), gap, mixture.described(meter))


@dataclass(frozen=True)
class _Learned:
    model: Model
    parameters: Vector
    posterior: Posterior


def _learn(model: Model, observations: Observations) -> _Learned:
    parameters = model.learn(observations.thinned(LEARNED_FROM))
    return _Learned(model, parameters, posterior(model, parameters, observations))


@dataclass(frozen=True)
class _Mixture:
    """Two learned models, with the weight of each."""

    members: tuple[_Learned, ...]
    shares: Vector
    values: Vector
    variance: Vector

    def predict(self, pairs: Matrix, observations: Observations) -> Vector:
        """Return the mean predictions of g, float64 (m,), at signs (m, n) that were not observed."""
        predictions = [
            each.model.kernel.covariance(each.parameters[:-2], pairs, observations.pairs)
            @ each.posterior.smooth
            for each in self.members
        ]
        return self.shares @ np.array(predictions)

    def described(self, meter: PairMeter) -> tuple[str, ...]:
        """Return what the estimate rests on."""
        error = np.sqrt(self.shares @ [each.posterior.prediction_error for each in self.members])
        differ, alike = self.shares
        return (
            f"each pair is predicted from the others with a root mean squared error of {error:.3g}",
            f"the prior under which players differ weighs {differ:.2f}, that of players alike {alike:.2f}",
            *(["the game is self-dual, so that one side of a pair tells all"] if meter.one_sided else []),
        )


def _mix(members: list[_Learned]) -> _Mixture:
    errors = np.array([each.posterior.prediction_error for each in members])
    least = errors.min()
    quality = (least / errors) ** 2 if least > 0 else (errors == 0).astype(np.float64)
    shares = quality / quality.sum()
    values = np.array([each.posterior.values for each in members])
    mean = shares @ values
    own = np.array([each.posterior.variance * each.posterior.surprise for each in members])
    return _Mixture(tuple(members), shares, mean, shares @ (own + (values - mean) ** 2))


def _corrected(values: Vector, variance: Vector, change: Vector, errors: Vector) -> tuple[Vector, Vector]:
    """Add a noisy correction, shrunk towards zero by as much as it may be noise."""
    noise, size = float(errors @ errors), float(change @ change)
    # A NaN, where too few pairs were left to tell the noise, compares as false.
    keep = 1 - noise / size if noise < size else 0.0
    if keep == 0.0:
        return values, variance
    return values + keep * change, (1 - keep) ** 2 * variance + (keep * errors) ** 2
