"""Who would get what: past rounds valued again under any mechanism, before money is bound to it.

A history is a folder (`read_past`, `write_past`) with the updates, base models and seeds of rounds that were
played, on a chain or in a rehearsal (`valuation.attacks.rehearse`). `simulate` runs them through the checks,
the measurement, the scores and the pay of a mechanism, by the functions that pay on chain; `difference` and
`ranges` say how much a choice, or the luck of the draw, matters.
"""

from valuation.simulation.compare import Difference, difference, ranges
from valuation.simulation.past import Past, PastRound, read_past, reseeded, write_past
from valuation.simulation.replay import SimulatedRound, Simulation, check_comparable, simulate

__all__ = [
    "Difference",
    "Past",
    "PastRound",
    "SimulatedRound",
    "Simulation",
    "check_comparable",
    "difference",
    "ranges",
    "read_past",
    "reseeded",
    "simulate",
    "write_past",
]
