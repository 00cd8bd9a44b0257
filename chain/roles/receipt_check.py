"""Recomputes a payout from a receipt and the chain alone: no store is asked, no word of it is believed.

What the chain knows (header, seed, mechanism, budget, submissions) is compared; what follows from that
(scores, shares, payouts, leaves) is derived again; and a signature says who stands for the rest.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator

import numpy as np

from chain.contracts.proofs import WITHIN
from chain.contracts.types import Header
from chain.encoding import UTILITIES, evaluators_hash, payout_leaf, players_hash, sha256
from chain.errors import Refused
from chain.project import Project
from chain.roles.auditor import Check
from chain.roles.budget import round_budget
from chain.roles.receipt import Leaf, Receipt
from chain.signers import signer_of
from chain.trees import SumNode, index_tree, score_tree, verify_sum
from valuation import designs
from valuation.designs import IntegerDesign
from valuation.errors import InputError, MechanismError
from valuation.mechanism import Mechanism, from_json
from valuation.scoring import round_pay, scores


def check_receipt(project: Project, receipt: Receipt) -> tuple[Check, ...]:
    """Everything that can be compared or recomputed, in order; what cannot be is left out.

    Raises:
        Refused: The receipt is of another chain or project.
        NetworkError: No answer.
    """
    here = (project.network.chain_id, project.identity, project.distributor.address)
    if (receipt.chain_id, receipt.project, receipt.distributor) != here:
        raise Refused(f"a receipt of {receipt.project}, paid by {receipt.distributor}: not this project")
    return tuple(_checks(project, receipt))


def _checks(project: Project, receipt: Receipt) -> Iterator[Check]:
    round, header = receipt.round, receipt.header
    if receipt.signature:
        found = signer_of(receipt.signed_text, receipt.signature)
        yield _same("signature", found, receipt.signer)
    if not 1 <= round <= project.current_round():
        yield Check("round", False, f"there is no round {round}")
        return
    standing, state = project.header(round), project.round(round)
    yield Check("header", standing == header, "stands" if standing == header else "another stands, or none")
    yield _same("poster", receipt.poster, state.poster)
    yield _same("seed", receipt.seed.hex(), state.seed.hex())
    policy = sha256(receipt.mechanism.encode())
    yield _same("mechanism", policy.hex(), state.policy_hash.hex())
    sent = [each.digest.hex() for each in project.submissions(round) if each.trainer == receipt.account]
    yield _same("submission", receipt.submission.hex(), sent[0] if sent else "")
    role = project.registry.peer(receipt.account).role.name.lower()
    yield _same("role", receipt.role, role)
    earlier = [each for each in project.headers() if each.round < round]
    owed = earlier[-1].sum if earlier else 0
    yield _same("budget", receipt.budget, round_budget(project, round, owed))
    yield _same("report", receipt.sources.report.hex(), header.report_digest.hex())
    yield _same("model", receipt.sources.model.hex(), header.model_digest.hex())
    try:
        yield from _derived(receipt, from_json(receipt.mechanism))
    except MechanismError as error:
        yield Check("mechanism", False, str(error))
    yield _leaf(receipt, "leaf", receipt.leaf, header)
    if earlier:
        yield _leaf(receipt, "leaf before", receipt.before, earlier[-1])
    else:
        yield _same("leaf before", receipt.before, None)
    had = receipt.before.cumulative if receipt.before else 0
    has = receipt.leaf.cumulative if receipt.leaf else 0
    yield _same("payout adds up", has - had, receipt.payout)


def _derived(receipt: Receipt, mechanism: Mechanism) -> Iterator[Check]:
    header, lines = receipt.header, receipt.scores
    accounts, values = [line.account for line in lines], [line.score for line in lines]
    try:
        tree = score_tree(header.round, ((line.account, line.score, line.prefix) for line in lines))
        yield _same("scores", tree.root.hex(), header.score_root.hex())
        yield _same("peers", players_hash(accounts).hex(), header.players.hex())
        judges = evaluators_hash([(e.account, e.weight, e.standing) for e in receipt.evaluators])
        yield _same("evaluators", judges.hex(), header.evaluators.hex())
        if receipt.utilities:
            root = index_tree(UTILITIES, header.round, receipt.utilities).root
            yield _same("utilities", root.hex(), header.utility_root.hex())
            if mechanism.gauntlet is None:
                yield _same("scores from utilities", values, _scores(receipt, mechanism))
        yield _same("payout", receipt.payout, _payout(receipt, mechanism))
    except (InputError, ValueError) as error:
        yield Check("numbers", False, str(error))
        return
    own = next((line.score for line in lines if line.account == receipt.account), None)
    rank = 0 if own is None else 1 + sum(value > own for value in values)
    yield _same("rank", receipt.rank, rank)


def _scores(receipt: Receipt, mechanism: Mechanism) -> list[int]:
    design: IntegerDesign | None = None
    if receipt.design:
        blob = b64decode(receipt.design, validate=True)
        if sha256(blob).hex() != mechanism.method.design:
            raise InputError("the design is another than the mechanism names")
        design = designs.from_bytes(blob)
    utilities = np.array(receipt.utilities, dtype=np.int64)
    return scores(mechanism, utilities, len(receipt.scores), seed=receipt.seed, design=design)


def _payout(receipt: Receipt, mechanism: Mechanism) -> int:
    """What the receipt's own numbers come to: integers, each rounded down."""
    values = [line.score for line in receipt.scores]
    stakes = [line.weight for line in receipt.evaluators]
    within = [line.standing == WITHIN for line in receipt.evaluators]
    pay = round_pay(mechanism, values, receipt.budget, stakes, within)
    told = dict(zip((line.account for line in receipt.scores), pay.trainers, strict=True))
    told |= dict(zip((line.account for line in receipt.evaluators), pay.evaluators, strict=True))
    return told.get(receipt.account, 0)


def _leaf(receipt: Receipt, name: str, leaf: Leaf | None, header: Header) -> Check:
    if leaf is None:
        return Check(name, True, f"none under the header of round {header.round}")
    try:
        hashed = payout_leaf(
            receipt.chain_id, receipt.distributor, leaf.index, receipt.account, leaf.cumulative
        )
    except InputError as error:
        return Check(name, False, str(error))
    root, own = SumNode(header.payout_root, header.sum), SumNode(hashed, leaf.cumulative)
    under = verify_sum(root, header.depth, own, leaf.index, leaf.siblings, leaf.sums)
    stands = under and leaf.round == header.round
    where = f"leaf {leaf.index} of round {leaf.round}, {leaf.cumulative} in all"
    return Check(name, stands, where if stands else f"{where}: not under the header's root")


def _same(name: str, found: object, expected: object) -> Check:
    passed = found == expected
    shown = f"{found}" if passed else f"{found}, not {expected}"
    return Check(name, passed, shown if len(shown) <= 160 else f"{shown[:157]}...")
