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
    """How much training data each address is assigned, and how unlike others' its labels are."""

    alpha: float
    samples: int


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
    """The valuation method and its parameters."""

    name: str
    parameters: Mapping[str, float] = field(hash=False)

    def __post_init__(self) -> None:
        # The mechanism must not change with a dictionary that somebody else still holds.
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))


@dataclass(frozen=True)
class Checks:
    """What an update must pass before it is measured."""

    max_bytes: int
    max_norm: float
    duplicate_cosine: float


@dataclass(frozen=True)
class Codec:
    """How updates are compressed, and the largest share of entries that may be sent."""

    name: str
    density: float


@dataclass(frozen=True)
class Aggregation:
    """How the next model follows from the updates: base - learning_rate * mean over the positive scorers."""

    name: str
    learning_rate: float
    over: str


@dataclass(frozen=True)
class Reward:
    """Payouts are in proportion to score^power; the power is a decimal string, so that it is exact."""

    power: str
