"""An audit passes on honest rounds and says where the first difference is on others."""

from dataclasses import replace

import pytest

from chain.contracts.types import Phase
from chain.roles.auditor import Audit
from chain.roles.report import Payee, Report
from chain.roles.rounds import advance_to
from chain.trees import payout_tree
from tests.support.world import BUDGET, World, all_but_dust


def blob_path(world: World, digest: bytes):  # type: ignore[no-untyped-def]
    return world.root / "store" / digest.hex()[:2] / digest.hex()


def test_everything_that_was_earned_is_recomputed(world: World) -> None:
    world.play_round()
    world.play_round()
    audit = world.auditor.audit()
    assert audit.passed
    assert sum(audit.earned.values()) == world.project.distributor.owed()
    assert all_but_dust(world.project.distributor.owed(), 2 * BUDGET)
    assert [len(audited.checks) > 10 for audited in audit.rounds] == [True, True]


def test_an_open_round_is_no_difference(world: World) -> None:
    world.play_round()
    round = world.open_and_submit()
    audit = world.auditor.audit()
    assert audit.passed
    assert (audit.rounds[-1].round, audit.rounds[-1].checks) == (round, ())


@pytest.mark.parametrize("kind", ["submission", "measurement", "report", "model", "mechanism"])
@pytest.mark.parametrize("harm", ["lost", "changed"])
def test_a_blob_that_the_store_loses_or_changes_fails_the_audit(world: World, kind: str, harm: str) -> None:
    round = world.play_round()
    header = world.project.header(round)
    assert header is not None
    digest = {
        "submission": world.project.submissions(round)[0].digest,
        "measurement": world.project.reveals(round)[0].data_digest,
        "report": header.report_digest,
        "model": header.model_digest,
        "mechanism": world.project.round(round).policy_hash,
    }[kind]
    path = blob_path(world, digest)
    if harm == "lost":
        path.unlink()
    else:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    audit = world.auditor.audit()
    assert not audit.passed
    assert audit.first_difference is not None
    assert audit.first_difference.startswith(f"round {round}: ")


def post_lie(world: World, round: int, favoured: str) -> Audit:
    """Has an evaluator post a header that gives one address everything, with a report to match."""
    derived = world.evaluators[0].derive(round)
    report = replace(derived.report, payouts=(Payee(favoured, BUDGET),))
    blob = report.to_bytes()
    assert Report.from_bytes(blob) == report
    world.store.put(derived.model_bytes)
    digest = bytes.fromhex(world.store.put(blob))
    tree = payout_tree(world.network.chain_id, world.project.distributor.address, [(favoured, BUDGET)])
    header = replace(
        derived.header, depth=tree.depth, sum=BUDGET, payout_root=tree.root.node, report_digest=digest
    )
    world.evaluators[0].sender.send(world.project.book.post(header))
    return world.auditor.audit()


def test_a_poster_that_pays_itself_is_caught_while_its_header_can_still_be_vetoed(world: World) -> None:
    round = world.open_and_submit()
    world.seal(round)
    world.measure(round)
    audit = post_lie(world, round, world.evaluators[0].address)
    assert world.project.phase(round) is Phase.CHALLENGE
    assert audit.first_difference is not None
    assert "depth" in audit.first_difference or "payout_root" in audit.first_difference
    world.owner.sender.send(world.project.book.veto(round))
    world.finish(round)
    assert world.auditor.audit().passed


def test_money_drawn_on_a_lie_fails_the_reconciliation_too(world: World) -> None:
    round = world.open_and_submit()
    world.seal(round)
    world.measure(round)
    favoured = world.trainers[0]
    post_lie(world, round, favoured.address)
    advance_to(world.project, round, Phase.ACTIVE)
    favoured.claim()
    audit = world.auditor.audit()
    assert not audit.passed
    assert any(not check.passed and favoured.address in check.name for check in audit.money_checks)


def test_tokens_sent_to_the_escrow_by_mistake_are_no_difference(world: World) -> None:
    world.play_round()
    token, boss = world.project.token, world.owner.sender
    boss.send(token.mint(world.project.distributor.address, 5))
    assert world.auditor.audit().passed


def test_a_single_round_can_be_audited(world: World) -> None:
    world.play_round()
    second = world.play_round()
    assert [audited.round for audited in world.auditor.audit(second).rounds] == [second]


def test_a_closed_project_reconciles_after_the_refund(world: World) -> None:
    world.play_round()
    owed = world.project.distributor.owed()
    world.owner.close()
    world.owner.refund()
    audit = world.auditor.audit()
    assert audit.passed
    assert (audit.money.refunded, audit.money.remaining) == (5 * BUDGET - owed, 0)
