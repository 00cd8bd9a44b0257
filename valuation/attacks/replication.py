"""What it pays to appear several times: one trainer's update, or data, under k addresses instead of one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from valuation.attacks.behaviour import Attack, Moment, Update
from valuation.attacks.bench import interval
from valuation.attacks.catalogue import parts
from valuation.attacks.game import Setting, play
from valuation.attacks.mechanisms import MECHANISMS, unchecked
from valuation.mechanism import METHODS, Mechanism, default_mechanism

ALLOWED = 1.05
"""More than this for splitting, and a mechanism is open to it."""


def same_update(moment: Moment) -> Update:
    """Train once, on what the first identity was assigned, and submit that under every address."""
    return replace(moment, address=moment.addresses[0]).train()


MANNERS: Mapping[str, Callable[[Moment], Update]] = MappingProxyType(
    {"same update": same_update, "same data in parts": parts}
)
"""The two ways to appear k times."""


@dataclass(frozen=True)
class Replication:
    """What splitting comes to under a mechanism, on average over seeds.

    Args:
        mechanism: Its name.
        manner: One of `MANNERS`.
        identities: How many addresses (k).
        gain: The pay of all of them over that of one address; 1 is no gain.
        low, high: The ends of its 95 % interval.
        per_stake: The same for each token of stake, of which every address needs as much.
        open: The gain is above 1.05.
    """

    mechanism: str
    manner: str
    identities: int
    gain: float
    low: float
    high: float
    per_stake: float
    open: bool


def measure_replication(
    name: str, setting: Setting, manner: str, identities: int, seeds: Sequence[int]
) -> Replication:
    """Play with one address and with k, once a seed each, and compare what they earn.

    >>> from valuation.problem import problem_of
    >>> setting = Setting(problem_of(default_mechanism()), honest=2, rounds=1)
    >>> measure_replication("default", setting, "same update", identities=2, seeds=[0]).gain
    1.0
    """
    act = MANNERS[manner]

    def pay(count: int, seed: int) -> int:
        return play(setting, Attack(manner, (16,), manner, act, identities=count), seed).attackers_pay()

    gains = []
    for seed in seeds:
        alone = pay(1, seed)
        gains.append(pay(identities, seed) / alone if alone else 0.0)
    mean, low, high = interval(np.array(gains))
    return Replication(name, manner, identities, mean, low, high, mean / identities, mean > ALLOWED)


def candidates() -> Mapping[str, Callable[[], Mechanism]]:
    """Return the mechanisms whose replication is measured: the default, every method bare, and the counters.

    A method is bare without any check, so that its own answer is seen. `shapley-design` is left out: it needs
    a published design, and estimates what `shapley-exact` computes.

    >>> [name for name in candidates() if name.startswith("shapley-exact")]
    ['shapley-exact', 'shapley-exact, score^2', 'shapley-exact, score^4']
    """

    def bare(method: str, power: str = "1") -> Callable[[], Mechanism]:
        return lambda: unchecked(default_mechanism(method=method, power=power))

    found: dict[str, Callable[[], Mechanism]] = {"default": default_mechanism}
    for method in METHODS:
        if method != "shapley-design":
            found[method] = bare(method)
    for power in ("2", "4"):
        found[f"shapley-exact, score^{power}"] = bare("shapley-exact", power)
    originals = {name: build for name, build in MECHANISMS.items() if name.startswith("gauntlet-")}
    return MappingProxyType(found | originals)
