"""All methods by name, and the one way in which they are called by name."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from valuation.errors import AssumptionError, InputError
from valuation.federated import (
    blockflow,
    comfedsv,
    consortium,
    cosine_shapley,
    estimators,
    fair_bfl,
    fedce,
    fedsv,
    goal_alignment,
    gtg_shapley,
    leave_one_out,
    loss_delta,
    mr_shapley,
    owen_clusters,
    reward_driven,
    sampled_leave_one_out,
    shapley_exact,
    similarity_discount,
    time_aware_cumulation,
    time_aware_valuation,
    verfedsv,
)
from valuation.federated.method import MethodSpec
from valuation.federated.round import Round
from valuation.result import Valuation

_FILES = (
    shapley_exact,
    leave_one_out,
    sampled_leave_one_out,
    reward_driven,
    loss_delta,
    goal_alignment,
    consortium,
    fedsv,
    comfedsv,
    gtg_shapley,
    mr_shapley,
    verfedsv,
    time_aware_cumulation,
    time_aware_valuation,
    cosine_shapley,
    fedce,
    fair_bfl,
    blockflow,
    owen_clusters,
    similarity_discount,
)

_METHODS: Mapping[str, MethodSpec] = MappingProxyType(
    {spec.name: spec for spec in (*(file.METHOD for file in _FILES), *estimators.SPECS)}
)


def methods() -> Mapping[str, MethodSpec]:
    """Return all methods by name, read-only.

    >>> "comfedsv" in methods()
    True
    >>> methods()["fedsv"].paper
    'Wang et al., 2009.06192'
    """
    return _METHODS


def method_named(name: str) -> MethodSpec:
    """Return a method by its name.

    Raises:
        InputError: there is no such method; the message lists those that there are.

    >>> method_named("fedsv").accumulates
    True
    """
    if name not in _METHODS:
        raise InputError(f"no method is called {name!r}; the names are {', '.join(_METHODS)}")
    return _METHODS[name]


def value_rounds(
    rounds: Sequence[Round],
    method: str,
    *,
    rng: np.random.Generator | None = None,
    **parameters: Any,
) -> Valuation:
    """Return what a method, by name, makes of rounds.

    Args:
        rounds: the rounds.
        method: the method's name.
        rng: the generator of the methods that draw at random; the others do not use it.
        parameters: the method's own, see its function.

    Raises:
        InputError: there is no such method or parameter, or a generator is needed.
        AssumptionError: the method needs something of the peers that was not given, or an assumption fails.
        GameError: the loss answered badly.

    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params @ np.array([1.0, 3.0]), learning_rate=1.0)
    >>> value_rounds([round], "leave-one-out").values.tolist()
    [-1.0, 1.0]
    """
    check_arguments(method, rng, parameters)
    function = method_named(method).function
    if accepts(method, "rng"):
        return function(rounds, rng=rng, **parameters)
    return function(rounds, **parameters)


def check_arguments(method: str, rng: object, parameters: Mapping[str, object]) -> None:
    """Refuse, before there is any round, what `value_rounds` would refuse whatever the rounds are.

    Args:
        method: the method's name.
        rng: the generator, or None.
        parameters: the method's own, by name; their values are the method's to judge.

    Raises:
        InputError: there is no such method or parameter, or a generator is needed.
        AssumptionError: the method needs something of the peers that was not given.

    >>> check_arguments("fedsv", None, {})
    >>> check_arguments("fedsv", None, {"metrics": {}})
    Traceback (most recent call last):
    valuation.errors.InputError: fedsv has no parameter 'metrics'; it has permutations
    """
    spec = method_named(method)
    check_generator(rng)
    known = inspect.signature(spec.function).parameters
    own = [name for name, each in known.items() if each.kind is each.KEYWORD_ONLY and name != "rng"]
    for name in parameters:
        if name not in own:
            raise InputError(f"{method} has no parameter {name!r}; it has {', '.join(own) or 'none'}")
    for name in own:
        if known[name].default is inspect.Parameter.empty and name not in parameters:
            raise AssumptionError(f"{method} needs {name}=")
    if rng is None and "rng" in known and known["rng"].default is inspect.Parameter.empty:
        raise InputError(f"{method} draws at random: pass rng=numpy.random.default_rng(seed)")


def check_generator(rng: object) -> None:
    """Refuse what is given as a generator and is none; None stands for no generator.

    Raises:
        InputError: it is neither.

    >>> check_generator(np.random.default_rng(0))
    """
    if rng is not None and not isinstance(rng, np.random.Generator):
        raise InputError(f"rng must be a numpy.random.Generator, not {type(rng).__name__}")


def asks_for_times(method: str) -> bool:
    """Return whether a mechanism's method has to know when each peer joined.

    Provable methods, and a Gauntlet, are not among the federated ones, and ask for no times.

    >>> asks_for_times("time-aware-cumulation"), asks_for_times("shapley-exact")
    (True, False)
    """
    return method in methods() and accepts(method, "times")


def accepts(method: str, parameter: str) -> bool:
    """Say whether a method has a parameter of that name.

    >>> accepts("fedce", "metrics"), accepts("fedsv", "metrics")
    (True, False)
    """
    return parameter in inspect.signature(method_named(method).function).parameters
