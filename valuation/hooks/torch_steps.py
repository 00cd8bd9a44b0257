"""Local steps of a PyTorch model as an update; nothing of the training loop changes."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from valuation.errors import InputError
from valuation.hooks.arrays import Update, pseudo_gradient
from valuation.models.digits import MissingExtraError


@dataclass
class LocalSteps:
    """What a block of local steps did.

    Attributes:
        before: The tensors as they were when the block began, float32 or float64 by name.
    """

    before: Mapping[str, npt.NDArray[Any]]
    _update: Update | None = field(default=None, repr=False)

    @property
    def update(self) -> Update:
        """Base less trained model, float32 arrays by name.

        Raises:
            InputError: The block has not ended, or ended in an error.
        """
        if self._update is None:
            raise InputError("the local steps have not ended: read `update` after the block")
        return self._update


@contextmanager
def local_steps(model: Any, *, only_trainable: bool = False, restore: bool = False) -> Iterator[LocalSteps]:
    """Turn what happens to a model within the block into an update.

    Tensors are those of `state_dict()` that hold real numbers: parameters and buffers such as running means;
    counters are left out. Tensors that share memory, such as tied weights, come once, by their first name.
    bfloat16 and half are widened; any device will do. A copy of the tensors is kept in main memory during the
    block, 4 bytes a parameter (8 of float64), and as much again with `restore`.

    Args:
        model: a `torch.nn.Module`.
        only_trainable: only parameters that require a gradient, such as the adapters of LoRA.
        restore: leave the model as it was when the block began, for the next round's base.

    Raises:
        MissingExtraError: PyTorch is not installed.
        InputError: nothing is left to train, or a tensor is complex, or without data ("meta").
        WrongShape: a tensor changed its shape within the block.
        MissingTensor: a tensor is gone; ExtraTensor: there is one more.
        NotFinite: a tensor became NaN or infinite.

    >>> import pytest
    >>> torch = pytest.importorskip("torch")
    >>> model = torch.nn.Linear(2, 1, bias=False)
    >>> with local_steps(model) as steps, torch.no_grad():
    ...     _ = model.weight.add_(0.5)
    >>> {name: array.round(3).tolist() for name, array in steps.update.items()}
    {'weight': [[-0.5, -0.5]]}
    """
    steps = LocalSteps(_tensors(model, only_trainable))
    kept = copy.deepcopy(model.state_dict()) if restore else {}
    if not steps.before:
        raise InputError("the model has no tensor to train: does any parameter require a gradient?")
    try:
        yield steps
        steps._update = pseudo_gradient(steps.before, _tensors(model, only_trainable))
    finally:
        if restore:
            model.load_state_dict(kept)


def _tensors(model: Any, only_trainable: bool) -> dict[str, npt.NDArray[Any]]:
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("local steps need PyTorch: pip install 'weighhouse[torch]'") from error
    if only_trainable:
        named = {name: each for name, each in model.named_parameters() if each.requires_grad}
    else:
        named = dict(model.state_dict(keep_vars=True))
    found: dict[str, npt.NDArray[Any]] = {}
    seen = set()
    for name, tensor in named.items():
        if not isinstance(tensor, torch.Tensor):
            continue  # a module's extra state
        if tensor.is_complex():
            raise InputError(f"tensor {name!a} is complex: its real and imaginary parts have to be tensors")
        if tensor.is_meta:
            raise InputError(f"tensor {name!a} has no data: it is on the device 'meta'")
        place = (tensor.data_ptr(), tuple(tensor.shape), tensor.device)
        if tensor.is_floating_point() and (place not in seen or not tensor.numel()):
            seen.add(place)
            # float32 holds all of what is narrower.
            kind = torch.float64 if tensor.dtype is torch.float64 else torch.float32
            found[name] = tensor.detach().to(device="cpu", dtype=kind).numpy().copy()
    return found
