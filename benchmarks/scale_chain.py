"""A project on an Anvil of its own, for figures of gas and of ingestion: real contracts, made-up payouts."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from chain.accounts import dev_account
from chain.contracts import Call
from chain.contracts.types import (
    NO_RULES,
    ZERO_ADDRESS,
    Claim,
    CourtConfig,
    Emission,
    EmissionKind,
    Header,
    Phase,
    ProjectConfig,
    Role,
    Schedule,
)
from chain.deployments import deploy_system, deploy_token
from chain.network import Network, connect
from chain.networks.anvil import start_anvil
from chain.project import Project, create_project
from chain.roles.rounds import advance_to
from chain.sender import Sender
from chain.trees import SumTree

BATCH = 500
STAKE = 10
BUDGET = 10**24


@dataclass(frozen=True)
class Site:
    """A funded project; the owner is also its only evaluator's patron."""

    network: Network
    project: Project
    owner: Sender
    evaluator: Sender
    claimant: Sender


@contextmanager
def site(folder: Path, policy: bytes = b"\x01" * 32) -> Iterator[Site]:
    """Run a project on an Anvil that takes many transactions a block, for nothing."""
    free = ("--gas-limit", "1000000000", "--base-fee", "0", "--disable-min-priority-fee")
    node = start_anvil(accounts=10, arguments=free)
    try:
        with connect(node.url, timeout=120) as network:
            yield _built(network, folder, policy)
    finally:
        node.stop()


def _built(network: Network, folder: Path, policy: bytes) -> Site:
    owner, evaluator, claimant = (Sender(network, dev_account(network, index)) for index in range(3))
    system = deploy_system(network, owner, folder)
    token = deploy_token(network, owner, folder)
    schedule = Schedule(commit=100_000, publish=60, measure=60, reveal=60, challenge=60)
    config = ProjectConfig(
        token=token.address,
        owner=owner.address,
        guardian=owner.address,
        court=CourtConfig(ZERO_ADDRESS, STAKE, STAKE, STAKE, answer_period=30, arbiter_period=60),
        rules=NO_RULES,
        policy_hash=policy,
        schedule=schedule,
        emission=Emission(EmissionKind.FIXED, BUDGET, 0),
        trainer_stake=STAKE,
        evaluator_stake=STAKE,
        unbonding_period=1_000_000,
        quorum=1,
    )
    project = create_project(owner, system, config)
    owner.send(token.mint(owner.address, 10 * BUDGET))
    owner.send(token.approve(project.distributor.address, BUDGET))
    owner.send(project.distributor.fund(BUDGET))
    owner.send(token.mint(evaluator.address, STAKE))
    evaluator.send(token.approve(project.registry.address, STAKE))
    evaluator.send(project.registry.register(Role.EVALUATOR, STAKE))
    return Site(network, project, owner, evaluator, claimant)


def until_post(at: Site) -> int:
    """Bring a round, open or to be opened, to where it waits for its header."""
    book, project = at.project.book, at.project
    round = project.current_round()
    if not round:
        at.owner.send(book.open())
        round = 1
    advance_to(project, round, Phase.SEAL)
    at.owner.send(book.seal(round))
    at.owner.send(book.draw(round))
    revealed = (b"\x11" * 32, b"\x55" * 32, b"\x22" * 32, b"\x33" * 32)
    commitment = book.commitment_of(round, at.evaluator.address, *revealed)
    at.evaluator.send(book.commit_utilities(round, commitment))
    advance_to(project, round, Phase.REVEAL)
    at.evaluator.send(book.reveal_utilities(round, *revealed))
    advance_to(project, round, Phase.POST)
    return round


def gas_of(at: Site, round: int, tree: SumTree, index: int, account: str, amount: int) -> tuple[int, int]:
    """Return the gas of posting a header over a payout tree and of claiming one leaf, and go back."""
    before = at.network.rpc("evm_snapshot")
    roots = (b"\x41" * 32, b"\x42" * 32, b"\x43" * 32, tree.root.node)
    words = (b"\x44" * 32, b"\x45" * 32, b"\x46" * 32, b"\x47" * 32)
    header = Header(round, tree.size, tree.depth, tree.root.sum, *roots, *words)
    posted = at.evaluator.send(at.project.book.post(header))
    advance_to(at.project, round, Phase.ACTIVE)
    distributor = at.project.distributor
    leaf = Claim(account, index, amount, tree.proof(index).path)
    claimed = at.claimant.send(distributor.claim_for(distributor.sequence(), leaf))
    at.network.rpc("evm_revert", before)
    return posted.gas_used, claimed.gas_used


def submit_many(at: Site, count: int) -> tuple[int, float]:
    """Let so many new trainers join and submit in one round; the round, and the seconds that it took."""
    project, book = at.project, at.project.book
    started = time.perf_counter()
    at.owner.send(book.open())
    round = project.current_round()
    trainers = [f"0x{0xABC << 140 | n:040x}" for n in range(1, count + 1)]
    approve = project.token.approve(project.registry.address, STAKE)
    join = project.registry.register(Role.TRAINER, STAKE)
    checksummed = at.network.web3.to_checksum_address
    at.network.rpc("anvil_autoImpersonateAccount", True)
    at.network.rpc("evm_setAutomine", False)
    for some in _chunks(trainers, BATCH):
        nonce = at.network.nonce(at.owner.address)
        mints = [project.token.mint(checksummed(trainer), STAKE) for trainer in some]
        _send_batch(at.network, [(at.owner.address, nonce + n, mint) for n, mint in enumerate(mints)])
        at.network.mine()
        calls = []
        for trainer in some:
            submission = book.submit(round, bytes.fromhex(trainer[2:]).rjust(32, b"\1"))
            calls += [(trainer, n, call) for n, call in enumerate((approve, join, submission))]
        _send_batch(at.network, calls)
        at.network.mine()
    at.network.rpc("evm_setAutomine", True)
    at.network.rpc("anvil_autoImpersonateAccount", False)
    return round, time.perf_counter() - started


def _send_batch(network: Network, calls: list[tuple[str, int, Call]]) -> None:
    fixed = {"gas": hex(600_000), "maxFeePerGas": "0x0", "maxPriorityFeePerGas": "0x0"}
    batch: list[dict[str, Any]] = [
        {
            "jsonrpc": "2.0",
            "id": index,
            "method": "eth_sendTransaction",
            "params": [
                {"from": sender, "nonce": hex(nonce), "to": call.to, "data": "0x" + call.data.hex(), **fixed}
            ],
        }
        for index, (sender, nonce, call) in enumerate(calls)
    ]
    answers = requests.post(network.endpoint, json=batch, timeout=300).json()
    wrong = [answer["error"] for answer in answers if "error" in answer]
    if wrong:
        raise RuntimeError(f"{len(wrong)} of {len(batch)} transactions were refused: {wrong[0]}")


def _chunks(items: list[str], size: int) -> Iterator[list[str]]:
    iterator = iter(items)
    while some := list(itertools.islice(iterator, size)):
        yield some
