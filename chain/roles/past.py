"""A project's rounds as a history that anybody can simulate other mechanisms on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from chain.errors import ConfigError, NothingToDo
from chain.project import Project
from chain.roles.gathering import MAX_DESIGN_BYTES, Received, receive
from chain.store import Store
from valuation.simulation import Past, PastRound, write_past


def past_of(project: Project, store: Store, first: int = 1, last: int | None = None) -> Past:
    """The rounds of a project whose seed is drawn, whatever became of them.

    Updates are for one model and one assignment of data: of rounds under several, the latest count, back to
    the last change.

    Args:
        project: The project.
        store: Where mechanisms, models and updates are.
        first: The first round to take.
        last: The last; None for all.

    Raises:
        NothingToDo: There is no such round.
        StoreError: A mechanism or a base model is missing or corrupt.
    """
    end = project.current_round() if last is None else min(last, project.current_round())
    found: list[Received] = []
    for number in range(end, max(first, 1) - 1, -1):
        if not any(project.round(number).seed):
            continue
        received = receive(project, store, number)
        if found and not _alike(received, found[0]):
            break
        found.append(received)
    if not found:
        raise NothingToDo(f"no round from {first} to {end} of project {project.id} has a seed yet")
    mechanism = found[0].ground.mechanism
    name = mechanism.method.design
    return Past(
        mechanism=mechanism,
        rounds=tuple(_round(each) for each in reversed(found)),
        round_budget=project.distributor.emission().first,
        design=store.get(bytes.fromhex(name), MAX_DESIGN_BYTES) if name else None,
    )


def write_history(folder: Path, past: Past) -> None:
    """Writes a history into a new or empty folder.

    Raises:
        ConfigError: The folder cannot be written.
        InputError: It has something in it.
    """
    try:
        write_past(folder, past)
    except OSError as error:
        raise ConfigError(f"cannot write {folder}: {error.strerror}") from None


def _alike(one: Received, other: Received) -> bool:
    first, second = one.ground.mechanism, other.ground.mechanism
    return first.model == second.model and first.training == second.training


def _round(received: Received) -> PastRound:
    ground = received.ground
    rows = list(received.updates.values())
    return PastRound(
        number=ground.round,
        seed=received.seed,
        assignment_seed=ground.assignment_seed,
        base=ground.base,
        senders=tuple(received.updates),
        updates=np.stack(rows) if rows else np.zeros((0, ground.base.size), dtype=np.float32),
        refused={address: found.reason for address, found in received.rejections.items()},
    )
