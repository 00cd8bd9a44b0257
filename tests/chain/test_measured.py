"""Measured values outlive the process that measured them, and damaged ones are measured again."""

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.errors import StoreError
from chain.measured import MeasuredFolder
from tests.support.payday import in_children
from valuation.errors import InputError
from valuation.parallel import ParallelGame

NAME = "ab" * 32
N, ROWS, CHUNK = 8, 200, 20


class Counted:
    """A game that writes down each call, and may be killed at one."""

    def __init__(self, log: Path, killed_at: int = 0) -> None:
        self.log, self.killed_at = log, killed_at

    @property
    def n(self) -> int:
        return N

    def __call__(self, rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        with self.log.open("a") as log:
            log.write("x")
        if self.log.stat().st_size == self.killed_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return rows @ np.arange(0.1, N)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=50))
def test_what_is_kept_comes_back_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, values: list[float]
) -> None:
    memory, array = MeasuredFolder(tmp_path_factory.mktemp("m") / "deep"), np.array(values, dtype=np.float64)
    assert memory.get(NAME, len(values)) is None
    memory.put(NAME, array)
    found = memory.get(NAME, len(values))
    assert found is not None
    assert found.tobytes() == array.tobytes()


@pytest.mark.parametrize("killed_at", [1, 4, 10])
def test_a_killed_evaluation_goes_on_where_it_was(killed_at: int, tmp_path: Path) -> None:
    rows = np.random.default_rng(0).random((ROWS, N)) < 0.5
    log, memory = tmp_path / "log", MeasuredFolder(tmp_path / "measured")

    def measure(game: Counted) -> npt.NDArray[np.float64]:
        return ParallelGame(game, memory=memory, key=b"round 1", chunk=CHUNK)(rows)

    def run() -> None:
        measure(Counted(log, killed_at))

    assert in_children(run) == [-signal.SIGKILL]
    resumed = measure(Counted(log))
    assert resumed.tobytes() == ParallelGame(Counted(tmp_path / "other"), chunk=CHUNK)(rows).tobytes()
    assert log.stat().st_size == ROWS // CHUNK + 1  # only the chunk that it died in was measured twice


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"PK\x03\x04 but nothing more",
        b"\x80\x04\x95 a pickle",
        b"\x93NUMPY",
    ],
)
def test_what_is_damaged_is_not_there(damage: bytes, tmp_path: Path) -> None:
    memory = MeasuredFolder(tmp_path)
    memory.put(NAME, np.ones(3))
    (tmp_path / "ab" / f"{NAME}.npz").write_bytes(damage)
    assert memory.get(NAME, 3) is None


@pytest.mark.parametrize(
    "content",
    [
        {"utilities": np.ones(4)},
        {"utilities": np.ones(3, dtype=np.float32)},
        {"utilities": np.array([1.0, np.nan, 2.0])},
        {"utilities": np.array([1, "two", None], dtype=object)},
        {"other": np.ones(3)},
    ],
)
def test_what_is_something_else_is_not_there(content: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "ab").mkdir()
    np.savez(tmp_path / "ab" / f"{NAME}.npz", **content)
    assert MeasuredFolder(tmp_path).get(NAME, 3) is None


def test_a_name_is_a_digest_and_a_folder_can_be_written(tmp_path: Path) -> None:
    for name in ("", "../" * 20, "AB" * 32):
        with pytest.raises(InputError):
            MeasuredFolder(tmp_path).get(name, 1)
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot keep"):
        MeasuredFolder(tmp_path / "file").put(NAME, np.ones(1))
