"""Wrong money: the order of the payouts, the sums of their tree, and what an account has earned."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise

from chain.contracts.proofs import NO_SCORE, PayoutProof, ScoreLeaf, SumNodeProof
from chain.contracts.types import Claim, Fault, Role
from chain.encoding import address_bytes
from chain.roles.proving.case import Case, Finding, claim_at
from chain.roles.working import NOBODY, PayoutLine
from chain.trees import SumTree


def broken_order(case: Case) -> Finding | None:
    """F4: two neighbouring payouts are not in ascending order of address."""
    lines, tree = case.payouts()
    for place, (first, second) in enumerate(pairwise(lines)):
        ascending = address_bytes(first.account) < address_bytes(second.account)
        # The zero address is below all others, but an empty leaf stands behind them.
        if second == NOBODY or (ascending and first != NOBODY):
            continue
        leaves = claim_at(lines, tree, place), claim_at(lines, tree, place + 1)
        where = f"payouts {place} and {place + 1} are not in ascending order"
        return Finding(Fault.ORDER, where, case.payouts_judge.prove_order(case.trial, *leaves))
    return None


def broken_sum(case: Case) -> Finding | None:
    """F3: a node of the payout tree does not have the sum that it is said to have."""
    lines, tree = case.payouts()
    for level, nodes in enumerate(tree.levels):
        for index, node in enumerate(nodes):
            if level == 0:
                line = lines[index] if index < len(lines) else NOBODY
                right = line.cumulative
            else:
                line = NOBODY
                children = tree.levels[level - 1][2 * index : 2 * index + 2]
                right = sum(child.sum for child in children) if children else node.sum
            if node.sum != right:
                call = case.payouts_judge.prove_sum(case.trial, node_proof(tree, level, index, line))
                where = f"node {index} of level {level} sums to {right}, not to {node.sum}"
                return Finding(Fault.SUM, where, call)
    return None


def broken_payout(case: Case) -> Finding | None:
    """F2: a cumulative payout is not the one before and what the account earned in the round."""
    lines, tree = case.payouts()
    posted = {line.account: line.cumulative for line in lines}
    right = {line.account: line.cumulative for line in case.honest.working.payouts}
    for account in sorted({*posted, *right}, key=address_bytes):
        found, expected = posted.get(account, 0), right.get(account, 0)
        if found == expected:
            continue
        call = case.payouts_judge.prove_payout(case.trial, account, payout_proof(case, account, lines, tree))
        return Finding(Fault.PAYOUT, f"{account} has {found} in all, not {expected}", call)
    return None


def payout_proof(case: Case, account: str, lines: tuple[PayoutLine, ...], tree: SumTree) -> PayoutProof:
    """All that an account's cumulative payout follows from."""
    judged = case.project.registry.peer(account).role is Role.EVALUATOR
    before = case.previous
    earlier = tuple(PayoutLine(*line) for line in before.payouts) if before else ()
    return PayoutProof(
        current=_leaves(account, lines, tree),
        previous_root=before.root.sequence if before else 0,
        previous=_leaves(account, earlier, before.tree) if before else (),
        last=case.score_leaf(case.n - 1) if case.n else NO_SCORE,
        scores=() if judged else _scores(case, account),
        evaluators=case.evaluators() if judged else (),
    )


def _leaves(account: str, lines: tuple[PayoutLine, ...], tree: SumTree) -> tuple[Claim, ...]:
    """The account's leaf, or its neighbours where it would be."""
    accounts = [line.account for line in lines]
    if account in accounts:
        return (claim_at(lines, tree, accounts.index(account)),)
    places = _around(account, accounts, 2**tree.depth)
    return tuple(claim_at(lines, tree, place) for place in places)


def _scores(case: Case, account: str) -> tuple[ScoreLeaf, ...]:
    accounts = [line.account for line in case.scores()[0][: case.n]]
    if not accounts:
        return ()
    places = [accounts.index(account)] if account in accounts else _around(account, accounts, len(accounts))
    return tuple(case.score_leaf(place) for place in places)


def _around(account: str, ascending: list[str], width: int) -> list[int]:
    """The places beside the one where an account would be, in a tree or list of so many places."""
    place = bisect_left([address_bytes(each) for each in ascending], address_bytes(account))
    return [beside for beside in (place - 1, place) if 0 <= beside < width]


def node_proof(tree: SumTree, level: int, index: int, line: PayoutLine) -> SumNodeProof:
    """A node of the payout tree with its children, or with the content of its leaf."""
    children = tree.levels[level - 1][2 * index : 2 * index + 2] if level else ()
    left, right = children if children else ((bytes(32), 0), (bytes(32), 0))
    return SumNodeProof(
        level,
        index,
        tree.levels[level][index].sum,
        left[0],
        left[1],
        right[0],
        right[1],
        line.account,
        line.cumulative,
        tree.place_proof(index, level).path,
    )
