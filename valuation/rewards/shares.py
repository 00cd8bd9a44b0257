"""Whole shares of a reward: the apportionment that results and reward rules have in common.

It lives on the ground floor, in `valuation.apportionment`, because results divide money too.
"""

from valuation.apportionment import floor_shares, largest_remainder, proportional_shares

__all__ = ["floor_shares", "largest_remainder", "proportional_shares"]
