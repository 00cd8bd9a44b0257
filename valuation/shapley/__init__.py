"""Shapley values and their relatives: exact where 2^n utilities can be had, estimated where not.

Beside the doors imported here: `semivalues` has the size weights, `moebius` the Harsanyi dividends,
`interactions` the pairwise indices, and `core` the least core and the nucleolus.
"""

from valuation.shapley.exact import exact

__all__ = ["exact"]
