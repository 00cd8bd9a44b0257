"""Named arrays as safetensors bytes: a canonical writer, and a reader that trusts nothing.

A safetensors file is 8 bytes of header length (little-endian), a JSON header that gives each tensor's dtype,
shape and byte range, and the arrays end to end. There is no code in it to execute. Updates and models are
hashed and paid for, so the writer gives equal contents equal bytes, and the reader accepts exactly the files
without holes, overlaps, repeated keys or bytes that belong to nothing.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from valuation import json_text
from valuation.errors import InputError
from valuation.gradients.errors import BadHeader, Truncated

DTYPES = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "I64": "<i8"}
"""The dtypes that Weighhouse writes and reads, and NumPy's names for them."""

MAX_HEADER = 2**16
MAX_ENTRIES = 2**31
_NAMES = {np.dtype(code): name for name, code in DTYPES.items()}


def dump(tensors: Mapping[str, npt.NDArray[Any]], metadata: Mapping[str, str]) -> bytes:
    """Return named arrays and metadata as the one safetensors file that stands for them.

    Tensors lie in the order of their names, the header is ASCII JSON with sorted keys, padded to 8 bytes.

    Raises:
        InputError: an array is not float32, float64, int32 or int64.

    >>> tensors, metadata = load(dump({"weight": np.ones(2, dtype=np.float32)}, {"made": "by hand"}))
    >>> tensors["weight"].tolist(), metadata
    ([1.0, 1.0], {'made': 'by hand'})
    """
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    bodies: list[bytes] = []
    offset = 0
    for name in sorted(tensors):
        array = tensors[name]
        dtype = _NAMES.get(array.dtype.newbyteorder("<"))
        if dtype is None:
            raise InputError(f"tensor {name!a} is {array.dtype}; only {', '.join(DTYPES)} are written")
        body = array.astype(DTYPES[dtype]).tobytes()
        span = [offset, offset + len(body)]
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": span}
        bodies.append(body)
        offset += len(body)
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode("ascii")
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(bodies)


def load(blob: bytes) -> tuple[dict[str, npt.NDArray[Any]], dict[str, str]]:
    """Return the arrays and the metadata of a safetensors file from anybody, of any shapes: `(m, n)`.

    Memory stays within a small multiple of the file's size, whatever its header claims.

    Raises:
        Truncated: the file ends before its header or its arrays do.
        BadHeader: anything else is wrong with it.

    >>> load(b"no tensors")
    Traceback (most recent call last):
    valuation.gradients.errors.BadHeader: a header of 8030883942550761326 bytes: the limit is 65536
    """
    if len(blob) < 8:
        raise Truncated(f"a file of {len(blob)} bytes has no header length")
    length = int.from_bytes(blob[:8], "little")
    if length > MAX_HEADER:
        raise BadHeader(f"a header of {length} bytes: the limit is {MAX_HEADER}")
    start = 8 + length
    if start > len(blob):
        raise Truncated(f"the header needs {length} bytes, {len(blob) - 8} follow")
    header = _parse(blob[8:start])
    metadata = _metadata(header.pop("__metadata__", {}))
    spans = sorted((_span(name, entry), name) for name, entry in header.items())
    tensors: dict[str, npt.NDArray[Any]] = {}
    reached = 0
    for (begin, end), name in spans:
        if begin != reached:
            raise BadHeader(f"tensor {name!a} begins at {begin}, the one before ends at {reached}")
        tensors[name] = _tensor(blob, start, name, header[name])
        reached = end
    if start + reached != len(blob):
        raise BadHeader(f"{len(blob) - start - reached} bytes after the last tensor")
    return tensors, metadata


def _parse(text: bytes) -> dict[str, Any]:
    try:
        header = json_text.parse(text)
    except InputError as error:
        raise BadHeader(f"the header is not JSON: {error}") from error
    if not isinstance(header, dict):
        raise BadHeader(f"the header is a JSON {type(header).__name__}, not an object")
    return header


def _metadata(found: Any) -> dict[str, str]:
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise BadHeader("the metadata is not a map of strings")
    return found


def _naturals(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int and value >= 0 for value in values)


def _span(name: str, entry: Any) -> tuple[int, int]:
    """Return the byte range of a tensor after checking that its entry is consistent with itself."""
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise BadHeader(f"tensor {name!a} needs dtype, shape and data_offsets, and nothing else")
    dtype, shape, span = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise BadHeader(f"tensor {name!a} has the dtype {str(dtype)[:40]!a}; known are {', '.join(DTYPES)}")
    if not _naturals(shape) or len(shape) > 8 or math.prod(max(size, 1) for size in shape) > MAX_ENTRIES:
        raise BadHeader(f"tensor {name!a} has no shape of at most 8 sizes and 2**31 entries")
    if not _naturals(span) or len(span) != 2:
        raise BadHeader(f"tensor {name!a} has no byte range")
    if span[1] - span[0] != math.prod(shape) * np.dtype(DTYPES[dtype]).itemsize:
        raise BadHeader(f"tensor {name!a} has a byte range that does not fit its shape")
    return span[0], span[1]


def _tensor(blob: bytes, start: int, name: str, entry: dict[str, Any]) -> npt.NDArray[Any]:
    begin, end = entry["data_offsets"]
    if start + end > len(blob):
        raise Truncated(f"tensor {name!a} ends at {end}, the data at {len(blob) - start}")
    stored = np.frombuffer(blob[start + begin : start + end], dtype=DTYPES[entry["dtype"]])
    return stored.reshape(entry["shape"]).astype(stored.dtype.newbyteorder("="))
