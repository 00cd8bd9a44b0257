"""Whoever measures, however many, in whatever order: the same bytes."""

import os
import signal
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from valuation.errors import GameError, InputError
from valuation.parallel import ParallelGame

N, ROWS = 12, 1_000


class Product:
    """A game of matrix products, whose last bits depend on what is multiplied together."""

    def __init__(self, seed: int = 0, pause: float = 0.0, victim: str = "") -> None:
        rng = np.random.default_rng(seed)
        self.updates = rng.standard_normal((N, 64), dtype=np.float32)
        self.weights = rng.standard_normal((64, 33), dtype=np.float32)
        self.pause = pause
        self.victim = victim

    @property
    def n(self) -> int:
        return N

    def __call__(self, coalitions: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        time.sleep(self.pause)
        if self.victim and not Path(self.victim).exists():
            Path(self.victim).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        means = coalitions.astype(np.float32) @ self.updates
        return np.tanh(means @ self.weights).sum(axis=1).astype(np.float64)


class Backwards(Executor):
    """Does the last task first, and all of them only when the first result is asked for."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Any, Any]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        outer = self

        class Lazy(Future[Any]):
            def result(self, timeout: float | None = None) -> Any:
                while outer.waiting:
                    future, function, arguments = outer.waiting.pop()
                    future.set_result(function(*arguments))
                return super().result(timeout)

        future = Lazy()
        self.waiting.append((future, fn, args))
        return future


class Dictionary(dict[str, Any]):
    def get(self, name: str, count: int) -> Any:  # type: ignore[override]
        return super().get(name)

    def put(self, name: str, utilities: Any) -> None:
        self[name] = utilities


@pytest.fixture(scope="module")
def coalitions() -> npt.NDArray[np.bool_]:
    return np.random.default_rng(1).random((ROWS, N)) < 0.5


@pytest.fixture(scope="module")
def alone(coalitions: npt.NDArray[np.bool_]) -> bytes:
    return ParallelGame(Product(), chunk=64)(coalitions).tobytes()


def test_every_executor_gives_the_same_bytes(coalitions: npt.NDArray[np.bool_], alone: bytes) -> None:
    with ThreadPoolExecutor(3) as threads, ProcessPoolExecutor(2) as processes:
        for executor in (threads, processes, Backwards()):
            assert ParallelGame(Product(), executor, chunk=64)(coalitions).tobytes() == alone


def test_it_is_the_game_behind_it(coalitions: npt.NDArray[np.bool_], alone: bytes) -> None:
    # Sums of 33 terms of single precision: where they cancel, only the absolute error is small.
    np.testing.assert_allclose(np.frombuffer(alone), Product()(coalitions), atol=1e-4)
    assert ParallelGame(Product())(coalitions[:0]).shape == (0,)
    assert ParallelGame(Product()).n == N


def test_a_worker_killed_in_the_middle_changes_nothing(
    coalitions: npt.NDArray[np.bool_], alone: bytes, tmp_path: Path
) -> None:
    with ProcessPoolExecutor(2) as pool:
        game = Product(victim=str(tmp_path / "killed"))
        # The pool breaks with its worker: what is left is measured here, where the victim exists already.
        assert ParallelGame(game, pool, chunk=64)(coalitions).tobytes() == alone
        # A pool that is broken takes nothing any more, and that changes nothing either.
        assert ParallelGame(Product(), pool, chunk=64)(coalitions).tobytes() == alone
    assert (tmp_path / "killed").exists()


def test_a_cluster_gives_the_same_bytes_though_a_worker_is_killed(
    coalitions: npt.NDArray[np.bool_], alone: bytes
) -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        pids = client.run(os.getpid)
        assert len(set(pids.values()) - {os.getpid()}) == 2
        game = ParallelGame(Product(pause=0.1), client.get_executor(), chunk=64)
        with ThreadPoolExecutor(1) as side:
            waiting = side.submit(game, coalitions)
            time.sleep(0.4)
            os.kill(next(iter(pids.values())), signal.SIGKILL)
            assert waiting.result().tobytes() == alone


def test_what_is_remembered_is_not_measured_again(coalitions: npt.NDArray[np.bool_], alone: bytes) -> None:
    memory, asked = Dictionary(), []

    class Counting(Product):
        def __call__(self, rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
            asked.append(len(rows))
            return super().__call__(rows)

    game = ParallelGame(Counting(), memory=memory, key=b"a round", chunk=64)
    game(coalitions[: 64 * 5])
    assert asked == [64] * 5
    assert game(coalitions).tobytes() == alone
    assert sum(asked) == ROWS
    assert ParallelGame(Counting(), memory=memory, key=b"a round", chunk=64)(coalitions).tobytes() == alone
    assert sum(asked) == ROWS


def test_another_key_size_or_set_of_coalitions_is_something_else(
    coalitions: npt.NDArray[np.bool_],
) -> None:
    memory = Dictionary()
    for key, chunk, rows in ((b"a", 64, coalitions), (b"b", 64, coalitions), (b"a", 32, coalitions)):
        before = len(memory)
        ParallelGame(Product(), memory=memory, key=key, chunk=chunk)(rows)
        assert len(memory) - before == -(-ROWS // chunk)


def test_what_a_game_raises_passes_through(coalitions: npt.NDArray[np.bool_]) -> None:
    class Broken(Product):
        def __call__(self, rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
            return np.full(len(rows), np.nan)

    with ThreadPoolExecutor(2) as pool, pytest.raises(GameError):
        ParallelGame(Broken(), pool)(coalitions)


def test_senseless_settings_are_refused() -> None:
    with pytest.raises(InputError, match="at least one"):
        ParallelGame(Product(), chunk=0)
    with pytest.raises(InputError, match="key"):
        ParallelGame(Product(), memory=Dictionary())
