"""Plays a whole project: set up, rounds, claims, audit. Nothing in here is special to the demonstration but
the cast and the moving
of time: it calls the roles as anybody would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from chain.accounts import dev_account, ensure_funded
from chain.contracts.types import (
    ZERO_ADDRESS,
    CourtConfig,
    Emission,
    EmissionKind,
    Header,
    Phase,
    ProjectConfig,
    Schedule,
)
from chain.demo.cast import CHEATERS, HONEST, Part
from chain.demo.liar import post_lie
from chain.deployments import deploy_system, deploy_token
from chain.errors import Refused, WindowError
from chain.network import Network
from chain.project import Project
from chain.roles.auditor import Audit, Auditor
from chain.roles.challenger import Challenge, Challenger
from chain.roles.evaluator import Evaluator
from chain.roles.ledger import PeerLine
from chain.roles.owner import Owner, create, policy_of
from chain.roles.past import past_of, write_history
from chain.roles.rounds import advance_to, losses_by_round, open_round, seal_and_draw
from chain.roles.rules import rules_of
from chain.roles.state import StateFolder
from chain.roles.trainer import Trainer
from chain.sender import Sender
from chain.store import Store
from valuation.mechanism import default_mechanism
from valuation.problem import problem_of

TOKEN = 10**18
SCHEDULE = Schedule(commit=600, publish=300, measure=600, reveal=300, challenge=600)
COURT = CourtConfig(
    arbiter=ZERO_ADDRESS,
    poster_slash=500 * TOKEN,
    evaluator_slash=500 * TOKEN,
    bond=10 * TOKEN,
    answer_period=300,
    arbiter_period=600,
)
TRAINER_STAKE, EVALUATOR_STAKE = 100 * TOKEN, 1_000 * TOKEN
ROUND_BUDGET = 1_000 * TOKEN


@dataclass(frozen=True)
class Settings:
    """How large the demonstration is."""

    honest: int = 7
    evaluators: int = 3
    rounds: int = 5
    seed: int = 7


@dataclass(frozen=True)
class RoundShown:
    """One round as the demonstration shows it: validation loss after it, seed and header."""

    round: int
    loss: float
    seed: bytes
    header: Header


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        network: Where it was played.
        project: The project, which stays on the chain.
        first_loss: Validation loss of the first base model, in nats.
        rounds: The rounds.
        behaviours: What each trainer did, by address.
        peers: The owner's table.
        caught: What became of the evaluator that posted a lie in the last round; None when no other was there
            to post after it.
        audit: The audit, the money included.
    """

    network: str
    project: Project
    first_loss: float
    rounds: tuple[RoundShown, ...]
    behaviours: dict[str, str]
    peers: tuple[PeerLine, ...]
    caught: Challenge | None
    audit: Audit


def play(
    network: Network,
    settings: Settings,
    folder: Path | None,
    step: Callable[[str], None],
    history: Path | None = None,
) -> Outcome:
    """Plays a project on a dev chain.

    Args:
        network: The chain.
        settings: How large.
        folder: Where store and manifests go; a temporary one when None.
        step: Told what happens next, `steps(settings)` times in all.
        history: Where the rounds go for simulations; nowhere when None.

    Raises:
        Refused: The network is no dev chain: this moves time and mints money.
    """
    if not network.is_dev:
        raise Refused(f"{network.name} is no dev chain: the demonstration moves its time and mints its money")
    with _folder(folder) as root:
        store = Store.open(f"file://{root.resolve()}/store")
        step("deploying")
        owner, trainers, evaluators, watcher = _set_up(network, settings, store, root)
        for trainer, _ in trainers:
            trainer.register(TRAINER_STAKE)
        for evaluator in evaluators:
            evaluator.register(EVALUATOR_STAKE)
        rng = np.random.default_rng(settings.seed)
        caught = None
        for number in range(1, settings.rounds + 1):
            lies = number == settings.rounds and settings.evaluators > 1
            caught = _play_round(owner, trainers, evaluators, rng, step, watcher if lies else None)
        step("claiming")
        _claim(owner, [trainer for trainer, _ in trainers])
        if history is not None:
            write_history(history, past_of(owner.project, store))
        step("auditing")
        return _outcome(network, owner, trainers, caught)


def steps(settings: Settings) -> int:
    """How often `play` calls `step`."""
    return 3 + 4 * settings.rounds


def _set_up(
    network: Network, settings: Settings, store: Store, root: Path
) -> tuple[Owner, list[tuple[Trainer, Part]], list[Evaluator], Sender]:
    parts = [HONEST] * settings.honest + list(CHEATERS.values())
    senders = [
        Sender(network, dev_account(network, index)) for index in range(2 + len(parts) + settings.evaluators)
    ]
    ensure_funded(network, [sender.address for sender in senders], TOKEN)
    boss, rest, watcher = senders[0], senders[1:-1], senders[-1]
    system = deploy_system(network, boss, root / "deployments")
    token = deploy_token(network, boss, root / "deployments")
    mechanism = default_mechanism(evaluator_share=300)
    config = ProjectConfig(
        token=token.address,
        owner=boss.address,
        guardian=boss.address,
        court=COURT,
        rules=rules_of(problem_of(mechanism)),
        policy_hash=policy_of(mechanism),
        schedule=SCHEDULE,
        emission=Emission(EmissionKind.FIXED, ROUND_BUDGET, 0),
        trainer_stake=TRAINER_STAKE,
        evaluator_stake=EVALUATOR_STAKE,
        unbonding_period=10 * sum((SCHEDULE.commit, SCHEDULE.publish, SCHEDULE.measure, SCHEDULE.challenge)),
        quorum=min(2, settings.evaluators),
    )
    project = create(boss, system, store, mechanism, config)
    budget = (settings.rounds + 1) * ROUND_BUDGET
    boss.send(token.mint(boss.address, budget))
    for sender in rest:
        boss.send(token.mint(sender.address, EVALUATOR_STAKE))
    owner = Owner(project, boss, store)
    owner.fund(budget)
    state = StateFolder(root / "state")
    trainers = [Trainer(project, sender, store, state) for sender in rest[: len(parts)]]
    evaluators = [Evaluator(project, sender, store, state) for sender in rest[len(parts) :]]
    return owner, list(zip(trainers, parts, strict=True)), evaluators, watcher


def _play_round(
    owner: Owner,
    trainers: list[tuple[Trainer, Part]],
    evaluators: list[Evaluator],
    rng: np.random.Generator,
    step: Callable[[str], None],
    watcher: Sender | None,
) -> Challenge | None:
    """Plays one round; with a watcher its first header is a lie, and what becomes of that is returned."""
    project, sender = owner.project, owner.sender
    round = open_round(project, sender)
    step(f"round {round}: training")
    on_time = [(trainer, part) for trainer, part in trainers if not part.submits_late]
    submitted = [trainer for trainer, part in on_time if _submit(trainer, part, round, rng)]
    advance_to(project, round, Phase.PUBLISH)
    for trainer in submitted:
        trainer.publish(round)
    for trainer, part in trainers:
        if part.submits_late:
            _submit(trainer, part, round, rng)
    advance_to(project, round, Phase.SEAL)
    seal_and_draw(project, sender, round)
    step(f"round {round}: measuring")
    for evaluator in evaluators:
        evaluator.commit(round)
    advance_to(project, round, Phase.REVEAL)
    step(f"round {round}: revealing")
    for evaluator in evaluators:
        evaluator.reveal(round)
    advance_to(project, round, Phase.POST)
    step(f"round {round}: posting")
    turn, caught = round % len(evaluators), None
    if watcher is not None:
        post_lie(evaluators[turn], round, trainers[0][0].address)
        caught = Challenger(project, watcher, owner.store).challenge(round)
        turn = (turn + 1) % len(evaluators)
    evaluators[turn].post(round)
    advance_to(project, round, Phase.ACTIVE)
    return caught


def _submit(trainer: Trainer, part: Part, round: int, rng: np.random.Generator) -> bool:
    """Whether the chain took the submission; it refuses one that is late."""
    blob = part.blob(trainer, round, rng)
    if blob is None:
        return False
    try:
        trainer.submit(round, blob)
    except WindowError:
        return False
    return True


def _claim(owner: Owner, trainers: list[Trainer]) -> None:
    """Trainers with something to claim do; evaluators leave theirs for later, which costs nothing."""
    claimable = {line.address for line in owner.payouts() if line.claimable > 0}
    for trainer in trainers:
        if trainer.address in claimable:
            trainer.claim()


def _outcome(
    network: Network, owner: Owner, trainers: list[tuple[Trainer, Part]], caught: Challenge | None
) -> Outcome:
    project, store = owner.project, owner.store
    losses = losses_by_round(project, store)
    shown = tuple(
        RoundShown(header.round, losses[header.round], project.round(header.round).seed, header)
        for header in project.headers()
    )
    return Outcome(
        network=network.name,
        project=project,
        first_loss=losses[0],
        rounds=shown,
        behaviours={trainer.address: part.name for trainer, part in trainers},
        peers=owner.payouts(),
        caught=caught,
        audit=Auditor(project, store).audit(),
    )


@contextmanager
def _folder(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with TemporaryDirectory(prefix="weighhouse-") as name:
        yield Path(name)
