"""Mechanisms to start from, by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from valuation.mechanism import Mechanism, default_mechanism


@dataclass(frozen=True)
class Preset:
    """A mechanism to start from.

    Attributes:
        meaning: for whom it is, in a sentence.
        build: makes it; its data come with scikit-learn.
    """

    meaning: str
    build: Callable[[], Mechanism]


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "small": Preset(
            "Up to 16 trainers: exact Shapley values; every score and payout can be proved on chain.",
            default_mechanism,
        ),
        "many": Preset(
            "Up to 256 trainers: Shapley values by permutations that the seed draws; can be proved on chain.",
            lambda: default_mechanism(method="shapley-sampled"),
        ),
        "cheap": Preset(
            "Up to 256 trainers at four losses each: by how much each alone helps; can be proved on chain.",
            lambda: default_mechanism(method="loss-delta"),
        ),
        "long": Preset(
            "A long run with open membership: Gauntlet's ratings, with what its attackers found mended.",
            lambda: default_mechanism(method="gauntlet"),
        ),
        "vertical": Preset(
            "Four trainers who hold different features of the same samples: VerFedSV.",
            lambda: default_mechanism(method="verfedsv"),
        ),
    }
)
"""The presets, each built when it is asked for: the data need an extra."""
