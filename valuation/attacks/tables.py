"""The bench's tables: every attack under every mechanism that is asked for, and what splitting pays."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from valuation.attacks.bench import Played, attack_names, attack_row, play_attack, references
from valuation.attacks.game import Setting
from valuation.attacks.mechanisms import MECHANISMS
from valuation.attacks.replication import MANNERS, candidates, measure_replication
from valuation.mechanism import Mechanism, from_json
from valuation.problem import problem_of

Row = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How much is played.

    Args:
        honest: Honest trainers.
        rounds: Rounds.
        remembering: Rounds of methods that remember, which pay only once they know a peer.
        seeds: Runs of each attack.
        identities: The k of the table of replication.
        methods: The mechanisms of that table; all of them if None.
    """

    honest: int
    rounds: int
    remembering: int
    seeds: int
    identities: int
    methods: tuple[str, ...] | None = None

    def setting(self, mechanism: Mechanism) -> Setting:
        """Return the project that is played under a mechanism."""
        rounds = self.remembering if mechanism.gauntlet else self.rounds
        return Setting(problem_of(mechanism), honest=self.honest, rounds=rounds)


QUICK = Size(
    5, 4, 10, 2, 3, ("default", "shapley-exact", "owen-clusters", "similarity-discount", "loss-delta")
)
"""Less than a minute for the default mechanism."""

FULL = Size(6, 6, 12, 4, 10)
"""What the documentation shows; some tens of minutes for all mechanisms."""


def attack_rows(mechanisms: Mapping[str, Mechanism], size: Size, jobs: int = 1) -> list[Row]:
    """Return one row for each attack under each mechanism, in that order.

    Args:
        mechanisms: The mechanisms by the names to show.
        size: How much is played.
        jobs: How many processes share the work.

    >>> rows = attack_rows({}, QUICK)
    >>> rows
    []
    """
    names = attack_names()
    tasks = [(each.to_json(), size, seed) for each in mechanisms.values() for seed in range(size.seeds)]
    played = np.array(list(_each(_attacks_under, tasks, jobs)), dtype=np.float64)
    by_mechanism = played.reshape(len(mechanisms), size.seeds, len(names), 3)
    return [
        {"mechanism": mechanism, **asdict(attack_row(attack, by_seed[:, position]))}
        for mechanism, by_seed in zip(mechanisms, by_mechanism, strict=True)
        for position, attack in enumerate(names)
    ]


def replication_rows(size: Size, jobs: int = 1) -> list[Row]:
    """Return one row for each candidate of `replication.candidates` and manner of appearing k times."""
    found = candidates()
    names = list(found) if size.methods is None else [name for name in found if name in size.methods]
    tasks = [(name, found[name]().to_json(), manner, size) for name in names for manner in MANNERS]
    return list(_each(_replication_under, tasks, jobs))


def named(mechanisms: Sequence[str]) -> dict[str, Mechanism]:
    """Return mechanisms of the bench by name.

    >>> list(named(["default"]))
    ['default']
    """
    return {name: MECHANISMS[name]() for name in mechanisms}


def _each(work: Callable[[Any], Any], tasks: Sequence[Any], jobs: int) -> Iterator[Any]:
    if jobs < 2:
        yield from map(work, tasks)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(work, tasks)


# A process is sent mechanisms as their documents; what these name, it loads itself.
def _attacks_under(task: tuple[bytes, Size, int]) -> list[Played]:
    text, size, seed = task
    setting = size.setting(from_json(text))
    reference = references(setting)
    return [play_attack(setting, attack, seed, reference) for attack in attack_names()]


def _replication_under(task: tuple[str, bytes, str, Size]) -> Row:
    name, text, manner, size = task
    # Whoever appears ten times among a few makes rounds with 2^13 coalitions: less is played here.
    fewer = Size(3, 2, min(size.remembering, 8), min(size.seeds, 4), size.identities)
    return asdict(
        measure_replication(name, fewer.setting(from_json(text)), manner, size.identities, range(fewer.seeds))
    )
