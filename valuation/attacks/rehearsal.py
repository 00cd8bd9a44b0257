"""Rounds played without a chain, for a project that has no past yet: this project's own way to try rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from valuation.attacks.behaviour import Act, Moment, Update, run_seed
from valuation.attacks.catalogue import honest, near_copy, noise, sign_flip, zeros
from valuation.gradients.errors import RefusedUpdate
from valuation.models.training import LocalTraining
from valuation.problem import Problem
from valuation.simulation.past import Past, PastRound
from valuation.simulation.rounds import Ground, through_codec, value_round

CAST: Mapping[str, Act] = {"noise": noise, "zeros": zeros, "sign-flip": sign_flip, "near-copy": near_copy}
"""Who may be there beside the honest, by name."""


@dataclass(frozen=True)
class Company:
    """Who trains.

    Attributes:
        honest: how many honest trainers.
        others: who else, by names of `CAST`.
        training: how much the honest train.
    """

    honest: int = 6
    others: tuple[str, ...] = ("noise", "zeros", "near-copy")
    training: LocalTraining = field(default_factory=LocalTraining)


def rehearse(
    problem: Problem, company: Company, rounds: int, seed: int, round_budget: int = 10**18
) -> tuple[Past, Mapping[str, str]]:
    """Play rounds under a mechanism, and return them with what everybody is, by address.

    Real training and the scoring that pays; the next base is what the mechanism makes of a round.

    Args:
        problem: the mechanism with its model, data and design.
        company: who trains.
        rounds: how many rounds.
        seed: of everything that is drawn.
        round_budget: what the first round can pay, in token units.

    >>> from valuation.mechanism import default_mechanism
    >>> from valuation.problem import problem_of
    >>> past, people = rehearse(problem_of(default_mechanism()), Company(2, ("zeros",)), rounds=1, seed=0)
    >>> past.rounds[0].updates.shape, list(people.values())
    ((3, 650), ['honest', 'honest', 'zeros'])
    """
    acts = [("honest", honest)] * company.honest + [(name, CAST[name]) for name in company.others]
    addresses = [f"0x{1 + number:040x}" for number in range(len(acts))]
    played: list[PastRound] = []
    bases: list[Update] = [problem.model.initial(run_seed(seed, "initial"))]
    state = b""
    for number in range(1, rounds + 1):
        assignment, drawn = run_seed(seed, f"assignment/{number}"), run_seed(seed, f"seal/{number}")
        scene = Moment(problem, company.training, number - 1, rounds, tuple(bases), (), assignment, {}, seed)
        sent: dict[str, Update] = {}
        refused: dict[str, str] = {}
        for address, (_, act) in zip(addresses, acts, strict=True):
            update = act(replace(scene, address=address, addresses=(address,), leaked=dict(sent)))
            if update is not None:
                try:
                    sent[address] = through_codec(problem, address, number, update)
                except RefusedUpdate as error:
                    refused[address] = error.reason
        rows = np.stack(list(sent.values())) if sent else np.zeros((0, bases[-1].size), dtype=np.float32)
        played.append(PastRound(number, drawn, assignment, bases[-1], tuple(sent), rows, refused))
        ground = Ground(problem, bases[-1], assignment, drawn)
        settled = value_round(ground, number, sent, refused, round_budget, state=state).settled
        state = settled.state
        bases.append(settled.model)
    people = {address: name for address, (name, _) in zip(addresses, acts, strict=True)}
    return Past(problem.mechanism, tuple(played), round_budget), people
