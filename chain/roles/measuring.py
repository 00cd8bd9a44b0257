"""What a round is measured with: its own submissions, and what its mechanism asks of the rounds before.

Nothing of the past is remembered by anybody: who was valued is read from the standing reports, what they sent
from the store by the digests on chain, and when they joined from the chain alone. So an auditor measures with
the same past as the evaluators did.
"""

from __future__ import annotations

from dataclasses import replace

from chain.contracts.types import Header
from chain.project import Project
from chain.roles.gathering import Gathered, Ground, gather
from chain.roles.measurement import Measurement
from chain.roles.payouts import report_of
from chain.store import Store
from valuation.federated.registry import asks_for_times
from valuation.parallel import Workers
from valuation.round_data import RoundData
from valuation.scoring import measure


def measure_round(
    project: Project, store: Store, gathered: Gathered, evaluator: str, workers: Workers | None = None
) -> Measurement:
    """Measures a gathered round as its mechanism says, by these workers; in this process without any.

    Raises:
        StoreError: The report or the base model of an earlier round that counts is missing or corrupt.
    """
    ground, players = gathered.ground, gathered.players
    joined, history = _joined(project, ground, players), _history(project, store, ground)
    data = _data(gathered, players, joined, history)
    utilities = measure(ground.mechanism, replace(data, workers=workers or Workers()))
    return Measurement(ground.project, ground.round, evaluator, players, gathered.rejections, utilities)


def _data(
    gathered: Gathered,
    players: tuple[str, ...],
    joined: tuple[int, ...] = (),
    history: tuple[RoundData, ...] = (),
) -> RoundData:
    ground = gathered.ground
    return RoundData(
        players=players,
        updates=gathered.matrix(players),
        base=ground.base,
        model=ground.model,
        evaluation=ground.problem.evaluation(gathered.seed),
        assigned=tuple(ground.assigned(player) for player in players),
        seed=gathered.seed,
        joined=joined,
        history=history,
        design=ground.problem.design,
    )


def _joined(project: Project, ground: Ground, players: tuple[str, ...]) -> tuple[int, ...]:
    """The round of each player's first submission, counted from 0, for a method that asks for it."""
    if not asks_for_times(ground.mechanism.method.name):
        return ()
    first = project.first_submissions()
    return tuple(first[player] - 1 for player in players)


def _history(project: Project, store: Store, ground: Ground) -> tuple[RoundData, ...]:
    """As many of the latest standing rounds under the same mechanism as it looks at, the earliest first."""
    wanted = ground.mechanism.method.history
    if wanted is None:
        return ()
    earlier = [header for header in project.headers() if header.round < ground.round]
    same = [header for header in earlier if project.round(header.round).policy_hash == ground.policy]
    return tuple(_past(project, store, header) for header in same[-wanted:])


def _past(project: Project, store: Store, header: Header) -> RoundData:
    """A round whose header stands, with the peers whom it valued.

    As in the round itself, a blob that is not in the store costs its sender the round, not everybody the
    measurement.
    """
    gathered = gather(project, store, header.round)
    valued = {line.address for line in report_of(store, header).players}
    return _data(gathered, tuple(player for player in gathered.players if player in valued))
