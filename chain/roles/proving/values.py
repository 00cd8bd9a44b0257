"""Wrong numbers: utilities, the sums on the way to scores, scores and their running total."""

from __future__ import annotations

from chain.contracts.proofs import UNCOVERED, WITHHELD, Step, Utility
from chain.contracts.types import Fault, Mode, Part
from chain.roles.agreement import covering
from chain.roles.proving.case import Case, Finding, Missing
from chain.roles.proving.lists import enough, opened
from chain.roles.rules import design_tree
from chain.trees import IndexTree
from valuation.fixed_point import MAX_NANO
from valuation.rewards.payouts import reward_weights
from valuation.scoring import step_count, term

_LOSSES = 4
_RECOMPUTED = 9
"""Most peers of an exact game whose formula fits a transaction: with ten it takes more than 2^24 gas,
though the judge would take it."""


def broken_utility(case: Case) -> Finding | None:
    """F6: an agreed utility is not the lower weighted median of the revealed ones.

    Raises:
        Missing: The header has other leaves than the store shows.
    """
    (values, tree), right = case.utilities(), case.honest.working.utilities
    _require_width(Part.UTILITY, len(values), tree, case.honest.trees.utilities)
    for index, expected in enumerate(right):
        if values[index] == expected:
            continue
        utility = Utility(index, values[index], tree.proof(index))
        openings = [opened(case, position, index) for position in _against(case, index, values[index])]
        call = case.agreement_judge.prove_utility(case.trial, case.agreement(), utility, openings)
        return Finding(Fault.UTILITY, f"utility {index} is {values[index]}, the median {expected}", call)
    return None


def broken_step(case: Case) -> Finding | None:
    """F1: a sum of the trace does not follow from the one before it.

    Raises:
        Missing: The header has other leaves than the store shows.
    """
    (sums, tree), right = case.trace(), case.honest.working.trace
    _require_width(Part.TRACE, len(sums), tree, case.honest.trees.trace)
    steps = step_count(case.gathered.ground.mechanism, case.n)
    for t in range(len(right)):
        before, beyond = (sums[t - 1] if t % steps else 0), sums[t]
        added = right[t] - (right[t - 1] if t % steps else 0)
        if beyond - before == added:
            continue
        player, k = divmod(t, steps)
        path = tree.pair_proof(t - 1, t) if k else tree.proof(t)
        call = case.scores_judge.prove_step(case.trial, step_proof(case, player, k, before, beyond, path))
        where = f"step {k} of {case.players()[player]} adds {beyond - before} and not {added}"
        return Finding(Fault.STEP, where, call)
    return None


def broken_score(case: Case) -> Finding | None:
    """F1, F7: a score does not follow from the end of its accumulation, or from what was measured.

    Raises:
        Missing: The header has other leaves than the store shows.
    """
    (lines, tree), right = case.scores(), case.honest.working.scores
    _require_width(Part.SCORE, len(lines), tree, case.honest.trees.scores)
    for index, expected in enumerate(right):
        if lines[index].score == expected.score:
            continue
        basis, path = basis_of(case, index)
        call = case.scores_judge.prove_score(case.trial, case.score_leaf(index), basis, path)
        where = f"{expected.account} scored {lines[index].score}, not {expected.score}"
        return Finding(Fault.SCORE, where, call)
    return None


def broken_account(case: Case) -> Finding | None:
    """F4: a score is not that of the peer at its place."""
    players = case.players()
    for index, line in enumerate(case.scores()[0][: case.n]):
        if line.account != players[index]:
            call = case.agreement_judge.prove_account(case.trial, players, case.score_leaf(index))
            return Finding(Fault.ACCOUNT, f"score {index} is said to be {line.account}'s", call)
    return None


def broken_total(case: Case) -> Finding | None:
    """F3: a running total of the scores' weights is wrong."""
    lines = case.scores()[0][: case.n]
    before = 0
    for index, (line, weight) in enumerate(
        zip(lines, reward_weights([line.score for line in lines], case.rules.power), strict=True)
    ):
        if line.prefix != before + weight:
            leaves = [case.score_leaf(place) for place in range(max(0, index - 1), index + 1)]
            where = f"total {index} is {line.prefix}, not {before + weight}"
            return Finding(Fault.TOTAL, where, case.scores_judge.prove_total(case.trial, leaves))
        before = line.prefix
    return None


def recomputed(case: Case) -> Finding | None:
    """The scores of a small exact game are not those of the utilities, whatever the poster shows of them."""
    derived = case.honest
    if (
        case.rules.mode is not Mode.EXACT
        or case.n > _RECOMPUTED
        or case.header.utility_root != derived.header.utility_root
        or case.header.score_root == derived.header.score_root
    ):
        return None
    call = case.scores_judge.recompute(case.trial, case.players(), derived.working.utilities)
    return Finding(Fault.RECOMPUTED, "the scores are not those of the utilities", call)


def _require_width(part: Part, found: int, tree: IndexTree, right: IndexTree) -> None:
    """A tree that is too small or too deep: a piece of it cannot be shown, and so is asked for."""
    if tree.depth != right.depth:
        raise Missing(part, 0)
    if found < right.size:
        raise Missing(part, found)


def _against(case: Case, index: int, value: int) -> list[int]:
    """The evaluators whose measurements show that a value is not the lower median."""
    if abs(value) > MAX_NANO:
        return []
    measured = []
    for position, line in enumerate(case.evaluators()):
        if line.standing in (WITHHELD, UNCOVERED):
            continue
        revealed = next(r for r in case.revealed if r.evaluator == line.account)
        utilities = covering(case.gathered, revealed, case.players())
        assert not isinstance(utilities, str)
        measured.append((position, line, int(utilities[index])))
    total = sum(line.weight for _, line, _ in measured)
    below = [(position, line) for position, line, own in measured if own < value]
    if 2 * sum(line.weight for _, line in below) >= total:
        return enough(below, total, strictly=False)
    return enough([(position, line) for position, line, own in measured if own > value], total, strictly=True)


def step_proof(case: Case, player: int, k: int, before: int, beyond: int, path: tuple[bytes, ...]) -> Step:
    """One step with all that it follows from, its sums as they are said to be."""
    values, tree = case.utilities()
    ground = case.gathered.ground
    design = ground.problem.design
    what = term(ground.mechanism, case.n, player, k, seed=case.gathered.seed, design=design)
    if what.without is not None:
        pair = tree.pair_proof(what.without, what.with_)
        return Step(player, k, before, beyond, path, values[what.without], values[what.with_], pair)
    assert what.weight is not None
    assert design is not None
    weight = int(design.weights.ravel()[what.weight])
    weights = design_tree(design).proof(what.weight)
    return Step(
        player, k, before, beyond, path, 0, values[what.with_], tree.proof(what.with_), weight, weights
    )


def basis_of(case: Case, index: int) -> tuple[list[int], tuple[bytes, ...]]:
    """What a score follows from, with its path."""
    mechanism = case.gathered.ground.mechanism
    if case.rules.mode is Mode.LOSS_DELTA:
        values, tree = case.utilities()
        return list(values[_LOSSES * index : _LOSSES * (index + 1)]), tree.node_proof(2, index)
    if case.rules.mode is Mode.REPORTED:
        values, tree = case.utilities()
        return [values[index]], tree.proof(index)
    sums, tree = case.trace()
    last = (index + 1) * step_count(mechanism, case.n) - 1
    return [sums[last]], tree.proof(last)
