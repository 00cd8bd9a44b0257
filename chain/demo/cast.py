"""Who plays: honest trainers, and five who are not.

A behaviour turns a round into the bytes that the trainer commits to, or into nothing. It sees what a real
trainer would see: the
chain, the store and its own data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chain.roles.trainer import Trainer

Behaviour = Callable[[Trainer, int, np.random.Generator], bytes | None]


@dataclass(frozen=True)
class Part:
    """One trainer's part.

    Attributes:
        name: What it does, in a word.
        submits_late: It commits when commitments are closed.
        blob: What it commits to.
    """

    name: str
    submits_late: bool
    blob: Behaviour


def honest(trainer: Trainer, round: int, rng: np.random.Generator) -> bytes:
    """Trains on the assigned data."""
    return trainer.encode(round, trainer.train(round, rng))


def noise(trainer: Trainer, round: int, rng: np.random.Generator) -> bytes:
    """Sends noise of the size of a real update."""
    update = trainer.train(round, rng)
    return trainer.encode(round, _noise_like(update, rng))


def zeros(trainer: Trainer, round: int, rng: np.random.Generator) -> bytes:
    """Sends nothing, properly wrapped."""
    del rng
    return trainer.encode(round, np.zeros(trainer.ground(round).base.size, dtype=np.float32))


def sign_flip(trainer: Trainer, round: int, rng: np.random.Generator) -> bytes:
    """Trains, and pushes the model the other way."""
    return trainer.encode(round, -trainer.train(round, rng))


def copy(trainer: Trainer, round: int, rng: np.random.Generator) -> bytes | None:
    """Takes the bytes that another published in the round before, and commits to them as its own."""
    del rng
    published = trainer.project.submissions(round - 1) if round > 1 else ()
    others = [submission for submission in published if submission.trainer != trainer.address]
    if not others:
        return None
    return trainer.store.get(others[0].digest, trainer.ground(round).mechanism.checks.max_bytes)


HONEST = Part("honest", False, honest)
CHEATERS: Mapping[str, Part] = {
    part.name: part
    for part in (
        Part("noise", False, noise),
        Part("zeros", False, zeros),
        Part("sign flip", False, sign_flip),
        Part("copy", False, copy),
        Part("late", True, honest),
    )
}


def _noise_like(update: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    drawn = rng.standard_normal(update.size)
    return (drawn * (np.linalg.norm(update) / np.linalg.norm(drawn))).astype(np.float32)
