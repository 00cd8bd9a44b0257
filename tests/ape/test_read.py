"""`ape run status` and `ape run payouts`, on a project that was really played."""

from pathlib import Path
from typing import Any

import pytest

from chain.amounts import tokens
from chain.cli.tables import short
from chain.demo.play import Outcome, Settings, play
from chain.network import Network


@pytest.fixture
def played(anvil: Network, workspace: Any) -> tuple[Outcome, str]:
    """One round of the demonstration, its manifests where ape looks for them; and the store."""
    folder = workspace.folder / "played"
    outcome = play(anvil, Settings(honest=5, evaluators=1, rounds=1), folder, lambda _: None)
    workspace.deployments.mkdir()
    (folder / "deployments").rename(workspace.deployments / "devnet")
    return outcome, f"file://{folder}/store"


def test_payouts_shows_what_every_peer_earned_and_claimed(
    workspace: Any, played: tuple[Outcome, str]
) -> None:
    outcome, store = played
    done = workspace.run("payouts", "--store", store)
    assert done.returncode == 0, done.stderr
    rows = {line.split()[0]: line for line in done.stdout.splitlines() if line.startswith("0x")}
    assert set(rows) == {short(line.address) for line in outcome.peers}
    decimals = outcome.project.token.decimals()
    for line in outcome.peers:
        row = rows[short(line.address)]
        assert tokens(line.earned, decimals, 2) in row
        assert tokens(line.claimed, decimals, 2) in row
        assert line.reason in row
    assert sum(line.claimed for line in outcome.peers) > 0


def test_status_shows_each_project_and_its_money(workspace: Any, played: tuple[Outcome, str]) -> None:
    outcome, _ = played
    done = workspace.run("status")
    assert done.returncode == 0, done.stderr
    assert "projects: 1" in done.stdout
    assert f"project 1 of {outcome.project.book.owner()}: round 1, active" in done.stdout
    shown = dict(line.split() for line in done.stdout.splitlines() if line.startswith("  "))
    money, decimals = outcome.project.money(), outcome.project.token.decimals()
    for name in ("funded", "claimed", "claimable", "pending", "remaining", "refunded"):
        assert shown[name] == tokens(getattr(money, name), decimals)


def test_reading_before_anything_is_deployed_says_so(workspace: Any) -> None:
    for command in ("status", "payouts"):
        done = workspace.run(command)
        assert done.returncode == 3
        assert "run `deploy` first" in done.stderr
        assert "Traceback" not in done.stderr


def test_payouts_without_the_store_names_the_missing_blob(
    workspace: Any, played: tuple[Outcome, str], tmp_path: Path
) -> None:
    done = workspace.run("payouts", "--store", f"file://{tmp_path}/elsewhere")
    assert done.returncode == 10
    assert "MissingBlob" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_project_is_named(workspace: Any, played: tuple[Outcome, str]) -> None:
    done = workspace.run("payouts", "--store", played[1], "--project", "7")
    assert done.returncode == 6
    assert "UnknownProject" in done.stderr
