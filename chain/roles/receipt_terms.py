"""Every term of a peer's score, from a receipt alone: for people who want to see why."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from chain.roles.receipt import Receipt
from valuation import designs
from valuation.fixed_point import NANO
from valuation.mechanism import Mechanism, from_json
from valuation.scoring.loss_delta import PER_PEER
from valuation.scoring.shapley_design import seats
from valuation.seeds import permutations


@dataclass(frozen=True)
class ScoreTerm:
    """One term of a score.

    Attributes:
        name: What it is.
        inputs: What it is made of, in words.
        weight: What that counts for.
        value: What it adds to the score, in nano-nats, rounded towards minus infinity.
    """

    name: str
    inputs: str
    weight: str
    value: int


def score_terms(receipt: Receipt) -> tuple[ScoreTerm, ...]:
    """The terms of the receipt's account; none when it was not valued.

    Of Shapley values the marginal contributions come by size of coalition; of loss deltas the four losses; of
    a Gauntlet what it remembers of the peer. Terms are rounded down one by one: together they are the score,
    but for less than one nano-nat each.
    """
    accounts = [line.account for line in receipt.scores]
    if receipt.account not in accounts:
        return ()
    mechanism, player = from_json(receipt.mechanism), accounts.index(receipt.account)
    score, method = receipt.scores[player].score, mechanism.method.name
    if mechanism.gauntlet is not None:
        return tuple(ScoreTerm(name, value, "remembered", 0) for name, value in receipt.memory)
    utilities = np.array(receipt.utilities, dtype=np.int64)
    if not len(utilities):
        return (ScoreTerm("score", f"by {method}, too many utilities for a receipt", "1", score),)
    match method:
        case "shapley-exact":
            return _by_size(*_exact(utilities, len(accounts), player))
        case "shapley-sampled":
            return _by_size(*_sampled(utilities, len(accounts), player, receipt.seed))
        case "shapley-design" if receipt.design:
            return _designed(receipt, utilities, player)
        case "loss-delta":
            return _losses(utilities, player, score)
        case _:
            return (ScoreTerm("score", f"by {method}, as the evaluators agreed", "1", score),)


Gains = npt.NDArray[np.int64]


def _exact(utilities: Gains, n: int, player: int) -> tuple[Gains, Gains, list[Fraction]]:
    k = np.arange(1 << (n - 1))
    without = (k >> player) << (player + 1) | k & ((1 << player) - 1)
    sizes = np.array([int(mask).bit_count() for mask in k])
    counts = np.bincount(sizes, minlength=n).tolist()
    return utilities[without | 1 << player] - utilities[without], sizes, [Fraction(1, n * c) for c in counts]


def _sampled(utilities: Gains, n: int, player: int, seed: bytes) -> tuple[Gains, Gains, list[Fraction]]:
    gains = np.diff(utilities.reshape(-1, n + 1), axis=1)
    places = np.argsort(permutations(seed, len(gains), n), axis=1)[:, player]
    return gains[np.arange(len(gains)), places], places, [Fraction(1, len(gains))] * n


def _by_size(gains: Gains, sizes: Gains, weights: list[Fraction]) -> tuple[ScoreTerm, ...]:
    terms = []
    for size, weight in enumerate(weights):
        chosen = gains[sizes == size].tolist()
        if chosen:
            mean = sum(chosen) / len(chosen) / NANO
            name = "alone" if size == 0 else f"joining {size} other{'s' if size > 1 else ''}"
            inputs = f"{len(chosen)} coalition{'s' if len(chosen) > 1 else ''}, {mean:+.6f} nats on average"
            terms.append(ScoreTerm(name, inputs, f"{weight} each", int(sum(chosen) * weight // 1)))
    return tuple(terms)


def _designed(receipt: Receipt, utilities: Gains, player: int) -> tuple[ScoreTerm, ...]:
    design = designs.from_bytes(b64decode(receipt.design))
    weights = design.weights[int(seats(receipt.seed, design)[player])].tolist()
    sizes = design.coalitions.sum(axis=1).tolist()
    terms = []
    for size in sorted(set(sizes)):
        rows = [row for row, found in enumerate(sizes) if found == size]
        total = sum(weights[row] * int(utilities[row]) for row in rows)
        inputs = f"{len(rows)} coalition{'s' if len(rows) > 1 else ''} of the design"
        terms.append(
            ScoreTerm(
                f"coalitions of {size} places",
                inputs,
                f"by design, over {design.scale}",
                total // design.scale,
            )
        )
    return tuple(terms)


def _losses(utilities: Gains, player: int, score: int) -> tuple[ScoreTerm, ...]:
    before_own, after_own, before, after = (
        int(loss) for loss in utilities[PER_PEER * player : PER_PEER * (player + 1)]
    )
    own, unseen = before_own - after_own, before - after
    passed = own > unseen
    return (
        ScoreTerm("gain on assigned data", f"{before_own / NANO:.6f} - {after_own / NANO:.6f}", "tells", 0),
        ScoreTerm("gain on unseen data", f"{before / NANO:.6f} - {after / NANO:.6f}", "1", unseen),
        ScoreTerm(
            "sign test",
            f"{own / NANO:+.6f} {'>' if passed else '<='} {unseen / NANO:+.6f}",
            "1" if passed else "0",
            score - unseen,
        ),
    )


def reward_words(mechanism: Mechanism) -> str:
    """The reward rule in a few words, such as `score^1, 10.00 % for evaluators`."""
    rule = "by its Gauntlet's rule" if mechanism.gauntlet is not None else f"score^{mechanism.reward.power}"
    return f"{rule}, {mechanism.evaluator_share / 100:.2f} % for evaluators"
