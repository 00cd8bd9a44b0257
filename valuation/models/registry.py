"""The models and data sets that a mechanism can name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from valuation.errors import InputError
from valuation.models import digits, topics
from valuation.models.dataset import Dataset
from valuation.models.mlp import MLP
from valuation.models.protocol import Model
from valuation.models.softmax import Softmax
from valuation.models.transformer import Transformer

MODELS = ("mlp", "softmax", "transformer")

DATASETS: Mapping[str, Callable[[], tuple[Dataset, Dataset]]] = MappingProxyType(
    {"digits": digits.train_and_validation, "topics": topics.train_and_validation}
)
"""Each data set's name, and what loads its training and validation parts."""


def build(name: str, features: int, classes: int, hidden: int | None = None) -> Model:
    """Return a model by name; all but softmax need hidden units.

    Raises:
        InputError: the name is unknown, a size is impossible, or `hidden` does not belong to the model.

    >>> build("softmax", 64, 10).layout.size
    650
    """
    match name, hidden:
        case "softmax", None:
            return Softmax(features, classes)
        case "mlp", int():
            return MLP(features, classes, hidden)
        case "transformer", int():
            return Transformer(features, classes, hidden)
        case "softmax" | "mlp" | "transformer", _:
            raise InputError(
                f"model {name!r} with hidden={hidden}: all but softmax have hidden units, and need them"
            )
        case _:
            raise InputError(f"model {name!r} is unknown; known are {', '.join(MODELS)}")
