"""Shapley values and their relatives: exact where 2^n utilities can be had, estimated where not.

Beside the doors imported here: `methods` names the estimators, `semivalues` has the size weights, `moebius`
the
Harsanyi dividends, `interactions` the pairwise indices, and `core` the least core and the nucleolus.
"""

from valuation.shapley.design import Design, design
from valuation.shapley.estimate import estimate
from valuation.shapley.exact import exact

__all__ = ["Design", "design", "estimate", "exact"]
