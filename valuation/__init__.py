"""Contribution values from arrays: pure numbers, no chain, no network, no files."""

from valuation.federated.compare import compare
from valuation.federated.contributions import contributions
from valuation.federated.registry import methods

__all__ = ["compare", "contributions", "methods"]
