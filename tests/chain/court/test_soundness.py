"""An honest header can never be faulted: every true proof about it is refused, in every mode."""

from __future__ import annotations

import numpy as np
import pytest
from eth_utils.address import to_checksum_address

from chain.accounts import dev_account
from chain.contracts import errors
from chain.contracts.handle import Call
from chain.contracts.proofs import Utility
from chain.contracts.types import Fault, Mode
from chain.roles.challenger import case_of
from chain.roles.proving.case import Case, claim_at
from chain.roles.proving.lists import opened
from chain.roles.proving.payouts import node_proof, payout_proof
from chain.roles.proving.values import basis_of, step_proof
from chain.roles.working import NOBODY
from chain.sender import Sender
from tests.chain.court.test_lies import Stage, stage  # noqa: F401
from tests.support.liars import STRANGER
from valuation.scoring import step_count


@pytest.fixture(scope="module")
def case(stage: Stage) -> Case:  # noqa: F811
    world, round = stage.world, stage.round
    world.evaluators[1].post(round)
    return case_of(world.project, world.store, round)


def refused(case: Case, call: Call, fault: Fault) -> None:
    anyone = Sender(case.project.network, dev_account(case.project.network, 1))
    with pytest.raises(errors.NotProven) as refusal:
        anyone.simulate(call)
    assert refusal.value.fault == fault


def test_no_step_of_the_trace(case: Case) -> None:
    steps = step_count(case.gathered.ground.mechanism, case.n)
    if not steps:
        pytest.skip("no steps")
    sums, tree = case.trace()
    drawn = np.random.default_rng(0).integers(0, len(sums), 16).tolist()
    for t in sorted({0, steps - 1, steps, len(sums) - 1, *drawn}):
        player, k = divmod(t, steps)
        path = tree.pair_proof(t - 1, t) if k else tree.proof(t)
        step = step_proof(case, player, k, sums[t - 1] if k else 0, sums[t], path)
        refused(case, case.scores_judge.prove_step(case.trial, step), Fault.STEP)


def test_no_score_and_no_total(case: Case) -> None:
    judge = case.scores_judge
    for index in range(case.n):
        basis, path = basis_of(case, index)
        leaf = case.score_leaf(index)
        refused(case, judge.prove_score(case.trial, leaf, basis, path), Fault.SCORE)
        leaves = [case.score_leaf(place) for place in range(max(0, index - 1), index + 1)]
        refused(case, judge.prove_total(case.trial, leaves), Fault.TOTAL)
        call = case.agreement_judge.prove_account(case.trial, case.players(), leaf)
        refused(case, call, Fault.ACCOUNT)
    if case.rules.mode is Mode.EXACT:
        call = judge.recompute(case.trial, case.players(), case.utilities()[0])
        refused(case, call, Fault.RECOMPUTED)


def test_no_payout_no_sum_and_no_order(case: Case) -> None:
    judge = case.payouts_judge
    lines, tree = case.payouts()
    people = [line.account for line in lines]
    strangers = [STRANGER, *(to_checksum_address(bytes([byte]) * 20) for byte in (1, 128, 255))]
    for account in (*people, *strangers, case.project.book.owner()):
        call = judge.prove_payout(case.trial, account, payout_proof(case, account, lines, tree))
        refused(case, call, Fault.PAYOUT)
    for level, nodes in enumerate(tree.levels):
        for index in range(len(nodes)):
            line = lines[index] if level == 0 and index < len(lines) else NOBODY
            refused(case, judge.prove_sum(case.trial, node_proof(tree, level, index, line)), Fault.SUM)
    for place in range(2**tree.depth - 1):
        leaves = claim_at(lines, tree, place), claim_at(lines, tree, place + 1)
        refused(case, judge.prove_order(case.trial, *leaves), Fault.ORDER)


def test_no_peer_no_evaluator_and_no_utility(case: Case) -> None:
    judge, agreement = case.agreement_judge, case.agreement()
    refused(case, judge.prove_players(case.trial, agreement.players), Fault.PLAYERS)
    for position in range(case.n):
        call = judge.prove_stranger(case.trial, agreement.players, position)
        refused(case, call, Fault.STRANGER)
    for revealed in case.revealed:
        call = judge.prove_evaluators(
            case.trial, agreement.evaluators, revealed.evaluator, revealed.reveal.words
        )
        refused(case, call, Fault.EVALUATORS)
    values, tree = case.utilities()
    for index in range(0, len(values), max(1, len(values) // 8)):
        utility = Utility(index, values[index], tree.proof(index))
        refused(case, judge.prove_utility(case.trial, agreement, utility, []), Fault.UTILITY)
        for position in range(len(agreement.evaluators)):
            opening = opened(case, position, index)
            call = judge.prove_standing(case.trial, agreement, opening, utility)
            refused(case, call, Fault.STANDING)
