"""A history survives its folder, and a folder that is none is refused by name."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from valuation.archive import write_archive
from valuation.errors import InputError
from valuation.mechanism import default_mechanism
from valuation.shapley import design
from valuation.simulation import Past, PastRound, read_past, write_past

D = 650


def a_round(number: int, senders: tuple[str, ...] = ("0xa0", "0xB0")) -> PastRound:
    rng = np.random.default_rng(number)
    updates = rng.standard_normal((len(senders), D)).astype(np.float32)
    base = rng.standard_normal(D).astype(np.float32)
    return PastRound(number, bytes([number]) * 32, bytes(32), base, senders, updates, {"0xc0": "missing"})


@pytest.fixture
def past() -> Past:
    return Past(default_mechanism(), (a_round(1), a_round(4, ())), 10**30)


def same(one: Past, other: Past) -> bool:
    pairs = zip(one.rounds, other.rounds, strict=True)
    return replace(one, rounds=()) == replace(other, rounds=()) and all(
        np.array_equal(a.base, b.base)
        and np.array_equal(a.updates, b.updates)
        and (a.number, a.seed, a.assignment_seed, a.senders, a.refused)
        == (b.number, b.seed, b.assignment_seed, b.senders, b.refused)
        for a, b in pairs
    )


def test_what_was_written_is_read_again(past: Past, tmp_path: Path) -> None:
    write_past(tmp_path / "run", past)
    assert same(read_past(tmp_path / "run"), past)


def test_a_design_goes_along(past: Past, tmp_path: Path) -> None:
    drawn = design(4, 20, rng=np.random.default_rng(0)).rounded(2**32)
    mechanism = default_mechanism(method="shapley-design", design=drawn)
    with_design = replace(past, mechanism=mechanism, design=drawn.to_bytes())
    write_past(tmp_path / "run", with_design)
    assert read_past(tmp_path / "run").design == drawn.to_bytes()


def test_nothing_is_written_over_what_is_there(past: Past, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    with pytest.raises(InputError, match="is not empty"):
        write_past(tmp_path, past)
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]


def change(folder: Path, **changes: object) -> None:
    file = folder / "history.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"schema": "weighhouse/history/2"}, "not a weighhouse/history/1"),
        ({"rounds": [4, 1]}, "do not ascend"),
        ({"rounds": [1, 2]}, "round-2.npz: No such file"),
        ({"rounds": ["../../etc/passwd"]}, "is no history"),
        ({"rounds": 7}, "is no history"),
        ({"round_budget": "-1"}, "negative"),
        ({"round_budget": "a lot"}, "is no history"),
        ({"mechanism": {}}, "is missing"),
        ({"rounds": list(range(10_001))}, "more than 10000 rounds"),
    ],
)
def test_a_folder_that_is_no_history_is_refused(
    changes: dict[str, object], complaint: str, past: Past, tmp_path: Path
) -> None:
    write_past(tmp_path / "run", past)
    change(tmp_path / "run", **changes)
    with pytest.raises(InputError, match=complaint):
        read_past(tmp_path / "run")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere is no history"):
        read_past(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("arrays", "complaint"),
    [
        ({"base": np.zeros(3), "updates": np.zeros((2, 3))}, "3 parameters; the model has 650"),
        ({"base": np.zeros(D), "updates": np.zeros((1, D))}, "2 senders"),
        ({"base": np.zeros(D), "updates": np.full((2, D), np.nan)}, "not finite"),
        ({"base": np.zeros(D)}, "is no history"),
        ({"base": np.zeros(10**7), "updates": np.zeros((2, D))}, "a round has at most"),
    ],
)
def test_a_round_that_does_not_fit_is_refused(
    arrays: dict[str, np.ndarray], complaint: str, past: Past, tmp_path: Path
) -> None:
    write_past(tmp_path / "run", past)
    header = {"round": 1, "seed": "00" * 32, "assignment_seed": "00" * 32}
    write_archive(
        tmp_path / "run" / "round-1.npz", {**header, "senders": ["0xa0", "0xb0"], "refused": {}}, arrays
    )
    with pytest.raises(InputError, match=complaint):
        read_past(tmp_path / "run")


def test_a_round_that_is_no_archive_is_refused(past: Past, tmp_path: Path) -> None:
    write_past(tmp_path / "run", past)
    (tmp_path / "run" / "round-1.npz").write_bytes(b"garbage")
    with pytest.raises(InputError, match=r"round-1\.npz is not a round"):
        read_past(tmp_path / "run")


def test_a_sender_counts_once(past: Past) -> None:
    with pytest.raises(InputError, match="sent two updates"):
        a_round(1, ("0xa0", "0xA0"))
    with pytest.raises(InputError, match="32 bytes"):
        replace(a_round(1), seed=b"short")
