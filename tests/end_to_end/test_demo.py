"""The demonstration on real chains: it trains, pays and audits, and its numbers can be recomputed."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from chain.contracts.types import Fault, Role
from chain.demo.play import Outcome, Settings, play, steps
from chain.network import Network, connect
from chain.roles.state import StateFolder
from chain.store import Store
from tests.end_to_end.recompute import recompute_earnings

SETTINGS = Settings(honest=6, evaluators=3, rounds=5)


@pytest.fixture(scope="module", params=["embedded", "anvil"])
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Network, Outcome, Path]]:
    folder = tmp_path_factory.mktemp("demo")
    told: list[str] = []
    with connect(request.param) as network:
        outcome = play(network, SETTINGS, folder, told.append)
        assert len(told) == steps(SETTINGS)
        yield network, outcome, folder


def test_the_model_learns(played: tuple[Network, Outcome, Path]) -> None:
    _, outcome, _ = played
    losses = [outcome.first_loss, *(shown.loss for shown in outcome.rounds)]
    assert len(losses) == 6
    assert all(after < before for before, after in pairwise(losses))
    assert losses[-1] < losses[0] / 3


def test_honest_trainers_hold_at_least_95_percent_and_no_cheater_more_than_1(
    played: tuple[Network, Outcome, Path],
) -> None:
    _, outcome, _ = played
    paid = sum(line.earned for line in outcome.peers)
    honest = [line for line in outcome.peers if outcome.behaviours.get(line.address) == "honest"]
    cheaters = {
        outcome.behaviours[line.address]: line
        for line in outcome.peers
        if outcome.behaviours.get(line.address, "honest") != "honest"
    }
    assert sum(line.earned for line in honest) >= 0.95 * paid > 0
    assert set(cheaters) == {"noise", "zeros", "sign flip", "copy", "late"}
    assert all(line.earned <= 0.01 * paid for line in cheaters.values())
    assert all(line.reason for line in cheaters.values() if line.earned == 0)
    assert "wrong-" in cheaters["copy"].reason
    assert "zero-update" in cheaters["zeros"].reason
    assert "no submission" in cheaters["late"].reason


def test_what_everyone_was_paid_follows_from_events_and_store_alone(
    played: tuple[Network, Outcome, Path],
) -> None:
    _, outcome, folder = played
    project, store = outcome.project, Store.open(f"file://{folder}/store")
    expected = recompute_earnings(project, store)
    assert {line.address: line.earned for line in outcome.peers if line.earned} == expected
    for line in outcome.peers:
        assert project.distributor.claimed(line.address) == line.claimed
        assert line.claimed + line.claimable == expected.get(line.address, 0)
    held = project.token.balance_of(project.distributor.address)
    money = outcome.audit.money
    assert held == money.funded - money.claimed == money.claimable + money.remaining
    for line in outcome.peers:
        if line.role.name == "TRAINER":
            # Each trainer was minted 1,000 tokens and staked 100 of them.
            assert project.token.balance_of(line.address) == 900 * 10**18 + line.claimed


def test_the_audit_passes_and_the_money_adds_up_to_the_wei(played: tuple[Network, Outcome, Path]) -> None:
    _, outcome, _ = played
    assert outcome.audit.first_difference is None
    money = outcome.audit.money
    assert money.funded == money.claimed + money.claimable + money.remaining
    assert money.pending == money.refunded == 0


def test_an_evaluator_that_posts_a_lie_is_caught_and_slashed(played: tuple[Network, Outcome, Path]) -> None:
    _, outcome, _ = played
    caught = outcome.caught
    assert caught is not None
    assert (caught.round, caught.action, caught.fault) == (SETTINGS.rounds, "proved", Fault.PAYOUT)
    assert (caught.slashed, caught.earned) == (500 * 10**18, 250 * 10**18)
    stakes = sorted(peer.stake for peer in outcome.project.peers(Role.EVALUATOR))
    assert stakes == [500 * 10**18, 1000 * 10**18, 1000 * 10**18]


def test_secrets_of_the_evaluators_stay_in_private_files(played: tuple[Network, Outcome, Path]) -> None:
    _, outcome, folder = played
    names = [path.name for path in StateFolder(folder / "state").path.iterdir()]
    salts = [name for name in names if name.endswith(".salt")]
    assert len(salts) == SETTINGS.rounds * SETTINGS.evaluators
    assert all((folder / "state" / name).stat().st_mode & 0o077 == 0 for name in names)
    assert outcome.project.id == 1
