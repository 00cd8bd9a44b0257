"""What happened in past rounds, as a folder: enough to value them again under any mechanism."""

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from valuation import json_text, mechanism
from valuation.archive import read_archive, write_archive
from valuation.errors import InputError
from valuation.mechanism import Mechanism, build_model

SCHEMA = "weighhouse/history/1"
MAX_ROUNDS = 10_000
_FILE = "history.json"
_DESIGN = "design.bin"
_OVERHEAD = 2**20


@dataclass(frozen=True)
class PastRound:
    """A round that was played.

    Attributes:
        number: its number.
        seed: its randomness, 32 bytes.
        assignment_seed: what picked each sender's training data, 32 bytes.
        base: the model that it started from, float32 (d,).
        senders: who sent an update that can be decoded, (n,), in the order of the chain.
        updates: their updates before any check, float32 (n, d).
        refused: why others' bytes are no update: the reason's code by address.
    """

    number: int
    seed: bytes
    assignment_seed: bytes
    base: npt.NDArray[np.float32]
    senders: tuple[str, ...]
    updates: npt.NDArray[np.float32]
    refused: Mapping[str, str]

    def __post_init__(self) -> None:
        where = f"round {self.number}"
        if len(self.seed) != 32 or len(self.assignment_seed) != 32:
            raise InputError(f"{where}: a seed has 32 bytes")
        if len({sender.lower() for sender in self.senders}) < len(self.senders):
            raise InputError(f"{where}: somebody sent two updates")
        if self.base.ndim != 1 or self.updates.shape != (len(self.senders), self.base.size):
            raise InputError(f"{where}: {len(self.senders)} senders, updates {self.updates.shape}")
        if not (np.isfinite(self.base).all() and np.isfinite(self.updates).all()):
            raise InputError(f"{where}: a number is not finite")


@dataclass(frozen=True)
class Past:
    """Rounds of one project, under one model and one assignment of data.

    Attributes:
        mechanism: the mechanism that was in force.
        rounds: the rounds, ascending.
        round_budget: what the first round could pay, in token units.
        design: the bytes of the design that the mechanism names; None when it names none.
    """

    mechanism: Mechanism
    rounds: tuple[PastRound, ...]
    round_budget: int
    design: bytes | None = None

    def __post_init__(self) -> None:
        d = build_model(self.mechanism).layout.size
        numbers = [each.number for each in self.rounds]
        if numbers != sorted(set(numbers)):
            raise InputError("the rounds of a history do not ascend")
        for each in self.rounds:
            if each.base.size != d:
                raise InputError(f"round {each.number}: {each.base.size} parameters; the model has {d}")
        if self.round_budget < 0:
            raise InputError("a round's budget is negative")


def reseeded(past: Past, draw: int) -> Past:
    """Return the same rounds as another draw of their seeds would have made them; draw 0 is the past itself.

    The seeds of the assignment stay: by these the updates were trained.

    >>> from valuation.mechanism import default_mechanism
    >>> past = Past(default_mechanism(), (), round_budget=100)
    >>> reseeded(past, 0) is past
    True
    """
    if draw == 0:
        return past
    again = (sha256(each.seed + draw.to_bytes(8, "big")).digest() for each in past.rounds)
    rounds = tuple(replace(each, seed=seed) for each, seed in zip(past.rounds, again, strict=True))
    return replace(past, rounds=rounds)


def write_past(folder: str | os.PathLike[str], past: Past) -> None:
    """Write rounds into a new or empty folder: `history.json`, and a file of arrays for each round.

    Raises:
        InputError: the folder has something in it.
        OSError: it cannot be written.

    >>> import tempfile
    >>> from valuation.mechanism import default_mechanism
    >>> past = Past(default_mechanism(), (), round_budget=100)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_past(folder, past)
    ...     read_past(folder) == past
    True
    """
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    if any(root.iterdir()):
        raise InputError(f"{root} is not empty")
    for each in past.rounds:
        write_archive(root / _name(each.number), _about(each), {"base": each.base, "updates": each.updates})
    if past.design is not None:
        (root / _DESIGN).write_bytes(past.design)
    document = {
        "schema": SCHEMA,
        "mechanism": json.loads(past.mechanism.to_json()),
        "round_budget": str(past.round_budget),
        "rounds": [each.number for each in past.rounds],
    }
    # Last, so that a folder with it is whole.
    (root / _FILE).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def read_past(folder: str | os.PathLike[str]) -> Past:
    """Read what `write_past` wrote. The folder may be anybody's: nothing in it is executed or trusted.

    Raises:
        InputError: it is not such a folder, or a round in it does not fit the model.
        MechanismError: the mechanism in it is malformed.

    >>> read_past("nowhere")
    Traceback (most recent call last):
    valuation.errors.InputError: nowhere is no history: nowhere/history.json: No such file or directory
    """
    root = Path(folder)
    try:
        view = json_text.parse((root / _FILE).read_bytes())
        if view["schema"] != SCHEMA:
            raise InputError(f"{root / _FILE}: not a {SCHEMA}")
        rules = mechanism.from_json(json.dumps(view["mechanism"]))
        numbers = [int(number) for number in view["rounds"]]
        if len(numbers) > MAX_ROUNDS:
            raise InputError(f"{root / _FILE}: more than {MAX_ROUNDS} rounds")
        size = build_model(rules).layout.size
        rounds = tuple(_read_round(root / _name(number), size) for number in numbers)
        design = (root / _DESIGN).read_bytes() if rules.method.design else None
        return Past(rules, rounds, int(view["round_budget"]), design)
    except OSError as error:
        raise InputError(f"{root} is no history: {error.filename}: {error.strerror}") from None
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{root} is no history: {type(error).__name__}: {error}") from error


def _about(each: PastRound) -> dict[str, Any]:
    return {
        "round": each.number,
        "seed": each.seed.hex(),
        "assignment_seed": each.assignment_seed.hex(),
        "senders": list(each.senders),
        "refused": dict(each.refused),
    }


def _read_round(file: Path, size: int) -> PastRound:
    try:
        with zipfile.ZipFile(file) as archive:
            stored = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile as error:
        raise InputError(f"{file} is not a round: {error}") from None
    most = 4 * size * (mechanism.MAX_PEERS * 4 + 1) + _OVERHEAD
    if stored > most:
        raise InputError(f"{file} has {stored} bytes; a round has at most {most}")
    header, arrays = read_archive(file)
    refused = header["refused"]
    return PastRound(
        number=int(header["round"]),
        seed=bytes.fromhex(header["seed"]),
        assignment_seed=bytes.fromhex(header["assignment_seed"]),
        base=np.asarray(arrays["base"], dtype=np.float32),
        senders=tuple(str(sender) for sender in header["senders"]),
        updates=np.asarray(arrays["updates"], dtype=np.float32),
        refused={str(who): str(why) for who, why in refused.items()},
    )


def _name(number: int) -> str:
    return f"round-{number}.npz"
