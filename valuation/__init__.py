"""Contribution values from arrays: pure numbers, no chain, no network, no files.

The doors named here are imported when they are first used, so that a program that needs `valuation.errors`
does not wait for SciPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from valuation.federated.compare import compare
    from valuation.federated.contributions import contributions
    from valuation.federated.registry import methods

__all__ = ["compare", "contributions", "methods"]

_DOORS = {
    "compare": "valuation.federated.compare",
    "contributions": "valuation.federated.contributions",
    "methods": "valuation.federated.registry",
}


def __getattr__(name: str) -> Any:
    if name not in _DOORS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_DOORS[name]), name)
