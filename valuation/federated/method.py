"""How a method is described, so that methods can be listed, compared and named in a mechanism."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from valuation.federated.assumptions import Assumptions
from valuation.parameters import Allowed, Value
from valuation.result import Valuation


def no_limit(parameters: Mapping[str, Value]) -> None:
    """Return that a method values any number of peers.

    >>> no_limit({"samples": 1})
    """


def exact_up_to(most: int, sampling: str) -> Callable[[Mapping[str, Value]], int | None]:
    """Return the limit of a method that is exact for up to `most` peers, unless `sampling` is given.

    >>> limit = exact_up_to(16, "permutations")
    >>> limit({}), limit({"permutations": 100})
    (16, None)
    """
    return lambda parameters: None if sampling in parameters else most


@dataclass(frozen=True, kw_only=True)
class MethodSpec:
    """One method.

    Attributes:
        function: takes a list of rounds, then the method's parameters by keyword; returns a `Valuation`.
        assumptions: what it needs, the method's name among them.
        paper: where it comes from.
        accumulates: values are sums over rounds, so that a round is worth what it adds; otherwise they are
            standings, such as means over rounds or weights.
        ranges: the parameters that a mechanism may set, each with what it may be.
        together: those of them that are given together or not at all.
        limit: from the parameters that are given to the most peers that a round can have, None without a
            limit; `Assumptions.maximum_peers` holds as well.
        remembers: earlier rounds can change what a round is worth, beyond what they add to a sum.
        vertical: peers' updates are of disjoint blocks of parameters, and add up.
    """

    function: Callable[..., Valuation]
    assumptions: Assumptions
    paper: str
    accumulates: bool = True
    ranges: Mapping[str, Allowed] = field(default_factory=dict, hash=False)
    together: tuple[str, ...] = ()
    limit: Callable[[Mapping[str, Value]], int | None] = no_limit
    remembers: bool = False
    vertical: bool = False

    @property
    def name(self) -> str:
        """The method's name."""
        return self.assumptions.method
