"""An update as bytes: what a trainer commits to, publishes, and evaluators decode.

The bytes are a safetensors file with two tensors, `indices` (int32) and `values` (float32), and metadata that
ties them to one project, round, sender, base model and layout. A copy of somebody else's bytes therefore
carries the wrong address, and last round's bytes the wrong round.
"""

from dataclasses import asdict, dataclass, fields

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.gradients import errors, tensors, top_k
from valuation.gradients.layout import Layout

SCHEMA = "weighhouse/update/1"

_WRONG = {
    "schema": errors.WrongSchema,
    "project": errors.WrongProject,
    "round": errors.WrongRound,
    "address": errors.WrongAddress,
    "base": errors.WrongBase,
    "codec": errors.WrongCodec,
    "layout": errors.WrongLayout,
}
_DTYPES = {"indices": np.dtype(np.int32), "values": np.dtype(np.float32)}


@dataclass(frozen=True)
class Metadata:
    """What an update belongs to.

    Args:
        project: The project, as the chain id and the address of its round book.
        round: The number of the round.
        address: The sender's address, checksummed.
        base: Hex sha256 of the base model that training started from.
        layout: Digest of the model's layout.
        codec: How the update was compressed.
        schema: The version of this format.

    Raises:
        InputError: the round is negative or a field is empty.

    >>> Metadata(project="31337:0x5b", round=3, address="0xA1", base="ba5e", layout="1a").schema
    'weighhouse/update/1'
    """

    project: str
    round: int
    address: str
    base: str
    layout: str
    codec: str = "top-k"
    schema: str = SCHEMA

    def __post_init__(self) -> None:
        if self.round < 0:
            raise InputError(f"round {self.round} is negative")
        for name, text in self.to_strings().items():
            if not text:
                raise InputError(f"metadata field {name} is empty")

    def to_strings(self) -> dict[str, str]:
        """Return the fields as the strings that the file holds.

        >>> Metadata("31337:0x5b", 3, "0xA1", "ba5e", "1a").to_strings()["round"]
        '3'
        """
        return {name: str(value) for name, value in asdict(self).items()}


def encode(update: npt.NDArray[np.float32], layout: Layout, metadata: Metadata, density: float) -> bytes:
    """Return an update, float32 (d,), as bytes; equal arguments give equal bytes on any machine.

    Only the `density` share of largest entries is sent (`top_k.compress`).

    Raises:
        InputError: the density is not in (0, 1].
        WrongLayout: the metadata names another layout.
        WrongShape: the update does not have shape (d,).
        NotFinite: an entry is NaN or infinite.

    >>> layout = Layout(("weight",), ((4,),))
    >>> metadata = Metadata("31337:0x5b", 3, "0xA1", "ba5e", layout.digest)
    >>> blob = encode(np.array([0, 2, 0, -1], dtype=np.float32), layout, metadata, density=0.5)
    >>> decode(blob, layout, metadata, max_bytes=1000).tolist()
    [0.0, 2.0, 0.0, -1.0]
    """
    if metadata.layout != layout.digest:
        raise errors.WrongLayout(f"the metadata names the layout {metadata.layout!a}, not {layout.digest}")
    if update.shape != (layout.size,):
        raise errors.WrongShape(f"an update of shape {update.shape}, the layout says ({layout.size},)")
    indices, values = top_k.compress(update.astype(np.float32), density)
    return tensors.dump({"indices": indices, "values": values}, metadata.to_strings())


def decode(
    blob: bytes, layout: Layout, expected: Metadata, max_bytes: int, density: float = 1.0
) -> npt.NDArray[np.float32]:
    """Return the update, float32 (d,), that a stranger's bytes stand for, or refuse them.

    Args:
        blob: The bytes.
        layout: The model's layout.
        expected: What the metadata has to say, for this project, round, sender and base model.
        max_bytes: The most bytes that are looked at.
        density: The largest share of entries that may be sent.

    Raises:
        RefusedUpdate: one of its subclasses in `valuation.gradients.errors`, such as `TooLarge`; its `reason`
            is the code.

    >>> layout = Layout(("weight",), ((4,),))
    >>> yesterday = Metadata("31337:0x5b", 2, "0xA1", "ba5e", layout.digest)
    >>> today = Metadata("31337:0x5b", 3, "0xA1", "ba5e", layout.digest)
    >>> blob = encode(np.ones(4, dtype=np.float32), layout, yesterday, density=1.0)
    >>> decode(blob, layout, today, max_bytes=1000)
    Traceback (most recent call last):
    valuation.gradients.errors.WrongRound: the update's round is '2', expected is '3'
    """
    if len(blob) > max_bytes:
        raise errors.TooLarge(f"{len(blob)} bytes, the limit is {max_bytes}")
    arrays, found = tensors.load(blob)
    _check_metadata(found, expected)
    if missing := sorted(set(_DTYPES) - set(arrays)):
        raise errors.MissingTensor(f"tensor {missing[0]!a} is missing")
    if extra := sorted(set(arrays) - set(_DTYPES)):
        raise errors.ExtraTensor(f"tensor {extra[0][:40]!a} is not part of an update")
    for name, dtype in _DTYPES.items():
        if arrays[name].dtype != dtype:
            raise errors.WrongDtype(f"tensor {name!a} is {arrays[name].dtype}, not {dtype}")
    indices, values = arrays["indices"], arrays["values"]
    if not np.isfinite(values).all():
        raise errors.NotFinite(f"value {int(np.argmin(np.isfinite(values)))} is not finite")
    allowed = top_k.entries_at(layout.size, density)
    if indices.size > allowed:
        raise errors.TooDense(f"{indices.size} entries were sent, {allowed} are allowed")
    return top_k.decompress(indices, values, layout.size)


def _check_metadata(found: dict[str, str], expected: Metadata) -> None:
    names = {field.name for field in fields(Metadata)}
    if lacking := sorted(names - set(found)):
        raise errors.BadMetadata(f"the metadata lacks {lacking[0]!a}")
    if unknown := sorted(set(found) - names):
        raise errors.BadMetadata(f"the metadata has an unknown field {unknown[0][:40]!a}")
    for name, value in expected.to_strings().items():
        if found[name] != value:
            raise _WRONG[name](f"the update's {name} is {found[name][:80]!a}, expected is {value!a}")
