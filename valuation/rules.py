"""The parts of a mechanism, as plain records; `valuation.mechanism` checks them together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class ModelRule:
    """The model that is trained.

    Args:
        name: Its name in `valuation.models.registry`.
        features: Numbers in an input; for a transformer, the length of its context.
        classes: What it tells apart; for a transformer, the size of its alphabet.
        hidden: Its width, for models that have one.
    """

    name: str
    features: int
    classes: int
    hidden: int | None = None


@dataclass(frozen=True)
class Assignment:
    """How much training data each address is assigned, and how unlike others' its labels are.

    Args:
        alpha: Of the Dirichlet distribution that an address's labels are drawn by: 0.1 gives each a few of
            them, 1000 everybody all alike.
        samples: How many samples an address is assigned in a round.
        parties: Makes the split vertical: the first so many trainers who registered hold a part of the
            features each, and all are assigned the same samples.
    """

    alpha: float
    samples: int
    parties: int | None = None


@dataclass(frozen=True)
class Training:
    """The training data, and who trains on which part.

    Args:
        dataset: Its name in `valuation.models.registry`.
        digest: Its sha256, in hex: other data by the same name are refused.
        assignment: Who trains on which part.
    """

    dataset: str
    digest: str
    assignment: Assignment


@dataclass(frozen=True)
class Evaluation:
    """The data that models are measured on; nobody is to train on it.

    Args:
        dataset: Its name in `valuation.models.registry`.
        digest: Its sha256, in hex.
        samples: How many of it a round's seed draws.
    """

    dataset: str
    digest: str
    samples: int


@dataclass(frozen=True)
class Method:
    """The valuation method.

    Args:
        name: One of `valuation.mechanism.METHODS`.
        parameters: What it can be told.
        history: How many earlier rounds it looks at beside the round itself: the latest whose header stands,
            under the same mechanism.
        design: The sha256 of the design's bytes, in hex, for methods that want one.
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

    Args:
        max_bytes: The most bytes that a published update may have.
        max_norm: The largest Euclidean norm that an update may have.
        duplicate_cosine: The cosine from which an update is a copy of an earlier one; above 1, none is.
        norm_ratio: How many times the round's usual norm an update's may be at most; accepted ones are scaled
            down to the usual norm (`valuation.integrity.clipping`). 0 turns it off.
        decoys: How many sets of data are drawn for the proof of computation: does the update do better on its
            sender's data than on others (`valuation.integrity.computation`)? 0 turns it off.
        chance: By which chance an update that was not computed from its sender's data may pass that proof.
    """

    max_bytes: int
    max_norm: float
    duplicate_cosine: float
    norm_ratio: float
    decoys: int
    chance: float


@dataclass(frozen=True)
class Codec:
    """How updates are compressed.

    Args:
        name: One of `valuation.mechanism.CODECS`.
        density: The largest share of entries that may be sent, up to 1.
    """

    name: str
    density: float


@dataclass(frozen=True)
class Aggregation:
    """How the next model follows: base - learning_rate * what a rule makes of the updates of some.

    Args:
        name: A rule of `valuation.integrity.aggregation`, or "gauntlet": as the mechanism's Gauntlet says.
        learning_rate: How far the model goes along what the rule makes of the updates.
        over: Whose updates are taken: "positive" is of those with a score above 0.
        parameters: What the rule can be told.
    """

    name: str
    learning_rate: float
    over: str
    parameters: Mapping[str, float] = field(hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))


@dataclass(frozen=True)
class Reward:
    """Payouts are in proportion to score^power.

    Args:
        power: A decimal string, so that it is exact. Above 1 the best get more than in proportion, and it
            pays to join forces; below 1 it pays to split.
    """

    power: str
