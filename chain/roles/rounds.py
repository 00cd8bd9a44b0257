"""What anybody may do for a round: open it, seal it, and read how it went."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from chain.contracts.types import Phase
from chain.errors import NothingToDo, WindowError
from chain.project import Project
from chain.roles.gathering import ground_of, read_model
from chain.sender import Receipt, Sender
from chain.store import Store
from valuation.problem import Problem


def open_round(project: Project, sender: Sender) -> int:
    """Opens the next round and returns its number.

    Raises:
        Reverted: The last round is not final, or the project is closed.
    """
    sender.send(project.book.open(), round=project.current_round() + 1)
    return project.book.current_round()


def seal_and_draw(project: Project, sender: Sender, round: int) -> Receipt:
    """Seals the round and draws its seed: two transactions, in two blocks.

    When somebody else has sealed it, only draws.

    Raises:
        Reverted: It is too early; the seed is drawn already.
    """
    sealed = project.round(round).sealed_block
    if not sealed or project.network.block().number >= sealed + 256:
        sender.send(project.book.seal(round))
    return sender.send(project.book.draw(round))


def phase_ends_at(project: Project, round: int) -> int | None:
    """When the present phase of a round ends by itself; None when it waits for somebody, or is over."""
    phase, state, times = project.phase(round), project.round(round), project.book.schedule()
    match phase:
        case Phase.COMMIT:
            return state.opened_at + times.commit
        case Phase.PUBLISH:
            return state.opened_at + times.commit + times.publish
        case Phase.MEASURE:
            return state.drawn_at + times.measure
        case Phase.REVEAL:
            return state.drawn_at + times.measure + times.reveal
        case Phase.CHALLENGE:
            return state.decided_at + times.challenge
        case _:
            return None


def advance_to(project: Project, round: int, wanted: Phase) -> None:
    """Moves a dev chain's time on until a round reaches a phase that only needs time.

    Raises:
        WindowError: The round waits for a transaction, not for time.
        NothingToDo: It is there already, or past it.
        Refused: The chain is no dev chain.
    """
    if project.phase(round) >= wanted:
        raise NothingToDo(f"round {round} is in its phase {project.phase(round).name.lower()} already")
    while project.phase(round) < wanted:
        end = phase_ends_at(project, round)
        if end is None:
            phase = project.phase(round).name.lower()
            raise WindowError(f"round {round} waits in its phase {phase} for a transaction, not for time")
        project.network.advance(max(1, end - project.network.now()))


def losses_by_round(project: Project, store: Store) -> dict[int, float]:
    """The validation loss in nats of the model after each round whose header stands; 0 is the first base
    model. Nothing before the first round.

    Raises:
        StoreError: A model is missing or corrupt.
    """
    if not project.current_round():
        return {}
    headers = project.headers()
    first = ground_of(project, store, headers[0].round if headers else 1)
    models = {0: first.base}
    for header in headers:
        models[header.round] = read_model(store, first.model, header.model_digest)
    return {round: validation_loss(first.problem, params) for round, params in models.items()}


def validation_loss(problem: Problem, params: npt.NDArray[np.float32]) -> float:
    """The loss in nats of one model, float32 (d,), on the data that nobody trains on."""
    data = problem.validation
    return float(problem.model.losses(params[None, :], data.x, data.y)[0])
