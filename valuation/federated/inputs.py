"""Rounds from what a researcher has at hand: dictionaries of tensors, flat vectors, or matrices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError, UpdateError
from valuation.federated.round import Round
from valuation.gradients.layout import Layout

Loss: TypeAlias = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]
"""From models, float64 (k, d), to their losses in nats, float64 (k,)."""

Parameters: TypeAlias = Mapping[str, npt.ArrayLike] | npt.NDArray[np.floating]
"""Named tensors, or the flat vector (d,)."""

Updates: TypeAlias = Mapping[str, Parameters] | npt.NDArray[np.floating]
"""One update a peer by name, or the matrix (n, d)."""


def rounds_from(
    updates: Updates | Sequence[Updates],
    base: Parameters | Sequence[Parameters],
    loss: Loss | Sequence[Loss],
    *,
    learning_rate: float = 1.0,
    players: Sequence[str] | Sequence[Sequence[str]] | None = None,
    layout: Layout | None = None,
) -> tuple[Round, ...]:
    """Return the rounds, checked.

    Args:
        updates: one round, or a list or tuple of rounds.
        base: the model that a round's updates started from; as many as there are rounds.
        loss: one for all rounds, or one a round.
        learning_rate: a coalition's model is base - learning_rate * mean of its updates.
        players: the names of a matrix's rows, for one round or a list of rounds; "0" to "n-1" if not given.
        layout: how named tensors lie in the vector; that of the base, in its order, if not given.

    Raises:
        InputError: a round has no peers, a peer is named twice, shapes differ, or a value is not finite; the
            message says which round and peer.
        UpdateError: a peer's tensors are not those of the layout, or not finite; likewise.

    >>> rounds = rounds_from({"ada": {"w": [1.0, 2.0]}, "bob": {"w": [0.0, 1.0]}}, {"w": [0.0, 0.0]},
    ...                      lambda params: params.sum(axis=1))
    >>> rounds[0].players, rounds[0].updates.tolist()
    (('ada', 'bob'), [[1.0, 2.0], [0.0, 1.0]])
    """
    if isinstance(updates, list | tuple):
        rounds = list(zip(updates, *_one_each(len(updates), base, loss, players), strict=True))
    else:
        rounds = [(updates, base, loss, players)]
    if not rounds:
        raise InputError("there is no round")
    result = []
    for number, (own, model, measure, names) in enumerate(rounds):
        try:
            if not callable(measure):
                raise InputError(
                    f"the loss must be a function of models (k, d), not {type(measure).__name__}"
                )
            result.append(_round(own, model, measure, names, learning_rate, layout))
        except (InputError, UpdateError) as error:
            raise type(error)(f"round {number}: {error}") from error
    return tuple(result)


def _one_each(count: int, base: Any, loss: Any, players: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """Return a list each of base models, losses and names, as many as there are rounds."""
    losses = list(loss) if isinstance(loss, list | tuple) else [loss] * count
    names = [None] * count if players is None else list(players)
    bases = list(base) if isinstance(base, list | tuple) else [base]
    for many, what in ((bases, "base models"), (losses, "losses"), (names, "lists of players")):
        if len(many) != count:
            raise InputError(f"{count} rounds need as many {what}, not {len(many)}")
    return bases, losses, names


def _round(
    updates: Updates,
    base: Parameters,
    loss: Loss,
    players: Sequence[str] | None,
    learning_rate: float,
    layout: Layout | None,
) -> Round:
    if isinstance(base, Mapping):
        layout = layout or _layout_of(base)
        origin = _flattened(layout, base, "the base model")
    else:
        origin = _vector(base, "the base model")
    if layout is not None and layout.size != origin.size:
        raise InputError(f"the base model has {origin.size} parameters, the layout {layout.size}")
    if not isinstance(updates, Mapping):
        matrix = _real(updates, "the updates")
        if matrix.ndim != 2:
            raise InputError(
                f"updates are a matrix (n, d) or a dictionary by peer, not of shape {matrix.shape}"
            )
        names = map(str, range(len(matrix))) if players is None else players
        return Round(tuple(map(str, names)), matrix, origin, loss, learning_rate)
    if players is not None:
        raise InputError("a dictionary of updates names its peers; players= is for a matrix")
    rows = [_flat(peer, update, origin, layout) for peer, update in updates.items()]
    matrix = np.stack(rows) if rows else np.zeros((0, origin.size), dtype=np.float32)
    return Round(tuple(map(str, updates)), matrix, origin, loss, learning_rate)


def _flat(
    peer: str, update: Parameters, base: npt.NDArray[np.float32], layout: Layout | None
) -> npt.NDArray[np.float32]:
    """Return one peer's update as a vector, float32 (d,), with the peer's name in every refusal."""
    if isinstance(update, Mapping):
        if layout is None:
            raise InputError(f"peer {peer!r} has named tensors, but the base model has none; pass layout=")
        return _flattened(layout, update, f"peer {peer!r}")
    vector = _vector(update, f"the update of peer {peer!r}")
    if vector.shape != base.shape:
        raise InputError(f"the update of peer {peer!r} has {vector.size} parameters, the base {base.size}")
    return vector


def _flattened(layout: Layout, tensors: Mapping[str, npt.ArrayLike], whose: str) -> npt.NDArray[np.float32]:
    real = {name: _real(tensor, f"tensor {name!a} of {whose}") for name, tensor in tensors.items()}
    try:
        return layout.flatten(real)
    except UpdateError as error:
        raise type(error)(f"{whose}: {error}") from error


def _layout_of(base: Mapping[str, npt.ArrayLike]) -> Layout:
    shapes = (_real(tensor, f"tensor {name!a} of the base model").shape for name, tensor in base.items())
    return Layout(tuple(base), tuple(shapes))


def _vector(values: npt.ArrayLike, name: str) -> npt.NDArray[np.float32]:
    vector = _real(values, name)
    if vector.ndim != 1:
        raise InputError(f"{name} must be a vector or named tensors, not of shape {vector.shape}")
    return vector


def _real(values: npt.ArrayLike, name: str) -> npt.NDArray[np.float32]:
    """Return numbers as float32; what does not fit becomes infinite, and is refused with its peer later."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InputError(f"{name} is no array: {error}") from error
    if array.dtype.kind not in "fiu":
        raise InputError(f"{name} must be real numbers, not {array.dtype}")
    with np.errstate(over="ignore"):
        return array.astype(np.float32)
