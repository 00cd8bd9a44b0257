"""The training problem that a mechanism poses: its model, its data, and what a round draws of them."""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from valuation import seeds
from valuation.designs import IntegerDesign, from_bytes
from valuation.document import refer, require
from valuation.mechanism import Mechanism, build_model
from valuation.models import registry
from valuation.models.assignment import assign
from valuation.models.dataset import Dataset, digest
from valuation.models.protocol import Model
from valuation.models.vertical import party_blocks
from valuation.rules import Evaluation, Method, Training


@dataclass(frozen=True)
class Problem:
    """A mechanism's model and data.

    Args:
        mechanism: The mechanism.
        model: The model that it names.
        train: The data to train on.
        validation: The data to measure on.
        design: The design that it names; None when it names none.

    >>> from valuation.mechanism import default_mechanism
    >>> problem = problem_of(default_mechanism())
    >>> problem.assigned(bytes(32), "0xA1").x.shape
    (200, 64)
    """

    mechanism: Mechanism
    model: Model
    train: Dataset
    validation: Dataset
    design: IntegerDesign | None = None

    def assigned(self, seed: bytes, address: str) -> Dataset:
        """Return what an address trains on in a round; `seed` is the randomness of the round before.

        Under a vertical split, all addresses train on the same samples.

        >>> from valuation.mechanism import default_mechanism
        >>> len(problem_of(default_mechanism(samples=50)).assigned(bytes(32), "0xA1").y)
        50
        """
        return self.train.take(self.assignment(seed, address))

    def assignment(self, seed: bytes, address: str) -> npt.NDArray[np.int64]:
        """Return the positions in the training data of what an address trains on, int64, ascending."""
        rule = self.mechanism.training.assignment
        whose = address if rule.parties is None else ""
        return assign(seed, whose, self.train.y, rule.samples, rule.alpha)

    def blocks(self, policy: bytes) -> npt.NDArray[np.bool_] | None:
        """Return which parameters each party may change, bool (parties, d); None under a horizontal split.

        `policy` is the mechanism's digest, so that a party holds the same features in every round.

        >>> from valuation.mechanism import default_mechanism
        >>> problem = problem_of(default_mechanism(method="verfedsv"))
        >>> problem.blocks(bytes(32)).sum(axis=1).tolist()
        [160, 160, 160, 160]
        """
        parties = self.mechanism.training.assignment.parties
        return None if parties is None else party_blocks(self.model, policy, parties)

    def evaluation(self, seed: bytes) -> Dataset:
        """Return what a round is measured on; `seed` is the round's own, drawn after all commitments.

        >>> from valuation.mechanism import default_mechanism
        >>> len(problem_of(default_mechanism()).evaluation(bytes(32)).y)
        400
        """
        samples = self.mechanism.evaluation.samples
        return self.validation.take(seeds.subset(seed, "evaluation", len(self.validation.y), samples))


def problem_of(mechanism: Mechanism, design: bytes | None = None) -> Problem:
    """Load and verify what a mechanism names.

    Args:
        mechanism: The mechanism.
        design: The published bytes of the design that it names; None when it names none.

    Raises:
        MechanismError: the data or the design are not those of the digest, do not fit the model or the
            method, or are fewer than the mechanism asks for; the message begins with the path in the
            document.
        MissingExtraError: the data come with a package that is not installed.

    >>> from valuation.mechanism import default_mechanism
    >>> problem_of(default_mechanism()).model.name
    'softmax'
    """
    model = build_model(mechanism)
    train, _ = registry.DATASETS[mechanism.training.dataset]()
    _, validation = registry.DATASETS[mechanism.evaluation.dataset]()
    _verify("training", mechanism.training, train, model)
    _verify("evaluation", mechanism.evaluation, validation, model)
    assigned, measured = mechanism.training.assignment.samples, mechanism.evaluation.samples
    require(
        assigned <= len(train.y), "training.assignment.samples", f"{assigned} of {len(train.y)} do not exist"
    )
    require(
        measured <= len(validation.y), "evaluation.samples", f"{measured} of {len(validation.y)} do not exist"
    )
    return Problem(mechanism, model, train, validation, _design(mechanism.method, design))


def _design(method: Method, blob: bytes | None) -> IntegerDesign | None:
    if method.design is None:
        return None
    require(blob is not None, "method.design", "its bytes are missing")
    found = sha256(blob or b"").hexdigest()
    require(found == method.design, "method.design", f"the bytes have the digest {found}")
    refer("method.design", lambda: from_bytes(blob or b""))
    design = from_bytes(blob or b"")
    for name, size in zip(("coalitions", "players"), design.coalitions.shape, strict=True):
        require(size == method.parameters[name], f"method.parameters.{name}", f"the design has {size}")
    return design


def _verify(path: str, rule: Training | Evaluation, dataset: Dataset, model: Model) -> None:
    found = digest(dataset)
    require(found == rule.digest, f"{path}.digest", f"{rule.dataset} has the digest {found} here")
    refer("model", lambda: model.losses(model.initial(bytes(32))[None], dataset.x, dataset.y))
