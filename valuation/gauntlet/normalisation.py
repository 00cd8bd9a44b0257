"""From scores to shares of the budget: powers, as in the paper, or a schedule by rank, as in later code.

A power above 1 pays one strong peer more than the same peer under several names. A schedule by rank does not:
ten places at the top are paid nearly nine times one. Source: Gauntlet
(2505.21684), and the code of its versions.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from valuation.errors import InputError
from valuation.gauntlet.rules import Normalisation
from valuation.rewards.payouts import BASIS_POINTS, reward_weights
from valuation.rewards.shares import largest_remainder


@dataclass(frozen=True)
class Shares:
    """Shares as whole numbers on one scale.

    Args:
        weights: Each peer's, not negative, (n,).
        burned: What goes to nobody.
    """

    weights: tuple[int, ...]
    burned: int

    def payouts(self, budget: int) -> list[int]:
        """Return each peer's part of a budget, (n,); with what is burned they add up to it exactly.

        Nobody is paid, and nothing burned, in a round in which nobody scored.

        Raises:
            InputError: the budget is negative.

        >>> Shares((3, 1), burned=4).payouts(101)
        [38, 13]
        """
        return largest_remainder([*self.weights, self.burned], budget)[:-1]


def normalise(scores: Sequence[int], rule: Normalisation) -> Shares:
    """Return the shares that scores, whole numbers, have.

    Args:
        scores: The peers' scores.
        rule: "power" is score^power, and nothing for a score of zero or less. "shifted-power" is (score -
            least)^power, where the least score counts, so that one bad peer lifts all others. "ranks" is
            the schedule of v2.1.3: from 2 down to 1 for those who are gathered, then halving for the
            reserve, whose shares are cut until the first of them has half of the last one gathered. Equal
            scores rank in the order of the peers.

    Raises:
        InputError: a score is not an integer.

    >>> normalise([30, 10, -5], Normalisation(rule="power", power="2")).weights
    (9000000, 1000000, 0)
    >>> normalise([30, 10, -5], Normalisation(rule="shifted-power", power="2")).payouts(1450)
    [1225, 225, 0]
    """
    if any(isinstance(score, bool) or not isinstance(score, int) for score in scores):
        raise InputError("scores are whole numbers")
    if rule.rule == "ranks":
        weights = _by_rank(scores, rule)
    else:
        least = min(scores, default=0) if rule.rule == "shifted-power" else 0
        weights = reward_weights([score - least for score in scores], rule.power)
    kept = BASIS_POINTS - rule.burned
    return Shares(tuple(weight * kept for weight in weights), sum(weights) * rule.burned)


def _by_rank(scores: Sequence[int], rule: Normalisation) -> list[int]:
    ranked = sorted(
        (place for place, score in enumerate(scores) if score > 0), key=lambda place: -scores[place]
    )
    gathered, reserve = ranked[: rule.gathered], ranked[rule.gathered : rule.gathered + rule.reserve]
    reserved = Fraction(rule.reserve_share, BASIS_POINTS) if reserve else Fraction(0)
    # From 2 to 1 in even steps; alone, 2.
    steps = max(1, len(gathered) - 1)
    falling = _spread([Fraction(2 * steps - place, steps) for place in range(len(gathered))], 1 - reserved)
    halving = _spread([Fraction(1, 2**place) for place in range(len(reserve))], reserved)
    if halving and halving[0] > falling[-1]:
        halving = [share * falling[-1] / halving[0] / 2 for share in halving]
    shares = dict(zip(ranked, [*falling, *halving], strict=False))
    scale = math.lcm(*(share.denominator for share in shares.values()))
    return [int(shares.get(place, Fraction(0)) * scale) for place in range(len(scores))]


def _spread(parts: list[Fraction], total: Fraction) -> list[Fraction]:
    return [part * total / sum(parts) for part in parts]
