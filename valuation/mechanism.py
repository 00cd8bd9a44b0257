"""The mechanism: one document that names everything a score and a payout depend on.

Its canonical JSON is hashed on chain when a project is created. Same mechanism, same submissions, same seed:
same payouts. A document that is not understood to the last key is refused, because a rule that somebody
overlooked would pay wrongly.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from valuation import designs, document, json_text
from valuation.document import require
from valuation.federated.method import no_limit
from valuation.federated.registry import methods
from valuation.gauntlet.presets import preset
from valuation.gauntlet.settings import Settings
from valuation.integrity import aggregation as rules_of_aggregation
from valuation.models import digits, registry
from valuation.models.dataset import digest
from valuation.models.protocol import Model
from valuation.models.vertical import party_blocks
from valuation.parameters import Allowed, Value, allows, shown, wanted
from valuation.rewards.payouts import BASIS_POINTS, parse_power
from valuation.rules import (
    Aggregation,
    Assignment,
    Checks,
    Codec,
    Evaluation,
    Method,
    ModelRule,
    Reward,
    Training,
)

SCHEMA = "weighhouse/mechanism/1"
CODECS = ("top-k",)
GAUNTLET = "gauntlet"
AGGREGATIONS = (*rules_of_aggregation.RULES, GAUNTLET)
AGGREGATION_PARAMETERS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"trim": (0, 0.49), "byzantine": (0, 1000), "chosen": (1, 1000), "dimension": (1, 1000)}
)
"""The range of each parameter that an aggregation rule may have, the ends included."""
RECIPIENTS = ("positive",)
MAX_SAMPLES = 2**31 - 1
MAX_RATIO = 1e6
MAX_DECOYS = 10_000


@dataclass(frozen=True)
class MethodRule:
    """What a mechanism may say about a valuation method.

    Args:
        max_peers: The most peers that a round can value, whatever the parameters.
        parameters: What each parameter may be.
        required: Every parameter has to be given; otherwise one that is not takes the method's own default.
        together: Parameters that are given together or not at all.
        limit: From the parameters to the most peers that they allow, None without a limit.
        remembers: The method may look at earlier rounds.
        vertical: Trainers hold features, and their updates add up; otherwise they hold samples.
        provable: Scores follow from the agreed utilities by steps that a contract can check one by one.

    >>> METHODS["shapley-exact"].max_peers, METHODS["mr-shapley"].max_peers
    (16, 16)
    """

    max_peers: int
    parameters: Mapping[str, Allowed]
    required: bool = True
    together: tuple[str, ...] = ()
    limit: Callable[[Mapping[str, Value]], int | None] = no_limit
    remembers: bool = False
    vertical: bool = False
    provable: bool = False


MAX_PEERS = 256
"""The most peers that a round can value by a method that sets no limit of its own."""

MAX_HISTORY = 100
"""The most earlier rounds that a method may look at: each is measured again in every round that does."""


def _places(parameters: Mapping[str, Value]) -> int:
    return int(parameters["players"])


def _rules() -> dict[str, MethodRule]:
    by_name = {
        name: MethodRule(
            spec.assumptions.maximum_peers or MAX_PEERS,
            spec.ranges,
            required=False,
            together=spec.together,
            limit=spec.limit,
            remembers=spec.remembers,
            vertical=spec.vertical,
        )
        for name, spec in methods().items()
    }
    return by_name | {
        "shapley-exact": MethodRule(16, MappingProxyType({}), provable=True),
        "shapley-sampled": MethodRule(
            MAX_PEERS, MappingProxyType({"permutations": range(1, 4097)}), provable=True
        ),
        "shapley-design": MethodRule(
            MAX_PEERS,
            MappingProxyType(
                {
                    "players": range(2, designs.MOST_PLAYERS + 1),
                    "coalitions": range(2, designs.MOST_COALITIONS + 1),
                }
            ),
            limit=_places,
            provable=True,
        ),
        "loss-delta": MethodRule(MAX_PEERS, MappingProxyType({"step": (0.01, 0.99)}), provable=True),
        GAUNTLET: MethodRule(MAX_PEERS, MappingProxyType({})),
    }


METHODS: Mapping[str, MethodRule] = MappingProxyType(_rules())
"""The methods that can be named.

Evaluators of the provable ones commit to utilities, from which scores follow in integers, and those of
`gauntlet` to losses; of all others to the scores themselves (`valuation.federated.as_scores`). The
`permutations` of `shapley-sampled` are drawn by the round's seed; `shapley-design` names a published design
of so many `players` and `coalitions` (`valuation.designs`). The `step` of `loss-delta` is Gauntlet's c: the
measured step is c times the learning rate. What `gauntlet` can be told is in the mechanism's own part of that
name.
"""

PROVABLE_POWERS = ("1", "2", "3", "4")
"""Powers of scores that a contract computes exactly."""


@dataclass(frozen=True)
class Mechanism:
    """A project's rules.

    Args:
        model: The model that is trained.
        training: The training data and its assignment.
        evaluation: The evaluation data.
        method: The valuation method.
        checks: The integrity checks.
        codec: The compression of updates.
        aggregation: The aggregation rule.
        reward: The reward rule.
        tolerance: How far an evaluator may be from the agreed utilities, in nano-nats, and still be paid.
        outer_tolerance: How far it may be before its stake is at risk.
        evaluator_share: The evaluators' part of a round's budget, in basis points.
        gauntlet: The Gauntlet's settings, where that is the method; its reward and aggregation rules hold
            then. Its compression and window do not: those are the codec's and the chain's.
        verifiable: Whether every score and payout can be proved wrong on chain when it is. Follows from the
            method and the reward rule (`is_provable`), whatever is given here; a document may say it, and
            must then be right.
        schema: The version of this format.

    Raises:
        MechanismError: a value is out of range or names something unknown; the message begins with its path.

    >>> mechanism = default_mechanism()
    >>> from_json(mechanism.to_json()) == mechanism
    True
    """

    model: ModelRule
    training: Training
    evaluation: Evaluation
    method: Method
    checks: Checks
    codec: Codec
    aggregation: Aggregation
    reward: Reward
    tolerance: int
    outer_tolerance: int
    evaluator_share: int
    gauntlet: Settings | None = None
    verifiable: bool | None = None
    schema: str = SCHEMA

    def __post_init__(self) -> None:
        require(self.schema == SCHEMA, "schema", f"must be {SCHEMA!r}, not {self.schema!r}")
        document.refer("model", lambda: build_model(self).layout)
        _check_data(self)
        _check_method(self.method)
        checks, codec, aggregation = self.checks, self.codec, self.aggregation
        require(checks.max_bytes > 0, "checks.max_bytes", "must be positive")
        require(checks.max_norm > 0, "checks.max_norm", "must be positive")
        require(0 < checks.duplicate_cosine <= 2, "checks.duplicate_cosine", "must be above 0 and up to 2")
        require(not 0 < checks.norm_ratio <= 1 <= MAX_RATIO, "checks.norm_ratio", "must be above 1, or 0")
        require(0 <= checks.norm_ratio <= MAX_RATIO, "checks.norm_ratio", f"must be from 0 to {MAX_RATIO}")
        require(0 <= checks.decoys <= MAX_DECOYS, "checks.decoys", f"must be from 0 to {MAX_DECOYS}")
        possible = 0 < checks.chance < 1 and checks.chance * (1 + checks.decoys) >= (checks.decoys > 0)
        require(possible, "checks.chance", "must be below 1 and at least 1 / (1 + decoys)")
        document.known(codec.name, CODECS, "codec.name")
        require(0 < codec.density <= 1, "codec.density", "must be above 0 and up to 1")
        _check_aggregation(aggregation)
        _check_split(self)
        require(aggregation.learning_rate > 0, "aggregation.learning_rate", "must be positive")
        document.known(aggregation.over, RECIPIENTS, "aggregation.over")
        document.refer("reward.power", lambda: parse_power(self.reward.power))
        require(0 <= self.tolerance < 2**46, "tolerance", "must be from 0 to below 2**46 nano-nats")
        require(
            self.tolerance <= self.outer_tolerance < 2**46,
            "outer_tolerance",
            "must be from the tolerance to below 2**46 nano-nats",
        )
        require(0 <= self.evaluator_share <= BASIS_POINTS, "evaluator_share", "must be from 0 to 10000")
        _check_gauntlet(self)
        # What a changed copy was made from says nothing about the copy.
        object.__setattr__(self, "verifiable", is_provable(self.method.name, self.reward.power))

    def to_json(self) -> bytes:
        """Return the canonical JSON: sorted keys, no spaces, ASCII; what the chain's policy hash is taken of.

        >>> default_mechanism().to_json()[:60]
        b'{"aggregation":{"learning_rate":1.0,"name":"mean","over":"po'
        """
        return document.write(self)


def from_json(text: bytes | str) -> Mechanism:
    """Return the mechanism that a JSON document describes; it need not be in canonical form.

    Raises:
        MechanismError: it is not JSON, a key is unknown, missing or repeated, or a value has the wrong type,
            is out of range or names something unknown; the message begins with the value's path.

    >>> from_json('{"schema": "weighhouse/mechanism/1"}')
    Traceback (most recent call last):
    valuation.errors.MechanismError: aggregation: is missing
    """
    found = document.read(Mechanism, text)
    stated = json_text.parse(text).get("verifiable", found.verifiable)
    about = f"{found.method.name} and power {found.reward.power}"
    require(stated == found.verifiable, "verifiable", f"is {str(found.verifiable).lower()} for {about}")
    return found


def is_provable(method: str, power: str) -> bool:
    """Return whether a contract can check scores by this method and payouts by this power of them.

    >>> is_provable("shapley-exact", "2"), is_provable("shapley-exact", "1.5"), is_provable("mr-shapley", "1")
    (True, False, False)
    """
    return METHODS[method].provable and power in PROVABLE_POWERS


def max_peers(mechanism: Mechanism) -> int:
    """Return the most peers that a round can value by a mechanism's method with its parameters.

    >>> max_peers(default_mechanism(method="fedsv"))
    16
    """
    rule = METHODS[mechanism.method.name]
    limit = rule.limit(mechanism.method.parameters)
    return rule.max_peers if limit is None else min(rule.max_peers, limit)


def build_model(mechanism: Mechanism) -> Model:
    """Return the model that a mechanism names.

    >>> build_model(default_mechanism()).layout.size
    650
    """
    rule = mechanism.model
    return registry.build(rule.name, rule.features, rule.classes, rule.hidden)


_PARTIES = 4
_DEFAULT_PARAMETERS: Mapping[str, Mapping[str, Value]] = MappingProxyType(
    {
        "loss-delta": {"step": 0.5},
        "shapley-sampled": {"permutations": 200},
        # Without it, hardly any round is a game that these methods can value.
        "time-aware-cumulation": {"transform": "dual-cover"},
        "time-aware-valuation": {"transform": "dual-cover"},
    }
)


def default_mechanism(
    *,
    method: str = "shapley-exact",
    alpha: float = 10.0,
    samples: int = 200,
    evaluator_share: int = 1000,
    power: str = "1",
    design: designs.IntegerDesign | None = None,
    version: str = "weighhouse",
    decoys: int = 199,
) -> Mechanism:
    """Return the mechanism of a small real project: softmax regression on the digits.

    Under a method for vertical splits, four trainers hold a quarter of the pixels each, and a step goes a
    quarter of the sum of their updates: as far as is sure not to be worse than their steps are on average,
    the loss being convex. Whose update has which length, and what it does by itself, says nothing there.

    `shapley-design` needs the design, whose bytes have to be published beside the mechanism. The method
    `gauntlet` takes the settings of a published `version` (`valuation.gauntlet.presets`), by default our own,
    and its power. Without `decoys` nobody has to have computed anything.

    Raises:
        MechanismError: an argument is out of range, or the method unknown.
        InputError: there is no such version.
        MissingExtraError: scikit-learn, which brings the digits, is not installed.

    >>> default_mechanism(method="loss-delta").method.parameters["step"]
    0.5
    """
    train, validation = digits.train_and_validation()
    vertical = method in METHODS and METHODS[method].vertical
    settings = preset(version) if method == GAUNTLET else None
    aggregation = GAUNTLET if settings else "sum" if vertical else "mean"
    return Mechanism(
        model=ModelRule("softmax", features=64, classes=10),
        training=Training(
            "digits", digest(train), Assignment(alpha, samples, _PARTIES if vertical else None)
        ),
        evaluation=Evaluation("digits", digest(validation), samples=400),
        method=Method(method, _DEFAULT_PARAMETERS.get(method, {}))
        if design is None
        else _by_design(method, design),
        checks=Checks(
            max_bytes=65_536,
            max_norm=10.0,
            duplicate_cosine=0.99,
            norm_ratio=0.0 if vertical else 2.0,
            decoys=0 if vertical else decoys,
            chance=0.01,
        ),
        codec=Codec("top-k", density=0.2),
        aggregation=Aggregation(aggregation, 1 / _PARTIES if vertical else 1.0, "positive", parameters={}),
        reward=Reward(settings.normalisation.power if settings else power),
        tolerance=1000,
        outer_tolerance=1_000_000,
        evaluator_share=evaluator_share,
        gauntlet=settings,
    )


def _by_design(method: str, design: designs.IntegerDesign) -> Method:
    m, n = design.coalitions.shape
    return Method(method, {"players": n, "coalitions": m}, design=sha256(design.to_bytes()).hexdigest())


def _check_data(mechanism: Mechanism) -> None:
    for path, rule in (("training", mechanism.training), ("evaluation", mechanism.evaluation)):
        document.known(rule.dataset, registry.DATASETS, f"{path}.dataset")
        require(_is_digest(rule.digest), f"{path}.digest", "must be a hex sha256")
    assignment = mechanism.training.assignment
    require(1e-6 <= assignment.alpha <= 1e6, "training.assignment.alpha", "must be from 1e-6 to 1e6")
    require(0 < assignment.samples <= MAX_SAMPLES, "training.assignment.samples", "must be positive")
    require(0 < mechanism.evaluation.samples <= MAX_SAMPLES, "evaluation.samples", "must be positive")


def _check_split(mechanism: Mechanism) -> None:
    """Check that method, split and aggregation mean the same thing by an update."""
    method, parties = mechanism.method.name, mechanism.training.assignment.parties
    vertical, aggregation = METHODS[method].vertical, mechanism.aggregation.name
    path = "training.assignment.parties"
    require(vertical or parties is None, path, f"{method} values trainers who hold samples, not features")
    fits = vertical == (aggregation == "sum")
    needed = "'sum'" if vertical else "another rule"
    require(fits, "aggregation.name", f"{method} needs {needed}, not {aggregation!r}")
    if not vertical:
        return
    require(parties is not None, path, f"is missing: {method} values trainers who hold features")
    most = max_peers(mechanism)
    require(1 <= (parties or 0) <= most, path, f"must be between 1 and {most}")
    document.refer(path, lambda: party_blocks(build_model(mechanism), bytes(32), parties or 0))


def _check_method(method: Method) -> None:
    document.known(method.name, METHODS, "method.name")
    rule, given = METHODS[method.name], method.parameters
    for name in given:
        document.known(name, rule.parameters, "method.parameters")
    for name, allowed in rule.parameters.items():
        path = f"method.parameters.{name}"
        if name not in given:
            company = name in rule.together and any(other in given for other in rule.together)
            require(not rule.required and not company, path, "is missing")
            continue
        require(allows(allowed, given[name]), path, f"must be {wanted(allowed)}, not {shown(given[name])}")
    if method.history is not None:
        require(rule.remembers, "method.history", f"{method.name} values each round by itself")
        require(1 <= method.history <= MAX_HISTORY, "method.history", f"must be between 1 and {MAX_HISTORY}")
    if method.name == "shapley-design":
        require(method.design is not None, "method.design", "is missing")
        require(_is_digest(method.design or ""), "method.design", "must be a hex sha256")
    else:
        require(method.design is None, "method.design", f"says nothing to {method.name}")


def _is_digest(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def _check_aggregation(rule: Aggregation) -> None:
    document.known(rule.name, AGGREGATIONS, "aggregation.name")
    expected = () if rule.name == GAUNTLET else rules_of_aggregation.parameters_of(rule.name)
    for name in rule.parameters:
        document.known(name, expected, "aggregation.parameters")
    for name in expected:
        path, (low, high) = f"aggregation.parameters.{name}", AGGREGATION_PARAMETERS[name]
        require(name in rule.parameters, path, "is missing")
        value = rule.parameters[name]
        require(low <= value <= high, path, f"must be between {low} and {high}")
        require(name == "trim" or value == int(value), path, "must be a whole number")


def _check_gauntlet(mechanism: Mechanism) -> None:
    """A Gauntlet brings its own rules of payment and aggregation: the others must not say anything else."""
    named, settings = mechanism.method.name == GAUNTLET, mechanism.gauntlet
    require(named == (settings is not None), "gauntlet", "goes with the method of that name")
    require(
        named == (mechanism.aggregation.name == GAUNTLET), "aggregation.name", "goes with the method gauntlet"
    )
    if settings is not None:
        power = settings.normalisation.power
        require(mechanism.reward.power == power, "reward.power", f"must be the Gauntlet's, {power!r}")
