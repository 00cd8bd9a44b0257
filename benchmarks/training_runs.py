"""Real federated runs on scikit-learn's digits, recorded so that any method can value them afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from valuation.federated.round import Round
from valuation.models import digits
from valuation.models.dataset import Dataset
from valuation.models.softmax import Softmax
from valuation.models.training import local_steps

MODEL = Softmax(features=64, classes=10)
VALIDATION = 597


@dataclass(frozen=True)
class Run:
    """Rounds in which everybody trained, who was selected in each, and the data of each client."""

    rounds: tuple[Round, ...]
    selected: tuple[tuple[int, ...], ...]
    clients: tuple[Dataset, ...]

    @property
    def partial(self) -> list[Round]:
        """The rounds as the server saw them: those selected only."""
        return [
            replace(
                round,
                players=tuple(round.players[client] for client in chosen),
                updates=round.updates[list(chosen)],
            )
            for round, chosen in zip(self.rounds, self.selected, strict=True)
        ]


def split(seed: int) -> tuple[Dataset, Dataset, np.random.Generator]:
    """Return samples to train on, samples to measure on, and the generator that chose them."""
    data, rng = digits.load(), np.random.default_rng(seed)
    order = rng.permutation(len(data.y))
    return data.take(order[VALIDATION:]), data.take(order[:VALIDATION]), rng


def identical(train: Dataset, clients: int) -> list[Dataset]:
    """Return equal parts of the same distribution."""
    return [train.take(part) for part in np.array_split(np.arange(len(train.y)), clients)]


def shards(train: Dataset, clients: int, rng: np.random.Generator) -> list[Dataset]:
    """Return two shards of the samples sorted by label for each client (McMahan et al., 1602.05629)."""
    pieces = np.array_split(np.argsort(train.y, kind="stable"), 2 * clients)
    drawn = rng.permutation(2 * clients).reshape(clients, 2)
    return [train.take(np.concatenate([pieces[one], pieces[other]])) for one, other in drawn]


def train_rounds(
    clients: Sequence[Dataset],
    validation: Dataset,
    selected: Sequence[Sequence[int]],
    rng: np.random.Generator,
    *,
    steps: int = 5,
    learning_rate: float = 0.5,
) -> Run:
    """Train a round for each selection; the model moves by the mean update of those selected.

    Local steps are full-batch gradient descent, so that clients with the same data send the same update.
    """

    def loss(models: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return MODEL.losses(models, validation.x, validation.y)

    base, rounds = np.zeros(MODEL.layout.size, dtype=np.float32), []
    names = tuple(map(str, range(len(clients))))
    for chosen in selected:
        updates = np.stack(
            [
                local_steps(
                    MODEL,
                    base,
                    client.x,
                    client.y,
                    learning_rate=learning_rate,
                    steps=steps,
                    batch_size=len(client.y),
                    rng=rng,
                )
                for client in clients
            ]
        )
        rounds.append(Round(names, updates, base, loss, learning_rate=1.0))
        base = (base - updates[list(chosen)].mean(axis=0)).astype(np.float32)
    return Run(tuple(rounds), tuple(map(tuple, selected)), tuple(clients))
