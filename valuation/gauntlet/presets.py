"""The published versions of Gauntlet as settings, and our own.

The paper's constants are those of the paper where it states them and of the code of the same week where it
does not. What the presets cannot bring back are defects that are no parameters: copies are compared before
the rating and not after it, nobody's later look-alike frames an earlier one, ties make no skill, an
evaluator's own outage punishes nobody, a negative score is never multiplied into a better one, and
coordinates follow from the seed.
"""

from collections.abc import Mapping
from types import MappingProxyType

from valuation.errors import InputError
from valuation.gauntlet import rules
from valuation.gauntlet.rating import RatingRule
from valuation.gauntlet.settings import Settings

_RATING = RatingRule(beta=7.0, drift=0.1, ties="textbook")
_COMPUTATION = rules.Computation(rate=0.05, floor=0.0)
_NO_FLOOR = rules.Gain(floor="none")
_DEMO = rules.Compression(codec="demo", kept=32, decay=0.999)
_NEVER = rules.Duplicates(cosine=2.0, overlap=2.0)

PAPER = Settings(
    measurement=rules.Measurement(difference="absolute", step="sign", share=0.2),
    computation=_COMPUTATION,
    gain=_NO_FLOOR,
    synchronisation=rules.Synchronisation(statistic="mean", power=0.0),
    selection=rules.Selection(count=5, bins=1, weighting="uniform"),
    duplicates=_NEVER,
    penalties=rules.Penalties(missing=0.75, reset_after=0, malformed=0.75, quorum=0.0),
    normalisation=rules.Normalisation(rule="shifted-power", power="2"),
    aggregation=rules.Aggregation(rule="normalised-sign", count=15),
    compression=_DEMO,
    rating=_RATING,
    caution=3.0,
    window=10,
)
"""arXiv 2505.21684, May 2025."""

V0_2_84 = Settings(
    measurement=rules.Measurement(difference="relative", step="sign", share=0.2),
    computation=_COMPUTATION,
    gain=_NO_FLOOR,
    synchronisation=rules.Synchronisation(statistic="mean"),
    selection=rules.Selection(count=4, bins=5, bin="rotation"),
    duplicates=_NEVER,
    penalties=rules.Penalties(missing=0.75, reset_after=25, on_computation=0.75, quorum=0.0),
    normalisation=rules.Normalisation(rule="power", power="2"),
    aggregation=rules.Aggregation(rule="sign", count=15),
    compression=_DEMO,
    rating=_RATING,
    caution=3.0,
    window=10,
)
"""The code two weeks before the paper."""

V2_1_3 = Settings(
    measurement=rules.Measurement(difference="relative", step="clipped", share=0.2),
    computation=_COMPUTATION,
    gain=_NO_FLOOR,
    synchronisation=rules.Synchronisation(statistic="median"),
    selection=rules.Selection(count=15, bins=5, bin="random"),
    duplicates=rules.Duplicates(
        cosine=2.0,
        overlap=0.5,
        reset=0.5,
        ban=0.6,
        ban_rounds=200,
        suspicion=0.4,
        suspicion_factor=0.5,
        fewest=1,
    ),
    penalties=rules.Penalties(missing=0.75, reset_after=3, on_computation=0.75, quorum=0.0),
    normalisation=rules.Normalisation(rule="ranks", burned=5000),
    aggregation=rules.Aggregation(rule="clipped-mean-of-senders", count=20, reserve=10),
    compression=rules.Compression(codec="sparseloco", kept=64, decay=0.95),
    rating=_RATING,
    caution=3.0,
    window=70,
)
"""The code of September 2025."""

PRESETS: Mapping[str, Settings] = MappingProxyType(
    {"paper": PAPER, "v0.2.84": V0_2_84, "v2.1.3": V2_1_3, "weighhouse": Settings()}
)
"""The settings by name; "weighhouse" is the default, with the defects mended."""


def preset(name: str) -> Settings:
    """Return the settings of a published version, the paper's (2505.21684) or the code's, or our own.

    Raises:
        InputError: there is no such version.

    >>> preset("paper").normalisation.rule
    'shifted-power'
    """
    if name not in PRESETS:
        raise InputError(f"no Gauntlet is called {name!a}; known: {', '.join(PRESETS)}")
    return PRESETS[name]
