"""Games whose values are known: to learn with, to test with, and to measure estimators by.

Each is a `Game` with a `shapley()` that does not come from this library's engine, except where its docstring
says so.
"""

from valuation.games.airport import AirportGame
from valuation.games.bankruptcy import BankruptcyGame
from valuation.games.coverage import CoverageGame
from valuation.games.glove import GloveGame
from valuation.games.spanning_tree import SpanningTreeGame
from valuation.games.unanimity import UnanimityGame
from valuation.games.voting import WeightedVotingGame

__all__ = [
    "AirportGame",
    "BankruptcyGame",
    "CoverageGame",
    "GloveGame",
    "SpanningTreeGame",
    "UnanimityGame",
    "WeightedVotingGame",
]
