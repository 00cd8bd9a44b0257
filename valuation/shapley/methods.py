"""The estimators by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from valuation.errors import InputError
from valuation.shapley import banzhaf, owen, permutation, regression, stratified, truncated
from valuation.shapley.odd_gp import estimator as odd_gp
from valuation.shapley.run import Estimate, Run


@dataclass(frozen=True)
class Method:
    """An estimator.

    Attributes:
        estimate: spends a run's budget and concludes; games of at least two players.
        minimum: the least budget, by the number of players.
        semivalue: what it estimates.
    """

    estimate: Callable[[Run], Estimate]
    minimum: Callable[[int], int]
    semivalue: str = "shapley"


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "odd_gp": Method(odd_gp.estimate_by_odd_gp, odd_gp.minimum),
        "kernel_regression": Method(regression.estimate_by_kernel_regression, regression.minimum),
        "leverage_regression": Method(regression.estimate_by_leverage_regression, regression.minimum),
        "stratified": Method(stratified.estimate_by_strata, stratified.minimum),
        "owen": Method(owen.estimate_by_owen_sampling, owen.minimum),
        "permutation": Method(permutation.estimate_by_permutations, permutation.minimum),
        "truncated_permutation": Method(truncated.estimate_by_truncated_permutations, permutation.minimum),
        "banzhaf": Method(banzhaf.estimate_banzhaf_by_sample_reuse, banzhaf.minimum, "banzhaf"),
    }
)
"""The estimators, the most accurate first (see docs/benchmarks/shapley.md)."""


def find_method(name: str) -> Method:
    """Return the estimator of a name.

    Raises:
        InputError: there is none.
    """
    if name not in METHODS:
        raise InputError(f"no estimator is called {name!r}; the names are auto, {', '.join(METHODS)}")
    return METHODS[name]
