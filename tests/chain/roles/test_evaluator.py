"""An evaluator that dies loses no work and no secret, and whoever measures for it changes nothing."""

import os
import stat
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chain.errors import ConfigError
from chain.measured import MeasuredFolder
from chain.roles.duties import evaluate
from chain.roles.evaluator import Evaluator, SeedMayChange
from chain.roles.workforce import workforce
from chain.sender import Sender
from tests.support.world import World
from valuation.mechanism import default_mechanism


class Killed(BaseException):
    """Ends a process in a test, as nothing that is caught does."""


class Mortal(Executor):
    """Measures so many chunks and dies; counts them."""

    def __init__(self, life: int) -> None:
        self.life = life
        self.done = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        executor = self

        class Lazy(Future[Any]):
            def result(self, timeout: float | None = None) -> Any:
                if executor.done == executor.life:
                    raise Killed
                executor.done += 1
                return fn(*args, **kwargs)

        return Lazy()


@pytest.fixture
def sealed(world: World) -> tuple[World, int]:
    round = world.open_and_submit()
    world.seal(round)
    return world, round


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three trainers have eight coalitions: four chunks."""
    from valuation import parallel

    original = parallel.ParallelGame

    class Small(original):  # type: ignore[misc, valid-type]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options, chunk=2)

    monkeypatch.setattr(parallel, "ParallelGame", Small)
    return


def measured_files(world: World) -> list[Path]:
    return sorted((world.root / "state" / "measured").rglob("*.npz"))


@pytest.mark.usefixtures("small_chunks")
def test_one_that_is_killed_while_it_measures_goes_on_where_it_was(sealed: tuple[World, int]) -> None:
    world, round = sealed
    whole = world.evaluators[1].measure(round)
    with pytest.raises(Killed):
        replace(world.evaluators[0], executor=Mortal(3)).measure(round)
    rest = Mortal(100)
    again = replace(world.evaluators[0], executor=rest).measure(round)
    assert rest.done == 1
    assert again.utilities.tolist() == whole.utilities.tolist()


@pytest.mark.usefixtures("small_chunks")
def test_a_file_that_was_spoilt_is_measured_again(sealed: tuple[World, int]) -> None:
    world, round = sealed
    whole = world.evaluators[0].measure(round)
    files = measured_files(world)
    files[0].write_bytes(files[0].read_bytes()[:-9])
    rest = Mortal(100)
    again = replace(world.evaluators[0], executor=rest).measure(round)
    assert rest.done == 1
    assert again.to_bytes() == whole.to_bytes()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_whoever_measures_the_bytes_are_the_same(workers: str, sealed: tuple[World, int]) -> None:
    world, round = sealed
    whole = world.evaluators[1].measure(round)
    with workforce(workers) as executor:
        found = replace(world.evaluators[0], executor=executor).measure(round)
    assert found.utilities.tobytes() == whole.utilities.tobytes()


def test_a_method_by_name_is_measured_by_workers_too(tmp_path: Path, chain_here: Any) -> None:
    from tests.support.world import build_world

    mechanism = default_mechanism(method="leave-one-out", decoys=0)
    world = build_world(chain_here, tmp_path, evaluators=1, mechanism=mechanism)
    round = world.open_and_submit()
    world.seal(round)
    alone = world.evaluators[0].measure(round)
    for path in measured_files(world):
        path.unlink()
    with ThreadPoolExecutor(2) as pool:
        found = replace(world.evaluators[0], executor=pool).measure(round)
    assert found.to_bytes() == alone.to_bytes()
    assert measured_files(world)


def test_what_was_measured_is_nobody_elses_to_read_and_goes_with_its_round(
    sealed: tuple[World, int],
) -> None:
    world, round = sealed
    evaluator = world.evaluators[0]
    evaluator.measure(round)
    (folder,) = {path.parent.parent for path in measured_files(world)}
    assert {stat.S_IMODE(path.stat().st_mode) for path in measured_files(world)} == {0o600}
    folders = {path for file in measured_files(world) for path in file.relative_to(world.root).parents}
    private = [path for path in folders if "measured" in path.parts]
    assert {stat.S_IMODE((world.root / path).stat().st_mode) for path in private} == {0o700}
    stale = folder.with_name("0")
    MeasuredFolder(stale).put("ab" * 32, evaluator.measure(round).utilities.astype(float))
    evaluator.measure(round)
    assert folder.is_dir()
    assert not stale.exists()


def test_one_that_dies_before_it_has_sent_commits_to_the_same_again(
    sealed: tuple[World, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, round = sealed
    evaluator, calls = world.evaluators[0], []

    def killed(self: Sender, call: Any, **options: Any) -> Any:
        calls.append(call)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Sender, "send", killed)
        for _ in range(2):
            with pytest.raises(Killed):
                evaluator.commit(round)
    assert calls[0] == calls[1]
    evaluator.commit(round)
    (made,) = world.project.commitments(round)
    assert calls[0] == world.project.book.commit_utilities(round, made.commitment)


def test_two_evaluators_with_one_measurement_have_commitments_of_their_own(
    sealed: tuple[World, int],
) -> None:
    world, round = sealed
    for evaluator in world.evaluators:
        evaluator.commit(round)
    made = [each.commitment for each in world.project.commitments(round)]
    assert len(set(made)) == len(world.evaluators)
    salts = sorted(path.read_bytes() for path in (world.root / "state").glob("*.own-salt"))
    assert len(set(salts)) == len(world.evaluators)
    assert {len(salt) for salt in salts} == {32}


@pytest.mark.parametrize(
    ("wanted", "what"),
    [("0", "1 to 1024"), ("2000", "1 to 1024"), ("many", "a number"), ("tcp://127.0.0.1:1", "scheduler")],
)
def test_workers_that_cannot_be_had_are_refused(
    wanted: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chain.roles.workforce.LONGEST_WAIT", 1)
    if "://" in wanted:
        pytest.importorskip("distributed")
    with pytest.raises(ConfigError, match=what), workforce(wanted):
        pass


def test_a_cluster_measures_for_an_evaluator(sealed: tuple[World, int]) -> None:
    distributed = pytest.importorskip("distributed")
    world, round = sealed
    whole = world.evaluators[1].measure(round)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        workforce(cluster.scheduler_address) as executor,
    ):
        found = replace(world.evaluators[0], executor=executor).measure(round)
    assert found.utilities.tobytes() == whole.utilities.tobytes()


def test_an_evaluator_without_a_folder_to_write_to_says_so(world: World, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        blocked = tmp_path / "blocked"
        blocked.write_text("a file where the folder should be")
    else:
        blocked = tmp_path / "blocked"
        blocked.mkdir(mode=0o500)
    round = world.open_and_submit()
    world.seal(round)
    state = replace(world.evaluators[0].state, path=blocked / "state")
    evaluator: Evaluator = replace(world.evaluators[0], state=state)
    with pytest.raises(Exception, match="cannot") as caught:
        evaluator.commit(round)
    assert type(caught.value).__name__ in ("StoreError", "ConfigError")


def test_nothing_is_committed_under_a_seed_that_a_reorganisation_may_still_change(
    sealed: tuple[World, int],
) -> None:
    """Found by the soak: a commitment outlived the seed that its measurement was made under."""
    world, round = sealed
    careful = replace(world.evaluators[0], sender=replace(world.evaluators[0].sender, confirmations=3))
    missing = 3 - (world.network.block().number - world.project.drawn(round)[0])
    for _ in range(missing):
        assert evaluate(careful) is None
        with pytest.raises(SeedMayChange, match=r"may still change: 3 blocks have to follow"):
            careful.commit(round)
        world.network.mine()
    assert missing > 0
    assert careful.seed_is_settled(round)
    hasty = world.evaluators[1]
    assert evaluate(hasty) == f"measured round {round}"  # on a dev chain nobody waits for blocks
