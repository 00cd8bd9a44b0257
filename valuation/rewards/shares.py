"""Whole shares of a reward: the apportionment that results and reward rules have in common.

It lives on the ground floor, in `valuation.apportionment`, because results divide money too.
"""

from valuation.apportionment import largest_remainder, proportional_shares

__all__ = ["largest_remainder", "proportional_shares"]
