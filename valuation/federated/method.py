"""How a method is described, so that methods can be listed, compared and named in a mechanism."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from valuation.federated.assumptions import Assumptions
from valuation.result import Valuation


@dataclass(frozen=True, kw_only=True)
class MethodSpec:
    """One method.

    Attributes:
        function: takes a list of rounds, then the method's parameters by keyword; returns a `Valuation`.
        assumptions: what it needs, the method's name among them.
        paper: where it comes from.
        accumulates: values are sums over rounds, so that a round is worth what it adds; otherwise they are
            standings, such as means over rounds or weights.
        ranges: the parameters that a mechanism may set, each with its range, the ends included.
    """

    function: Callable[..., Valuation]
    assumptions: Assumptions
    paper: str
    accumulates: bool = True
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        """The method's name."""
        return self.assumptions.method
