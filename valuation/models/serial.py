"""A base model as bytes: safetensors that any library reads, named by their sha256."""

import hashlib

import numpy as np
import numpy.typing as npt

from valuation.gradients import tensors
from valuation.gradients.errors import BadMetadata, TooLarge, WrongDtype
from valuation.gradients.layout import Layout

SCHEMA = "weighhouse/model/1"


def model_bytes(params: npt.NDArray[np.float32], layout: Layout) -> bytes:
    """Return a model, float32 (d,), as safetensors bytes; equal models give equal bytes on any machine.

    Raises:
        WrongShape: the model does not have shape (d,).
        NotFinite: a parameter is NaN or infinite.

    >>> layout = Layout(("weight",), ((2,),))
    >>> blob = model_bytes(np.array([1, 2], dtype=np.float32), layout)
    >>> model_from_bytes(blob, layout, max_bytes=1000).tolist()
    [1.0, 2.0]
    """
    named = layout.unflatten(layout.flatten(layout.unflatten(params)))
    return tensors.dump(named, {"schema": SCHEMA})


def model_from_bytes(blob: bytes, layout: Layout, max_bytes: int) -> npt.NDArray[np.float32]:
    """Return the model, float32 (d,), that bytes from anybody stand for.

    Raises:
        RefusedUpdate: one of its subclasses in `valuation.gradients.errors`, such as `TooLarge`; its `reason`
            is the code.

    >>> model_from_bytes(b"", Layout(("weight",), ((2,),)), max_bytes=1000)
    Traceback (most recent call last):
    valuation.gradients.errors.Truncated: a file of 0 bytes has no header length
    """
    if len(blob) > max_bytes:
        raise TooLarge(f"{len(blob)} bytes, the limit is {max_bytes}")
    found, metadata = tensors.load(blob)
    if metadata != {"schema": SCHEMA}:
        raise BadMetadata(f"the metadata is not that of a {SCHEMA}")
    for name, tensor in found.items():
        if tensor.dtype != np.float32:
            raise WrongDtype(f"tensor {name!a} is {tensor.dtype}, not float32")
    return layout.flatten(found)


def model_digest(params: npt.NDArray[np.float32], layout: Layout) -> str:
    """Return the hex sha256 of a model's bytes, by which headers and updates name it.

    Raises:
        WrongShape: the model does not have shape (d,).
        NotFinite: a parameter is NaN or infinite.

    >>> len(model_digest(np.zeros(2, dtype=np.float32), Layout(("weight",), ((2,),))))
    64
    """
    return hashlib.sha256(model_bytes(params, layout)).hexdigest()
