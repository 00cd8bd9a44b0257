"""`weighhouse peer assignment`: what a trainer with a script of its own starts from, as one file."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
from safetensors.numpy import save

from chain.cli.output import Output, json_option, lines, show
from chain.cli.session import Session, with_session
from chain.errors import ConfigError
from chain.files import write_whole
from chain.network import checked_address
from chain.roles.gathering import ground_of

BASE = "base."
"""What the names of the base model's layers begin with in the file."""


@click.command("assignment")
@click.argument("address")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@with_session(key=False)
def assignment(session: Session, output: Output, address: str, file: Path) -> None:
    """Write what ADDRESS trains on in the open round to FILE (safetensors).

    It holds the samples x (s, features), their labels y (s,), and the base model as base.LAYER; under a
    vertical split also `trainable`, which of all parameters, one after the other, the address may change. An
    update is the base model less the trained one, layer by layer: `peer submit --update`.
    """
    project = session.project()
    found = checked_address(address)
    ground = ground_of(project, session.store, project.current_round())
    data, layers = ground.assigned(found), ground.model.layout.unflatten(ground.base)
    arrays = {"x": data.x, "y": data.y, **{f"{BASE}{name}": layer for name, layer in layers.items()}}
    block = ground.block(found)
    if block is not None:
        arrays["trainable"] = block
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    about = {"address": found, "round": str(ground.round), "model": ground.model.name}
    try:
        write_whole(file, save(contiguous, metadata=about))
    except OSError as error:
        raise ConfigError(f"cannot write {file}: {error.strerror}") from None
    shapes = {name: list(array.shape) for name, array in contiguous.items()}
    document = {"address": found, "round": ground.round, "model": ground.model.name, "file": str(file)}
    written = ", ".join(f"{name} {tuple(shape)}" for name, shape in shapes.items())
    show(output, {**document, "arrays": shapes}, lines({**document, "arrays": written}))
