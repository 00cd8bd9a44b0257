"""Shapley values and their relatives: exact where 2^n utilities can be had, estimated where not."""

from valuation.shapley.exact import exact

__all__ = ["exact"]
