"""Coalition values on disk, named by what they depend on: a killed evaluation goes on where it was."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from chain.errors import StoreError
from chain.files import write_whole
from valuation.errors import InputError


@dataclass(frozen=True)
class MeasuredFolder:
    """A `valuation.parallel.Memory` in a folder: one npz file a chunk, none of them believed to be whole.

    Nobody else can read the files: what an evaluator measured is a secret until it is revealed.

    Attributes:
        path: The folder; made when first needed. Its files may be deleted at any time.

    Example:
        >>> import tempfile
        >>> memory = MeasuredFolder(Path(tempfile.mkdtemp()) / "measured")
        >>> memory.put("ab" * 32, np.array([0.5, -1.0]))
        >>> memory.get("ab" * 32, 2)
        array([ 0.5, -1. ])
        >>> memory.get("ab" * 32, 3) is None
        True
    """

    path: Path

    def get(self, name: str, count: int) -> npt.NDArray[np.float64] | None:
        """The utilities under a name; None when there are none, or not what they should be."""
        source = self._file(name)
        try:
            with np.load(source, allow_pickle=False) as archive:
                found = archive["utilities"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        if found.shape != (count,) or found.dtype != np.float64 or not np.isfinite(found).all():
            return None
        return np.asarray(found)

    def put(self, name: str, utilities: npt.NDArray[np.float64]) -> None:
        """Keeps utilities; whoever reads sees all of them or none.

        Raises:
            StoreError: The folder cannot be written.
        """
        target = self._file(name)
        content = io.BytesIO()
        np.savez(content, utilities=np.asarray(utilities, dtype=np.float64))
        try:
            write_whole(target, content.getvalue(), private=True)
        except OSError as error:
            raise StoreError(f"cannot keep measured values in {self.path}: {error.strerror}") from None

    def forget_others(self) -> None:
        """Removes the folders beside this one; what cannot be removed stays."""
        beside = self.path.parent.iterdir() if self.path.parent.is_dir() else ()
        for folder in beside:
            if folder != self.path:
                shutil.rmtree(folder, ignore_errors=True)

    def _file(self, name: str) -> Path:
        if not re.fullmatch("[0-9a-f]{64}", name):
            raise InputError(f"not a name of measured values: {name!r:.80}")
        return self.path / name[:2] / f"{name}.npz"
