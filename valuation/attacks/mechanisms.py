"""The mechanisms that the bench compares, by name."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from valuation.mechanism import Mechanism, default_mechanism
from valuation.models import topics
from valuation.models.dataset import digest
from valuation.rules import Assignment, Checks, Evaluation, ModelRule, Training

SIGN_STEP = 0.02
"""The learning rate of versions that step along signs, where each entry moves by just so much."""


def unchecked(mechanism: Mechanism) -> Mechanism:
    """Return a mechanism with nothing but limits on size: no norms compared, no duplicates, no proof.

    >>> unchecked(default_mechanism()).checks.decoys
    0
    """
    limits = Checks(
        mechanism.checks.max_bytes, max_norm=100.0, duplicate_cosine=2.0, norm_ratio=0.0, decoys=0, chance=0.5
    )
    return replace(mechanism, checks=limits)


def original(version: str) -> Mechanism:
    """Return a published Gauntlet with its own checks alone.

    >>> original("paper").gauntlet.caution
    3.0
    """
    mechanism = unchecked(default_mechanism(method="gauntlet", version=version))
    assert mechanism.gauntlet is not None
    if "sign" in mechanism.gauntlet.aggregation.rule:
        rule = replace(mechanism.aggregation, learning_rate=SIGN_STEP)
        return replace(mechanism, aggregation=rule)
    return mechanism


def transformer_mechanism() -> Mechanism:
    """Return the default mechanism for a small character-level transformer on the text of Python's help.

    >>> transformer_mechanism().model.name
    'transformer'
    """
    train, validation = topics.train_and_validation()
    mechanism = default_mechanism()
    return replace(
        mechanism,
        model=ModelRule("transformer", topics.CONTEXT, len(topics.ALPHABET), hidden=32),
        training=Training("topics", digest(train), Assignment(alpha=1000.0, samples=512)),
        evaluation=Evaluation("topics", digest(validation), samples=200),
        checks=replace(mechanism.checks, max_bytes=131_072),
        codec=replace(mechanism.codec, density=0.5),
    )


MECHANISMS: Mapping[str, Callable[[], Mechanism]] = MappingProxyType(
    {
        "default": default_mechanism,
        "unchecked": lambda: unchecked(default_mechanism()),
        "loss-delta": lambda: default_mechanism(method="loss-delta"),
        "gauntlet": lambda: default_mechanism(method="gauntlet"),
        "gauntlet-paper": lambda: original("paper"),
        "gauntlet-v0.2.84": lambda: original("v0.2.84"),
        "gauntlet-v2.1.3": lambda: original("v2.1.3"),
        "transformer": transformer_mechanism,
    }
)
"""The mechanisms, each built when it is asked for: data sets and the transformer need extras."""
