"""Payouts to which no group objects

The least core pays so that the strongest objection of any group is as weak as possible. A Shapley value
can be negative, and a group may gain more by itself than it is paid: here Eve harms every group, and the
others would rather train without her. The prenucleolus is the one payout of the least core that also
weakens the next strongest objection, and so on. Sources: Maschler, Peleg and Shapley (1979); Yan and
Procaccia (AAAI 2021); Schmeidler (1969).
"""

from valuation.errors import AssumptionError
from valuation.game import FunctionGame
from valuation.shapley import exact
from valuation.shapley.core import largest_excess, least_core, nucleolus, prenucleolus

NAMES = ("ada", "bob", "cem", "eve")


def gain(members: tuple[int, ...]) -> float:
    """Each sample helps less than the one before; Eve's are wrong and undo a part of the rest."""
    useful = sum((400, 300, 100)[member] for member in members if member < 3)
    helped = (useful / 100) ** 0.5
    return helped - (0.4 + 0.2 * helped if 3 in members else 0.0)


game = FunctionGame(4, gain)
print("everybody together gains", round(gain((0, 1, 2, 3)), 3), " without Eve", round(gain((0, 1, 2)), 3))
print("".ljust(14), *(f"{name:>7}" for name in NAMES), " strongest objection")
objections = {}
for valued in (exact(game, players=NAMES), prenucleolus(game, players=NAMES)):
    objections[valued.method] = largest_excess(game, valued.values)
    print(
        valued.method.ljust(14),
        *(f"{value:+7.3f}" for value in valued.values.tolist()),
        f"{objections[valued.method]:+11.3f}",
    )
# The least core's payouts are many, and the solver may pick any; only its objection is one number.
least = largest_excess(game, least_core(game).values)
print("least core".ljust(14), " " * 31, f"{least:+11.3f}")
assert abs(objections["prenucleolus"] - least) < 1e-6 < objections["exact shapley"] - least

try:
    nucleolus(game)
except AssumptionError as error:
    print("and the nucleolus, which gives nobody less than alone?", error)
print("paid for 1000 tokens by Shapley:", exact(game).shares(1000))
