"""One round of updates as a game: what would the model have lost or won with these trainers only?

v(S) = loss(base) - loss(base - learning_rate * mean of the updates in S), v(empty) = 0: the drop in loss, in
nats, that a coalition's mean update brings. The mean may be weighted, as FedAvg weights by numbers of
samples. Thousands of coalitions are a few matrix products.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.coalitions import Coalitions, check_coalitions
from valuation.errors import GameError, InputError
from valuation.federated.peer_data import one_number_each
from valuation.game import Game

BLOCK = 2**21
"""Parameters held at a time: 16 MiB."""


@dataclass(frozen=True)
class Round:
    """The updates of a round, and how a model is measured.

    Args:
        players: A name for each peer, (n,), all different.
        updates: One pseudo-gradient a peer, float32 (n, d).
        base: The model that they started from, float32 (d,).
        loss: From models, float64 (k, d), to their losses in nats, float64 (k,).
        learning_rate: Size of the step along the mean update.
        through: From the round as a game, and a digest of all that its utilities depend on, to the game that
            is asked in its place: one whose coalitions workers measure, say (`valuation.parallel`). There is
            no digest, but an empty one, where the loss has no `content` (`valuation.models.losses`).
        weights: What each peer weighs in a mean, float64 (n,), above zero; None if all weigh the same.

    Raises:
        InputError: there is no player, a player is named twice, a shape does not fit, a value is not finite,
            or a weight or the learning rate is not positive; the message says which player.

    >>> round = Round(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params.sum(axis=1), learning_rate=1.0)
    >>> RoundGame(round)(np.array([[False, False], [True, False], [True, True]])).tolist()
    [0.0, 1.0, 1.0]
    """

    players: tuple[str, ...]
    updates: npt.NDArray[np.float32]
    base: npt.NDArray[np.float32]
    loss: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]
    learning_rate: float
    through: Callable[[Game, bytes], Game] | None = None
    weights: npt.NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if not self.players:
            raise InputError("a round needs at least one player")
        for position, player in enumerate(self.players):
            if player in self.players[:position]:
                raise InputError(f"player {player!r} is named twice")
        if self.base.ndim != 1 or self.updates.shape != (len(self.players), *self.base.shape):
            raise InputError(
                f"{len(self.players)} players, updates {self.updates.shape}, a base {self.base.shape}"
            )
        finite = np.isfinite(self.updates).all(axis=1)
        if not finite.all():
            raise InputError(f"the update of player {self.players[int(np.argmin(finite))]!r} is not finite")
        if not np.isfinite(self.base).all():
            raise InputError("the base model is not finite")
        if not 0 < self.learning_rate < np.inf:
            raise InputError(f"a learning rate of {self.learning_rate}")
        if self.weights is not None:
            self._check_weights(self.weights)

    def _check_weights(self, weights: npt.NDArray[np.float64]) -> None:
        if weights.shape != (len(self.players),):
            raise InputError(f"{len(self.players)} players, weights {weights.shape}")
        for player, weight in zip(self.players, weights, strict=True):
            if not 0 < weight < np.inf:
                raise InputError(f"player {player!r} weighs {weight}")


class RoundGame:
    """A round as a game; a `valuation.game.Game`.

    Coalitions are evaluated in blocks of bounded memory. Whatever the size of the blocks, and however the
    coalitions are batched, the utilities agree to 1e-12 nats; not to the last bit, because linear algebra
    adds in another order for other shapes.

    Args:
        round: The round.
        block: The most coalitions evaluated at once; chosen by memory when not given.

    Raises:
        GameError: the loss of the base model is not a finite number, or the loss returns the wrong length.
        InputError: `block` is not positive.
    """

    def __init__(self, round: Round, block: int | None = None) -> None:
        if block is not None and block < 1:
            raise InputError(f"blocks of {block} coalitions")
        self._loss = round.loss
        self._learning_rate = round.learning_rate
        self._base = round.base.astype(np.float64)
        self._updates = round.updates.astype(np.float64)
        self._weights = np.ones(len(self._updates)) if round.weights is None else round.weights
        self._block = block or max(1, BLOCK // self._base.size)
        self._base_loss = float(self._losses(self._base[None])[0])
        if not np.isfinite(self._base_loss):
            raise GameError(f"the loss of the base model is {self._base_loss}")

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self._updates)

    def __call__(self, coalitions: Coalitions, /) -> npt.NDArray[np.float64]:
        """Return the drop in loss in nats, float64 (m,), of the coalitions, bool (m, n).

        Raises:
            InputError: the coalitions are not a boolean (m, n) array.
            GameError: the loss returns the wrong length.
        """
        rows = check_coalitions(coalitions, self.n)
        utilities = np.empty(len(rows))
        for start in range(0, len(rows), self._block):
            members = rows[start : start + self._block]
            sizes = members.sum(axis=1)
            parts = members * self._weights
            # Nobody's sum is zero, and so is everybody's part of it.
            sums = np.where(sizes > 0, parts.sum(axis=1), 1.0)
            steps = parts / sums[:, None] * self._learning_rate
            losses = self._losses(self._base - steps @ self._updates)
            # Exactly zero for nobody, whatever the rounding.
            utilities[start : start + self._block] = np.where(sizes > 0, self._base_loss - losses, 0.0)
        return utilities

    def _losses(self, params: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return one_number_each(self._loss(params), params, "the loss")


def round_game(round: Round) -> Game:
    """Return a round as the game to ask: `RoundGame`, through whatever the round says.

    Raises:
        GameError: the loss of the base model is not a finite number, or the loss returns the wrong length.

    >>> round = Round(("a",), np.ones((1, 2), dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params.sum(axis=1), learning_rate=1.0)
    >>> round_game(round)(np.array([[True]])).tolist()
    [2.0]
    """
    game = RoundGame(round)
    return game if round.through is None else round.through(game, _content(round))


def _content(round: Round) -> bytes:
    """All that a coalition's utility depends on, whoever the players are."""
    loss: bytes = getattr(round.loss, "content", b"")
    if not loss:
        return b""
    found = hashlib.sha256(b"weighhouse/round-game/1" + loss + round.learning_rate.hex().encode())
    for array in (round.updates, round.base):
        found.update(f"{array.dtype.str}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    if round.weights is not None:
        found.update(round.weights.tobytes())
    return found.digest()
