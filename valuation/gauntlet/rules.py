"""The parts of a Gauntlet's settings: a small record for each step of a round.

The parameters of the system in use changed with every release, so each of them is a field. What the paper
calls it stands in brackets; `valuation.gauntlet.presets` holds the published values.
"""

from dataclasses import dataclass

DIFFERENCES = ("absolute", "relative")
STEPS = ("plain", "sign", "clipped")
STATISTICS = ("mean", "median")
BINS = ("random", "rotation")
WEIGHTINGS = ("uniform", "waiting")
FLOORS = ("none", "average", "round", "both")
NORMALISATIONS = ("power", "shifted-power", "ranks")
AGGREGATIONS = ("mean", "sign", "normalised-sign", "clipped-mean-of-senders")
CODECS = ("demo", "sparseloco")


@dataclass(frozen=True)
class Measurement:
    """How a peer's loss score is measured.

    Args:
        difference: "absolute" for L0 - L1 in nats, "relative" for (L0 - L1) / L0.
        step: What is stepped along: the update ("plain"), its signs, or the update clipped to the round's
            median norm.
        share: The size of that step as a share of the learning rate (c).
    """

    difference: str = "absolute"
    step: str = "plain"
    share: float = 0.5


@dataclass(frozen=True)
class Computation:
    """Proof of computation: does the update help more on the peer's own data than elsewhere?

    Args:
        rate: Weight of the newest round in the moving average of +1 and -1 (1 - gamma).
        floor: The average from which on a peer is paid; below it the score is zero.
        power: What the average counts in the score with, a multiple of one half.
    """

    rate: float = 0.05
    floor: float = 0.2
    power: float = 1.0


@dataclass(frozen=True)
class Gain:
    """The absolute floor: who harms the model earns nothing, however bad the others are.

    Args:
        floor: Whose gain must be above `least`: that of the moving average, that of the round when it was
            measured in it, of both, or nobody's ("none", as published).
        rate: Weight of the newest round in the moving average of loss scores.
        least: The loss score that has to be exceeded.
    """

    floor: str = "both"
    rate: float = 0.1
    least: float = 0.0


@dataclass(frozen=True)
class Synchronisation:
    """How far a peer's model is behind, in steps, and what that costs.

    Args:
        coordinates: How many coordinates are compared; which ones follows from the seed.
        statistic: "mean" or "median" of the coordinates' distances.
        most: Steps that count as entirely out of step.
        power: The score's factor is (1 - steps / most)^power, a multiple of one half; 0 turns it off.
        limit: Steps from which on the penalty for being desynchronised applies.
    """

    coordinates: int = 64
    statistic: str = "median"
    most: float = 5.0
    power: float = 2.5
    limit: float = 3.0


@dataclass(frozen=True)
class Selection:
    """Who is evaluated in a round.

    Args:
        count: How many.
        bins: Into how many bins of like rating the peers are divided; one bin is evaluated a round.
        bin: Which: a "random" one, or one after the other ("rotation").
        weighting: "waiting" gives a peer a ticket for every round since it was last evaluated, "uniform" one.
    """

    count: int = 15
    bins: int = 1
    bin: str = "random"
    weighting: str = "waiting"


@dataclass(frozen=True)
class Duplicates:
    """When two updates are too alike; thresholds above 1 are never reached.

    Args:
        cosine: From this cosine of the decoded updates on, the later commitment is a copy and refused.
        overlap: From this overlap of the transmitted positions on, likewise. Overlaps count beyond chance.
        reset: From this overlap on, the copier starts anew.
        ban: From this overlap on, it is also excluded for `ban_rounds`.
        ban_rounds: For how long.
        suspicion: From this overlap on, the score is multiplied by `suspicion_factor`.
        suspicion_factor: Half, as published, or 1 for nothing.
        densest: Positions are compared of updates that send at most this share of their entries: the more
            is sent, the more honest peers agree on.
        fewest: And at least so many entries: a few agree by accident.
    """

    cosine: float = 0.99
    overlap: float = 0.9
    reset: float = 2.0
    ban: float = 2.0
    ban_rounds: int = 0
    suspicion: float = 2.0
    suspicion_factor: float = 1.0
    densest: float = 0.1
    fewest: int = 256


@dataclass(frozen=True)
class Penalties:
    """Factors, from 0 to 1, that a round's score is multiplied with, each at most once.

    Args:
        missing: For each round in a row without a submission in the window.
        reset_after: Rounds without a submission after which a peer starts anew; 0 is never.
        malformed: For a submission that was refused.
        duplicate: For a copy.
        desynchronised: For being `Synchronisation.limit` steps behind, or reporting nothing.
        on_computation: What missing and desynchronised peers' average of `Computation` is multiplied with,
            for good; 1 for nothing.
        quorum: The share of the peers whose submissions must have been reached before anybody is taken to be
            missing: an evaluator's own outage punishes nobody.
    """

    missing: float = 0.0
    reset_after: int = 10
    malformed: float = 0.0
    duplicate: float = 0.0
    desynchronised: float = 0.75
    on_computation: float = 1.0
    quorum: float = 0.5


@dataclass(frozen=True)
class Normalisation:
    """From scores to shares.

    Args:
        rule: "power": score^power; "shifted-power": (score - least score)^power, as in the paper; "ranks":
            a fixed schedule by rank.
        power: A decimal string, as in a mechanism's reward rule.
        gathered: For "ranks": how many get shares falling evenly from 2 to 1.
        reserve: For "ranks": how many after them get shares that halve from one to the next.
        reserve_share: For "ranks": the reserve's part, at most, in basis points.
        burned: The part that goes to nobody, in basis points.
    """

    rule: str = "power"
    power: str = "2"
    gathered: int = 20
    reserve: int = 10
    reserve_share: int = 2500
    burned: int = 0


@dataclass(frozen=True)
class Aggregation:
    """How the next model follows from the updates of the best.

    Args:
        rule: "mean"; "sign" of the sum; "normalised-sign", of the sum of updates of length one; or
            "clipped-mean-of-senders": clipped to the median norm, each entry averaged over those who sent it.
        count: How many of the best are aggregated (G).
        reserve: How many more stand by.
    """

    rule: str = "mean"
    count: int = 15
    reserve: int = 0


@dataclass(frozen=True)
class Compression:
    """How updates are compressed.

    Args:
        codec: "demo" (blocks of cosine components) or "sparseloco" (two-bit values, packed).
        kept: Entries kept of every 4,096.
        decay: What is left of the error feedback, or momentum, after a round.
    """

    codec: str = "sparseloco"
    kept: int = 64
    decay: float = 0.95
