"""The mechanism: one document that names everything a score and a payout depend on.

Its canonical JSON is hashed on chain when a project is created. Same mechanism, same submissions, same seed:
same payouts. A document that is not understood to the last key is refused, because a rule that somebody
overlooked would pay wrongly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from valuation import document
from valuation.document import require
from valuation.federated.registry import methods
from valuation.models import digits, registry
from valuation.models.dataset import digest
from valuation.models.protocol import Model
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
AGGREGATIONS = ("mean",)
RECIPIENTS = ("positive",)
MAX_SAMPLES = 2**31 - 1


@dataclass(frozen=True)
class MethodRule:
    """What a mechanism may say about a valuation method.

    Args:
        max_peers: The most peers that a round can value.
        parameters: Each parameter's range (low, high), the ends included.
        required: Every parameter has to be given; otherwise one that is not takes the method's own default.

    >>> METHODS["shapley-exact"].max_peers, METHODS["mr-shapley"].max_peers
    (16, 16)
    """

    max_peers: int
    parameters: Mapping[str, tuple[float, float]]
    required: bool = True


NEED_MORE_THAN_A_ROUND = ("time-aware-cumulation", "time-aware-valuation", "verfedsv")
"""Methods that say nothing about one round of updates: they need the times at which peers joined, or a
vertical split of the data. A mechanism that named one would pay nobody."""

MAX_PEERS = 256
"""The most peers that a round can value by a method that sets no limit of its own."""


def _rules() -> dict[str, MethodRule]:
    by_name = {
        name: MethodRule(spec.assumptions.maximum_peers or MAX_PEERS, spec.ranges, required=False)
        for name, spec in methods().items()
        if name not in NEED_MORE_THAN_A_ROUND
    }
    return by_name | {
        "shapley-exact": MethodRule(16, MappingProxyType({})),
        "loss-delta": MethodRule(MAX_PEERS, MappingProxyType({"step": (0.01, 0.99)})),
    }


METHODS: Mapping[str, MethodRule] = MappingProxyType(_rules())
"""The methods that can be named.

Evaluators of `shapley-exact` and `loss-delta` commit to utilities, from which scores follow in integers; of
all others to the scores themselves (`valuation.federated.as_scores`). The `step` of `loss-delta` is
Gauntlet's c: the measured step is c times the learning rate.
"""


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
        evaluator_share: The evaluators' part of a round's budget, in basis points.
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
    evaluator_share: int
    schema: str = SCHEMA

    def __post_init__(self) -> None:
        require(self.schema == SCHEMA, "schema", f"must be {SCHEMA!r}, not {self.schema!r}")
        document.refer("model", lambda: build_model(self).layout)
        _check_data(self)
        _check_method(self.method)
        checks, codec, aggregation = self.checks, self.codec, self.aggregation
        require(checks.max_bytes > 0, "checks.max_bytes", "must be positive")
        require(checks.max_norm > 0, "checks.max_norm", "must be positive")
        require(0 < checks.duplicate_cosine <= 1, "checks.duplicate_cosine", "must be above 0 and up to 1")
        document.known(codec.name, CODECS, "codec.name")
        require(0 < codec.density <= 1, "codec.density", "must be above 0 and up to 1")
        document.known(aggregation.name, AGGREGATIONS, "aggregation.name")
        require(aggregation.learning_rate > 0, "aggregation.learning_rate", "must be positive")
        document.known(aggregation.over, RECIPIENTS, "aggregation.over")
        document.refer("reward.power", lambda: parse_power(self.reward.power))
        require(0 <= self.tolerance < 2**46, "tolerance", "must be from 0 to below 2**46 nano-nats")
        require(0 <= self.evaluator_share <= BASIS_POINTS, "evaluator_share", "must be from 0 to 10000")

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
    return document.read(Mechanism, text)


def build_model(mechanism: Mechanism) -> Model:
    """Return the model that a mechanism names.

    >>> build_model(default_mechanism()).layout.size
    650
    """
    rule = mechanism.model
    return registry.build(rule.name, rule.features, rule.classes, rule.hidden)


def default_mechanism(
    *,
    method: str = "shapley-exact",
    alpha: float = 10.0,
    samples: int = 200,
    evaluator_share: int = 1000,
    power: str = "1",
) -> Mechanism:
    """Return the mechanism of a small real project: softmax regression on the digits.

    Raises:
        MechanismError: an argument is out of range, or the method unknown.
        MissingExtraError: scikit-learn, which brings the digits, is not installed.

    >>> default_mechanism(method="loss-delta").method.parameters["step"]
    0.5
    """
    train, validation = digits.train_and_validation()
    return Mechanism(
        model=ModelRule("softmax", features=64, classes=10),
        training=Training("digits", digest(train), Assignment(alpha, samples)),
        evaluation=Evaluation("digits", digest(validation), samples=400),
        method=Method(method, {"step": 0.5} if method == "loss-delta" else {}),
        checks=Checks(max_bytes=65_536, max_norm=10.0, duplicate_cosine=0.99),
        codec=Codec("top-k", density=0.2),
        aggregation=Aggregation("mean", learning_rate=1.0, over="positive"),
        reward=Reward(power),
        tolerance=1000,
        evaluator_share=evaluator_share,
    )


def _check_data(mechanism: Mechanism) -> None:
    for path, rule in (("training", mechanism.training), ("evaluation", mechanism.evaluation)):
        document.known(rule.dataset, registry.DATASETS, f"{path}.dataset")
        require(
            len(rule.digest) == 64 and set(rule.digest) <= set("0123456789abcdef"),
            f"{path}.digest",
            "must be a hex sha256",
        )
    assignment = mechanism.training.assignment
    require(1e-6 <= assignment.alpha <= 1e6, "training.assignment.alpha", "must be from 1e-6 to 1e6")
    require(0 < assignment.samples <= MAX_SAMPLES, "training.assignment.samples", "must be positive")
    require(0 < mechanism.evaluation.samples <= MAX_SAMPLES, "evaluation.samples", "must be positive")


def _check_method(method: Method) -> None:
    document.known(method.name, METHODS, "method.name")
    ranges = METHODS[method.name].parameters
    for name in method.parameters:
        document.known(name, ranges, "method.parameters")
    for name, (low, high) in ranges.items():
        path = f"method.parameters.{name}"
        if name not in method.parameters:
            require(not METHODS[method.name].required, path, "is missing")
            continue
        require(low <= method.parameters[name] <= high, path, f"must be between {low} and {high}")
