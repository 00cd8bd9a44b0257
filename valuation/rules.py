"""The parts of a mechanism, as plain records; `valuation.mechanism` checks them together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class ModelRule:
    """The model that is trained, by its name in `valuation.models.registry`, and its sizes."""

    name: str
    features: int
    classes: int
    hidden: int | None = None


@dataclass(frozen=True)
class Assignment:
    """How much training data each address is assigned, and how unlike others' its labels are.

    With `parties`, the split is vertical: the first so many trainers who registered hold a part of the
    features each, and all are assigned the same samples.
    """

    alpha: float
    samples: int
    parties: int | None = None


@dataclass(frozen=True)
class Training:
    """The training data, by name and digest, and who trains on which part."""

    dataset: str
    digest: str
    assignment: Assignment


@dataclass(frozen=True)
class Evaluation:
    """The data that models are measured on; each round's seed draws `samples` of it."""

    dataset: str
    digest: str
    samples: int


@dataclass(frozen=True)
class Method:
    """The valuation method, its parameters, and how many earlier rounds it looks at beside the round itself.

    The earlier rounds are those whose header stands, under the same mechanism, the latest first. A design is
    named by the sha256 of its bytes, in hex.
    """

    name: str
    parameters: Mapping[str, float | str] = field(hash=False)
    history: int | None = None
    design: str | None = None

    def __post_init__(self) -> None:
        # The mechanism must not change with a dictionary that somebody else still holds.
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))


@dataclass(frozen=True)
class Checks:
    """What an update must pass before it is measured (`valuation.scoring.acceptance`).

    `duplicate_cosine` is the cosine from which an update is a copy of an earlier one; above 1, none is.
    `norm_ratio` is how many times the round's usual norm an update's may be at most; accepted ones are
    scaled down to the usual norm (`valuation.integrity.clipping`). `decoys` sets of data are drawn for the
    proof of computation, which an update passes that would do as well on its sender's data by a chance of at
    most `chance` (`valuation.integrity.computation`). 0 turns either off.
    """

    max_bytes: int
    max_norm: float
    duplicate_cosine: float
    norm_ratio: float
    decoys: int
    chance: float


@dataclass(frozen=True)
class Codec:
    """How updates are compressed, and the largest share of entries that may be sent."""

    name: str
    density: float


@dataclass(frozen=True)
class Aggregation:
    """How the next model follows: base - learning_rate * what a rule makes of the updates of some.

    The rule is one of `valuation.integrity.aggregation`, with its parameters, or "gauntlet": as the
    mechanism's Gauntlet says.
    """

    name: str
    learning_rate: float
    over: str
    parameters: Mapping[str, float] = field(hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))


@dataclass(frozen=True)
class Reward:
    """Payouts are in proportion to score^power; the power is a decimal string, so that it is exact."""

    power: str
