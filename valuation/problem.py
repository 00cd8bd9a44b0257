"""The training problem that a mechanism poses: its model, its data, and what a round draws of them."""

from dataclasses import dataclass

from valuation import seeds
from valuation.document import refer, require
from valuation.mechanism import Mechanism, build_model
from valuation.models import registry
from valuation.models.assignment import assign
from valuation.models.dataset import Dataset, digest
from valuation.models.protocol import Model
from valuation.rules import Evaluation, Training


@dataclass(frozen=True)
class Problem:
    """A mechanism's model and data.

    Args:
        mechanism: The mechanism.
        model: The model that it names.
        train: The data to train on.
        validation: The data to measure on.

    >>> from valuation.mechanism import default_mechanism
    >>> problem = problem_of(default_mechanism())
    >>> problem.assigned(bytes(32), "0xA1").x.shape
    (200, 64)
    """

    mechanism: Mechanism
    model: Model
    train: Dataset
    validation: Dataset

    def assigned(self, seed: bytes, address: str) -> Dataset:
        """Return what an address trains on in a round; `seed` is the randomness of the round before.

        >>> from valuation.mechanism import default_mechanism
        >>> len(problem_of(default_mechanism(samples=50)).assigned(bytes(32), "0xA1").y)
        50
        """
        rule = self.mechanism.training.assignment
        return self.train.take(assign(seed, address, self.train.y, rule.samples, rule.alpha))

    def evaluation(self, seed: bytes) -> Dataset:
        """Return what a round is measured on; `seed` is the round's own, drawn after all commitments.

        >>> from valuation.mechanism import default_mechanism
        >>> len(problem_of(default_mechanism()).evaluation(bytes(32)).y)
        400
        """
        samples = self.mechanism.evaluation.samples
        return self.validation.take(seeds.subset(seed, "evaluation", len(self.validation.y), samples))


def problem_of(mechanism: Mechanism) -> Problem:
    """Load and verify what a mechanism names.

    Raises:
        MechanismError: the data are not those of the digest, do not fit the model, or are fewer than the
            mechanism asks for; the message begins with the path in the document.
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
    return Problem(mechanism, model, train, validation)


def _verify(path: str, rule: Training | Evaluation, dataset: Dataset, model: Model) -> None:
    found = digest(dataset)
    require(found == rule.digest, f"{path}.digest", f"{rule.dataset} has the digest {found} here")
    refer("model", lambda: model.losses(model.initial(bytes(32))[None], dataset.x, dataset.y))
