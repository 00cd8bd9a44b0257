"""Which of a round's updates are measured, and as what: the checks of a mechanism, in the one order.

First what can be seen of an update alone, and its length beside the others'; then whether its sender computed
it; and only among those that were computed, who was first of two alike. In another order a look-alike that is
nobody's work could get an honest update refused as its copy.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.fixed_point import saturate
from valuation.integrity.checks import Rejection, check
from valuation.integrity.clipping import clip_to_usual_norm
from valuation.integrity.computation import chances
from valuation.mechanism import max_peers
from valuation.problem import Problem
from valuation.round_data import canonical_order
from valuation.seeds import order

Updates = Mapping[str, npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Accepted:
    """What is left of the submissions.

    Args:
        updates: The updates that are measured, float32 (d,) by address, in the order of the chain; the
            longest of them scaled down to the usual norm if the mechanism says so.
        rejections: Why each of the others is not, by address.
    """

    updates: Updates
    rejections: Mapping[str, Rejection]


def accept(
    problem: Problem,
    base: npt.NDArray[np.float32],
    submitted: Updates,
    assignment_seed: bytes,
    seed: bytes,
) -> Accepted:
    """Check all decoded updates of a round. O(n^2 d), and n + 1 margins of every training sample.

    Args:
        problem: The mechanism with its model and data.
        base: The model that the round started from, float32 (d,).
        submitted: The updates by address, in the order of their commitments on chain.
        assignment_seed: What picked each sender's training data.
        seed: The round's own randomness, which nobody knew when the updates were committed to.

    >>> from valuation.mechanism import default_mechanism
    >>> from valuation.problem import problem_of
    >>> problem, base = problem_of(default_mechanism()), np.zeros(650, dtype=np.float32)
    >>> found = accept(problem, base, {"0xa0": base, "0xb0": base + 1}, bytes(32), bytes(32))
    >>> [rejection.reason for rejection in found.rejections.values()]
    ['zero-update', 'norm-too-large']
    """
    rules = problem.mechanism.checks
    rejections: dict[str, Rejection] = {}

    def keep(kept: dict[str, npt.NDArray[np.float32]], verdicts: Mapping[str, Rejection | None]) -> Updates:
        rejections.update({name: verdict for name, verdict in verdicts.items() if verdict is not None})
        return {name: update for name, update in kept.items() if name not in rejections}

    ratio, proof = rules.norm_ratio or np.inf, rules.decoys > 0
    alike = np.inf if proof else rules.duplicate_cosine
    left = keep(dict(submitted), _checked(submitted, rules.max_norm, alike, ratio))
    if rules.norm_ratio and left:
        clipped = clip_to_usual_norm(np.stack(list(left.values()))).astype(np.float32)
        left = dict(zip(left, clipped, strict=True))
    if proof and left:
        left = keep(dict(left), _unproven(problem, base, left, assignment_seed, seed))
        left = keep(dict(left), _checked(left, np.inf, rules.duplicate_cosine, np.inf))
    left = keep(dict(left), _too_many(problem, list(left), seed))
    return Accepted(left, rejections)


def _checked(updates: Updates, max_norm: float, alike: float, ratio: float) -> dict[str, Rejection | None]:
    if not updates:
        return {}
    verdicts = check(
        np.stack(list(updates.values())),
        range(len(updates)),  # in the order of the chain: the earliest commitment is the original
        max_norm=max_norm,
        duplicate_cosine=alike,
        norm_ratio=ratio,
        names=list(updates),
    )
    return dict(zip(updates, verdicts, strict=True))


def _unproven(
    problem: Problem,
    base: npt.NDArray[np.float32],
    updates: Updates,
    assignment_seed: bytes,
    seed: bytes,
) -> dict[str, Rejection | None]:
    rules, train = problem.mechanism.checks, problem.train
    step = problem.mechanism.aggregation.learning_rate
    start = base.astype(np.float64)
    after = start - step * np.stack(list(updates.values())).astype(np.float64)
    before = problem.model.margins(start[None], train.x, train.y)[0]
    # One absurd update must not make a round unmeasurable.
    gains = saturate(np.nan_to_num(problem.model.margins(after, train.x, train.y) - before))
    own = [problem.assignment(assignment_seed, address) for address in updates]
    found = chances(gains, before, train.y, own, seed, rules.decoys)
    return {
        address: None
        if chance <= rules.chance
        else Rejection(
            "unproven",
            f"does as well on {chance:.0%} of sets like its sender's; {rules.chance:.0%} are allowed",
        )
        for address, chance in zip(updates, found.tolist(), strict=True)
    }


def _too_many(problem: Problem, accepted: list[str], seed: bytes) -> dict[str, Rejection | None]:
    """Of more peers than the method can value, the seed draws who is."""
    most = max_peers(problem.mechanism)
    ranked = canonical_order(accepted)
    detail = f"the seed drew {most} of {len(ranked)} peers to be valued"
    drawn = order(seed, "selection", len(ranked)).tolist()
    return {ranked[place]: Rejection("not-drawn", detail) for place in drawn[most:]}
