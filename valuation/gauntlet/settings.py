"""Everything that a Gauntlet can be told, as one document."""

from dataclasses import dataclass, field

from valuation import document
from valuation.document import known, require
from valuation.gauntlet import rules
from valuation.gauntlet.exponential import check_exponent
from valuation.gauntlet.rating import RatingRule
from valuation.rewards.payouts import BASIS_POINTS, parse_power

SCHEMA = "weighhouse/gauntlet/1"


@dataclass(frozen=True)
class Settings:
    """All of a Gauntlet's parameters.

    Args:
        measurement, computation, gain, synchronisation, selection, duplicates, penalties, normalisation,
            aggregation, compression: See there.
        rating: The constants of the Plackett-Luce rating.
        caution: How many deviations are taken off the skill before it is paid: 3 as published. With 0 the
            expected skill is paid, and tenure earns nothing.
        window: How long after its opening submissions are taken, in seconds.
        schema: The version of this format.

    Raises:
        MechanismError: a value is out of range or unknown; the message begins with its path.

    >>> from_json(to_json(Settings())) == Settings()
    True
    """

    measurement: rules.Measurement = field(default_factory=rules.Measurement)
    computation: rules.Computation = field(default_factory=rules.Computation)
    gain: rules.Gain = field(default_factory=rules.Gain)
    synchronisation: rules.Synchronisation = field(default_factory=rules.Synchronisation)
    selection: rules.Selection = field(default_factory=rules.Selection)
    duplicates: rules.Duplicates = field(default_factory=rules.Duplicates)
    penalties: rules.Penalties = field(default_factory=rules.Penalties)
    normalisation: rules.Normalisation = field(default_factory=rules.Normalisation)
    aggregation: rules.Aggregation = field(default_factory=rules.Aggregation)
    compression: rules.Compression = field(default_factory=rules.Compression)
    rating: RatingRule = field(default_factory=RatingRule)
    caution: float = 0.0
    window: int = 70
    schema: str = SCHEMA

    def __post_init__(self) -> None:
        require(self.schema == SCHEMA, "schema", f"must be {SCHEMA!r}, not {self.schema!r}")
        require(0 <= self.caution <= 10, "caution", "must be from 0 to 10")
        require(self.window > 0, "window", "must be positive")
        _check_choices(self)
        _check_numbers(self)
        _check_factors(self)


def to_json(settings: Settings) -> bytes:
    """Return the canonical JSON of settings: sorted keys, no spaces, ASCII.

    >>> to_json(Settings())[:38]
    b'{"aggregation":{"count":15,"reserve":0'
    """
    return document.write(settings)


def from_json(text: bytes | str) -> Settings:
    """Return the settings that a JSON document describes; nothing may be left out of it.

    Raises:
        MechanismError: it is no JSON, a key is unknown, missing or repeated, or a value has the wrong type
            or is out of range.

    >>> from_json('{"caution": 3}')
    Traceback (most recent call last):
    valuation.errors.MechanismError: aggregation: is missing
    """
    return document.read(Settings, text)


def _check_choices(settings: Settings) -> None:
    known(settings.measurement.difference, rules.DIFFERENCES, "measurement.difference")
    known(settings.measurement.step, rules.STEPS, "measurement.step")
    known(settings.gain.floor, rules.FLOORS, "gain.floor")
    known(settings.synchronisation.statistic, rules.STATISTICS, "synchronisation.statistic")
    known(settings.selection.bin, rules.BINS, "selection.bin")
    known(settings.selection.weighting, rules.WEIGHTINGS, "selection.weighting")
    known(settings.normalisation.rule, rules.NORMALISATIONS, "normalisation.rule")
    known(settings.aggregation.rule, rules.AGGREGATIONS, "aggregation.rule")
    known(settings.compression.codec, rules.CODECS, "compression.codec")


def _check_numbers(settings: Settings) -> None:
    synchronisation, selection, normalisation = (
        settings.synchronisation,
        settings.selection,
        settings.normalisation,
    )
    require(0 < settings.measurement.share <= 1, "measurement.share", "must be above 0 and up to 1")
    document.refer("computation.power", lambda: check_exponent(settings.computation.power))
    require(-1 <= settings.computation.floor < 1, "computation.floor", "must be from -1 to below 1")
    for path, rate in (("computation", settings.computation.rate), ("gain", settings.gain.rate)):
        require(0 < rate <= 1, f"{path}.rate", "must be above 0 and up to 1")
    document.refer("synchronisation.power", lambda: check_exponent(synchronisation.power))
    require(synchronisation.coordinates > 0, "synchronisation.coordinates", "must be positive")
    require(synchronisation.most > 0, "synchronisation.most", "must be positive")
    require(synchronisation.limit >= 0, "synchronisation.limit", "must not be negative")
    require(selection.count > 0, "selection.count", "must be positive")
    require(selection.bins > 0, "selection.bins", "must be positive")
    document.refer("normalisation.power", lambda: parse_power(normalisation.power))
    require(normalisation.gathered > 1, "normalisation.gathered", "must be above 1")
    require(0 <= normalisation.reserve <= 60, "normalisation.reserve", "must be from 0 to 60")
    for name in ("reserve_share", "burned"):
        share = getattr(normalisation, name)
        require(0 <= share < BASIS_POINTS, f"normalisation.{name}", "must be from 0 to below 10000")
    require(settings.aggregation.count > 0, "aggregation.count", "must be positive")
    require(settings.aggregation.reserve >= 0, "aggregation.reserve", "must not be negative")
    require(0 < settings.compression.kept <= 4096, "compression.kept", "must be from 1 to 4096")


def _check_factors(settings: Settings) -> None:
    penalties, duplicates = settings.penalties, settings.duplicates
    for name in ("missing", "malformed", "duplicate", "desynchronised", "on_computation", "quorum"):
        require(0 <= getattr(penalties, name) <= 1, f"penalties.{name}", "must be from 0 to 1")
    require(penalties.reset_after >= 0, "penalties.reset_after", "must not be negative")
    require(0 <= duplicates.suspicion_factor <= 1, "duplicates.suspicion_factor", "must be from 0 to 1")
    for name in ("cosine", "overlap", "reset", "ban", "suspicion"):
        require(getattr(duplicates, name) > 0, f"duplicates.{name}", "must be positive")
    require(duplicates.ban_rounds >= 0, "duplicates.ban_rounds", "must not be negative")
    require(0 < duplicates.densest <= 1, "duplicates.densest", "must be above 0 and up to 1")
    require(duplicates.fewest > 0, "duplicates.fewest", "must be positive")
    require(0 <= settings.compression.decay <= 1, "compression.decay", "must be from 0 to 1")
