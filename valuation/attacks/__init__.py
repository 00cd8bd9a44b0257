"""What every known attack earns under a mechanism, measured by playing it.

Real training on real data, and the scoring code that pays: what is measured here is what would be paid.
Nothing here knows of chains: what a chain makes impossible (to submit late, to see a commitment) is not done.
"""

from valuation.attacks.bench import Row, measure_attack
from valuation.attacks.catalogue import ATTACKS
from valuation.attacks.game import Outcome, Setting, play
from valuation.attacks.rehearsal import CAST, Company, rehearse

__all__ = ["ATTACKS", "CAST", "Company", "Outcome", "Row", "Setting", "measure_attack", "play", "rehearse"]
