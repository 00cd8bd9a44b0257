"""What each role has to do next, told from the chain alone: a service can be killed and started again.

A duty does one thing that is due and says what it did; it returns None when nothing is due now. Taken again
and again, duties carry a project from round to round.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chain.contracts.types import Phase
from chain.errors import NothingToDo, Reverted
from chain.project import Project
from chain.roles.evaluator import Evaluator
from chain.roles.payouts import open_claim
from chain.roles.rounds import open_round, seal_and_draw
from chain.roles.trainer import Trainer
from chain.sender import Sender

Duty = Callable[[], str | None]

_OVER = (Phase.NONE, Phase.ACTIVE, Phase.VOID)


def keep(project: Project, sender: Sender) -> str | None:
    """What anybody may do for a project: opens rounds, seals them, ends those that nobody can post.

    Raises:
        ChainError: It could not be done.
    """
    round = project.current_round()
    phase = project.phase(round) if round else Phase.NONE
    if phase in _OVER and not project.book.closed() and project.book.idle():
        return f"opened round {open_round(project, sender)}"
    if phase is Phase.SEAL:
        seal_and_draw(project, sender, round)
        return f"sealed round {round}"
    if phase is Phase.POST:
        call = project.book.void_round(round)
        try:
            sender.simulate(call)
        except Reverted:
            return None  # it may still be posted
        sender.send(call)
        return f"voided round {round}"
    return None


def train(trainer: Trainer, rng: np.random.Generator) -> str | None:
    """Submits an update of the reference model to each round, publishes it in time, claims what is paid.

    Raises:
        ChainError: It could not be done.
    """
    project, address = trainer.project, trainer.address
    round = project.current_round()
    phase = project.phase(round) if round else Phase.NONE
    if phase not in _OVER:
        digests = [s.digest for s in project.submissions(round) if s.trainer == address]
        if phase is Phase.COMMIT and not digests:
            trainer.submit(round, trainer.encode(round, trainer.train(round, rng)))
            return f"submitted to round {round}"
        if phase is Phase.PUBLISH and digests and not trainer.store.has(digests[0]):
            trainer.publish(round)
            return f"published for round {round}"
    return _claim(trainer)


def evaluate(evaluator: Evaluator) -> str | None:
    """Measures each round, reveals, and posts what follows, unless another evaluator was faster.

    Raises:
        ChainError: It could not be done.
    """
    project, address = evaluator.project, evaluator.address
    round = project.current_round()
    phase = project.phase(round) if round else Phase.NONE
    if phase in (Phase.MEASURE, Phase.REVEAL, Phase.POST):
        committed = address in [c.evaluator for c in project.commitments(round)]
        revealed = address in [r.evaluator for r in project.reveals(round)]
        if phase is Phase.MEASURE and not committed and evaluator.seed_is_settled(round):
            evaluator.commit(round)
            return f"measured round {round}"
        if phase is Phase.REVEAL and committed and not revealed:
            evaluator.reveal(round)
            return f"revealed for round {round}"
        if phase is Phase.POST and revealed:
            try:
                evaluator.post(round)
            except NothingToDo:
                return None
            return f"posted round {round}"
    return _claim(evaluator)


def _claim(member: Trainer | Evaluator) -> str | None:
    claim = open_claim(member.project, member.store, member.address)
    if claim is None:
        return None
    before = member.project.distributor.claimed(member.address)
    member.sender.send(member.project.distributor.claim(*claim))
    return f"claimed {member.project.distributor.claimed(member.address) - before} token units"
