"""Hands an update over: as a file for the command line, or straight to a project."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save

from chain.encoding import sha256
from chain.errors import ConfigError
from chain.files import write_whole
from chain.roles.trainer import Trainer


def write_update(file: Path | str, update: Mapping[str, npt.NDArray[np.float32]]) -> None:
    """Writes an update as safetensors, whole or not at all: `weighhouse peer submit --update FILE`.

    Raises:
        ConfigError: The file cannot be written.

    Example:
        >>> import tempfile
        >>> from safetensors.numpy import load_file
        >>> file = Path(tempfile.mkdtemp()) / "own.safetensors"
        >>> write_update(file, {"bias": np.array([0.5], dtype=np.float32)})
        >>> load_file(file)
        {'bias': array([0.5], dtype=float32)}
    """
    blob = save({name: np.ascontiguousarray(array, dtype=np.float32) for name, array in update.items()})
    try:
        write_whole(Path(file), blob)
    except OSError as error:
        raise ConfigError(f"cannot write {file}: {error.strerror}") from None


def submit_update(trainer: Trainer, update: Mapping[str, npt.NDArray[np.float32]]) -> str:
    """Commits to an update in the open round and returns its digest, in hex; `trainer.publish` shows it.

    The update has a tensor `(m, n)`, or of whatever shape, for each of the model's, by name.

    Raises:
        RefusedUpdate: A tensor is missing, superfluous, of another shape or not finite.
        Reverted: The contract refuses (`WrongPhase`, `AlreadySubmitted`, `NotTrainer`).
        ChainError: As `Sender.send`.
    """
    round = trainer.project.current_round()
    blob = trainer.encode(round, trainer.ground(round).model.layout.flatten(dict(update)))
    trainer.submit(round, blob)
    return sha256(blob).hex()
