"""What a method remembers goes from round to round in the store, and an audit recomputes it."""

from dataclasses import replace
from pathlib import Path

import pytest

from chain.network import Network
from chain.roles.ledger import reports
from chain.roles.posting import derive_round
from chain.store import MissingBlob
from tests.support.world import BUDGET, World, all_but_dust, build_world
from valuation.gauntlet.state import from_json, to_json
from valuation.mechanism import Mechanism, default_mechanism


def remembering() -> Mechanism:
    """A Gauntlet that pays from the first proof of computation on."""
    mechanism = default_mechanism(method="gauntlet", decoys=0)
    assert mechanism.gauntlet is not None
    computation = replace(mechanism.gauntlet.computation, floor=0.0)
    return replace(mechanism, gauntlet=replace(mechanism.gauntlet, computation=computation))


@pytest.fixture
def played(chain_here: Network, tmp_path: Path) -> World:
    world = build_world(chain_here, tmp_path, trainers=3, evaluators=2, mechanism=remembering())
    for _ in range(2):
        world.play_round()
    return world


def test_each_report_names_the_memory_that_the_next_round_starts_from(played: World) -> None:
    first, second = reports(played.project, played.store)
    before, after = (from_json(played.store.get(report.state, 2**20)) for report in (first, second))
    assert (before.round, after.round) == (1, 2)
    assert set(after.peers) == {trainer.address for trainer in played.trainers}
    assert any(after.peers[who].computation != before.peers[who].computation for who in after.peers)
    owed = played.project.distributor.owed()
    assert all_but_dust(owed, BUDGET) or all_but_dust(owed, 2 * BUDGET, payees=16)
    audit = played.auditor.audit()
    assert audit.first_difference is None
    assert [check.name for check in audit.rounds[1].checks][-1] == "method's memory"


def test_another_memory_makes_another_header(played: World) -> None:
    _, second = reports(played.project, played.store)
    derived = derive_round(played.project, played.store, 2)
    assert derived.report == second
    state = from_json(derived.state_bytes)
    who = played.trainers[0].address
    bent = replace(state, peers={**state.peers, who: replace(state.peers[who], computation=1.0)})
    assert to_json(bent) != derived.state_bytes
    header = played.project.header(2)
    assert header is not None
    bent_report = replace(second, state="00" * 32)
    assert bent_report.to_bytes() != derived.report_bytes


def test_an_audit_finds_a_memory_that_is_gone(played: World) -> None:
    first, _ = reports(played.project, played.store)
    path = next(Path(played.root).rglob(first.state))
    path.unlink()
    with pytest.raises(MissingBlob):
        derive_round(played.project, played.store, 2)
    difference = played.auditor.audit().first_difference
    assert difference is not None
    assert first.state in difference
