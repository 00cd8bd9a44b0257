"""A small project on a dev chain, with real roles, for tests that need one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chain.accounts import dev_account, ensure_funded
from chain.contracts.types import (
    ZERO_ADDRESS,
    CourtConfig,
    Emission,
    EmissionKind,
    Phase,
    ProjectConfig,
    Schedule,
)
from chain.deployments import System, deploy_system, deploy_token
from chain.network import Network
from chain.project import Project
from chain.roles.auditor import Auditor
from chain.roles.evaluator import Evaluator
from chain.roles.owner import Owner, create, policy_of
from chain.roles.rounds import advance_to, open_round, seal_and_draw
from chain.roles.rules import rules_of
from chain.roles.state import StateFolder
from chain.roles.trainer import Trainer
from chain.sender import Sender
from chain.store import Store
from valuation.designs import IntegerDesign
from valuation.mechanism import Mechanism, default_mechanism
from valuation.problem import problem_of

TOKEN = 10**18
SCHEDULE = Schedule(commit=600, publish=300, measure=600, reveal=300, challenge=600)
BUDGET = 1_000 * TOKEN
COURT = CourtConfig(
    arbiter=ZERO_ADDRESS,
    poster_slash=500 * TOKEN,
    evaluator_slash=300 * TOKEN,
    bond=10 * TOKEN,
    answer_period=200,
    arbiter_period=600,
)


def all_but_dust(paid: int, budget: int, payees: int = 8) -> bool:
    """Whether a budget was paid but for what rounding down left over: less than one unit a payee."""
    return 0 <= budget - paid < payees


@dataclass(frozen=True)
class World:
    """A project with its people. Evaluators hold stakes of 1,000, 1,100, 1,200 ... tokens."""

    network: Network
    system: System
    owner: Owner
    trainers: tuple[Trainer, ...]
    evaluators: tuple[Evaluator, ...]
    stranger: Sender
    store: Store
    root: Path

    @property
    def project(self) -> Project:
        return self.owner.project

    @property
    def auditor(self) -> Auditor:
        return Auditor(self.project, self.store)

    def open_and_submit(self, blobs: Mapping[int, bytes] | None = None) -> int:
        """Opens a round; trainers commit to and publish honest updates, or the given bytes."""
        round = open_round(self.project, self.owner.sender)
        for index, trainer in enumerate(self.trainers):
            blob = (blobs or {}).get(index)
            trainer.submit(round, self.honest(trainer, round, index) if blob is None else blob)
        advance_to(self.project, round, Phase.PUBLISH)
        for trainer in self.trainers:
            trainer.publish(round)
        return round

    def seal(self, round: int) -> None:
        advance_to(self.project, round, Phase.SEAL)
        seal_and_draw(self.project, self.owner.sender, round)

    def measure(self, round: int) -> None:
        """All evaluators commit and reveal."""
        for evaluator in self.evaluators:
            evaluator.commit(round)
        advance_to(self.project, round, Phase.REVEAL)
        for evaluator in self.evaluators:
            evaluator.reveal(round)
        advance_to(self.project, round, Phase.POST)

    def finish(self, round: int) -> None:
        self.evaluators[0].post(round)
        advance_to(self.project, round, Phase.ACTIVE)

    def play_round(self, blobs: Mapping[int, bytes] | None = None) -> int:
        round = self.open_and_submit(blobs)
        self.seal(round)
        self.measure(round)
        self.finish(round)
        return round

    def honest(self, trainer: Trainer, round: int, seed: int = 0) -> bytes:
        return trainer.encode(round, trainer.train(round, np.random.default_rng([round, seed])))

    def holdings(self) -> dict[str, int]:
        """Test tokens of everyone, the contracts included."""
        people = [self.owner.sender, *(r.sender for r in (*self.trainers, *self.evaluators)), self.stranger]
        contracts = (self.project.registry.address, self.project.distributor.address)
        return {
            address: self.project.token.balance_of(address)
            for address in (*contracts, *(sender.address for sender in people))
        }


def build_world(
    network: Network,
    root: Path,
    *,
    trainers: int = 3,
    evaluators: int = 3,
    mechanism: Mechanism | None = None,
    design: IntegerDesign | None = None,
    quorum: int = 1,
    adapt: Callable[[ProjectConfig], ProjectConfig] = lambda config: config,
) -> World:
    """Deploys and registers everything; the project is funded for five rounds."""
    # Proof of computation refuses an honest update now and then, by chance: here nobody has to prove it.
    mechanism = mechanism or default_mechanism(decoys=0)
    design_bytes = design.to_bytes() if design else None
    store, state = Store.open(f"file://{root}/store"), StateFolder(root / "state")
    senders = [Sender(network, dev_account(network, i)) for i in range(2 + trainers + evaluators)]
    ensure_funded(network, [sender.address for sender in senders], TOKEN)
    boss, stranger, rest = senders[0], senders[1], senders[2:]
    folder = root / "deployments" / "devnet"  # as the commands name any local chain
    system = deploy_system(network, boss, folder)
    token = deploy_token(network, boss, folder)
    config = ProjectConfig(
        token=token.address,
        owner=boss.address,
        guardian=boss.address,
        court=COURT,
        rules=rules_of(problem_of(mechanism, design_bytes)),
        policy_hash=policy_of(mechanism),
        schedule=SCHEDULE,
        emission=Emission(EmissionKind.FIXED, BUDGET, 0),
        trainer_stake=100 * TOKEN,
        evaluator_stake=1_000 * TOKEN,
        unbonding_period=10_000,
        quorum=quorum,
    )
    project = create(boss, system, store, mechanism, adapt(config), design_bytes)
    owner = Owner(project, boss, store)
    boss.send(token.mint(boss.address, 5 * BUDGET))
    owner.fund(5 * BUDGET)
    people = tuple(Trainer(project, sender, store, state) for sender in rest[:trainers])
    judges = tuple(Evaluator(project, sender, store, state) for sender in rest[trainers:])
    for trainer in people:
        boss.send(token.mint(trainer.address, 100 * TOKEN))
        trainer.register(100 * TOKEN)
    for index, evaluator in enumerate(judges):
        stake = (1_000 + 100 * index) * TOKEN
        boss.send(token.mint(evaluator.address, stake))
        evaluator.register(stake)
    return World(network, system, owner, people, judges, stranger, store, root)
