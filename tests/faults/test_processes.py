"""A process that ends, wherever it ends, costs time and nothing else."""

import resource
import signal
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chain.accounts import dev_account
from chain.errors import StoreError
from chain.journal import Entry, Journal, Step
from chain.network import connect
from chain.sender import Sender
from tests.support.payday import (
    EVALUATOR,
    FUNDING,
    OWNER,
    STEPS,
    TRAINERS,
    Killer,
    in_children,
    next_block,
    persist,
)

ACCOUNTS = {"funding": OWNER, "posting": EVALUATOR, "claiming": TRAINERS[0]}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", [Step.INTENT, Step.SIGNED, Step.INCLUDED, Step.CONFIRMED])
@pytest.mark.parametrize("place", ACCOUNTS)
def test_kill_9_at_every_state_of_the_journal(
    place: str, step: Step, when: str, ground: Any, folder: Path
) -> None:
    account = ACCOUNTS[place]
    owner = Sender(ground.network, dev_account(ground.network, OWNER))
    project = ground.world.project
    owner.send(project.token.approve(project.distributor.address, FUNDING))
    # A transaction stops at "included" only where it has to wait for blocks on top of its own.
    careful = account if step is Step.INCLUDED else None
    killing = Killer(account, step, when).journal()

    def run() -> None:
        with connect(ground.network.endpoint) as network:
            ground.payday.run(network, folder, journal=killing, careful=careful)

    assert in_children(run) == [-signal.SIGKILL]
    assert persist(ground.payday, ground.network, folder) == []
    assert ground.payday.outcome(ground.network) == ground.undisturbed


@pytest.mark.parametrize(
    ("account", "writes"),
    [*((OWNER, n) for n in range(6)), *((a, n) for a in (EVALUATOR, TRAINERS[0]) for n in range(3))],
)
def test_a_disk_that_is_full_for_a_while(
    account: int, writes: int, ground: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal of one account takes so many steps, and then none until somebody has made room."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    written = Journal.record
    state = {"left": writes, "full": True}

    def record(self: Journal, entry: Entry) -> Entry:
        full = state["full"] and self.path.name == f"{account}.sqlite" and state["left"] == 0
        if self.path.name == f"{account}.sqlite":
            state["left"] -= 1
        if not full:
            return written(self, entry)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, limits[1]))
        state["left"] = 0
        try:
            return written(self, entry)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    def make_room() -> None:
        state["full"] = False

    monkeypatch.setattr(Journal, "record", record)
    try:
        errors = persist(ground.payday, ground.network, folder, between=make_room)
    finally:
        signal.signal(signal.SIGXFSZ, handler)
    assert errors == [StoreError.__name__]
    assert ground.payday.outcome(ground.network) == ground.undisturbed


def same_money(ground: Any) -> None:
    """As undisturbed but for gas: a header posted again changes nothing, a second claim is refused."""
    outcome = ground.payday.outcome(ground.network)
    assert {**outcome, "transactions": []} == {**ground.undisturbed, "transactions": []}


@pytest.mark.parametrize("number", [2, 3])
def test_processes_that_do_the_same_at_the_same_time(number: int, ground: Any, folder: Path) -> None:
    def run() -> None:
        with connect(ground.network.endpoint) as network:
            persist(ground.payday, network, folder)

    assert in_children(*[run] * number) == [0] * number
    same_money(ground)


@pytest.mark.parametrize("step", ["post", "claim"])
def test_machines_of_one_account_that_share_neither_lock_nor_journal_race_for_its_nonces(
    step: str, ground: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = STEPS[: STEPS.index(step)]
    persist(ground.payday, ground.network, tmp_path / "before", steps=before)
    ground.network.rpc("evm_setIntervalMining", 1)  # so that both are in the pool together

    def run(name: str) -> None:
        (tmp_path / name).mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / name))  # where the locks are
        with connect(ground.network.endpoint) as network:
            # Until the other's claim is mined, what is simulated is refused and what is read is still open.
            mined = partial(next_block, network)
            persist(ground.payday, network, tmp_path / name, steps=(step,), between=mined)

    assert in_children(lambda: run("one"), lambda: run("two")) == [0, 0]
    ground.network.rpc("evm_setAutomine", True)
    persist(ground.payday, ground.network, tmp_path / "before")
    same_money(ground)
