"""Arrays and a JSON header in one npz file: how results are kept, readable anywhere and without pickle."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError

_HEADER = "header"


def write_archive(
    path: str | os.PathLike[str], header: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]
) -> None:
    """Write a JSON header and named arrays to exactly this path, as npz; equal content gives equal bytes.

    Raises:
        InputError: an array is called "header", or holds Python objects.
        TypeError: the header is not JSON.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_archive(f"{folder}/a.npz", {"n": 2}, {"x": np.arange(2)})
    ...     read_archive(f"{folder}/a.npz")
    ({'n': 2}, {'x': array([0, 1])})
    """
    for name, array in arrays.items():
        if name == _HEADER or array.dtype.hasobject:
            raise InputError(f"array {name!r} of {array.dtype} cannot be kept in an archive")
    encoded = np.frombuffer(json.dumps(dict(header), allow_nan=False).encode(), dtype=np.uint8)
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in {_HEADER: encoded, **arrays}.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)


def read_archive(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """Read what `write_archive` wrote: the header, and the arrays by name, of the
    shapes in which they were written, `(n,)` or any other. Nothing in the file is executed.

    Raises:
        InputError: the file is not such an archive.
        OSError: the file cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        header = json.loads(arrays.pop(_HEADER).tobytes())
    except (zipfile.BadZipFile, AttributeError, EOFError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{os.fspath(path)} is not an archive of arrays with a JSON header: {error}"
        ) from error
    if not isinstance(header, dict):
        raise InputError(f"{os.fspath(path)} has a header that is not a JSON object")
    return header, arrays
