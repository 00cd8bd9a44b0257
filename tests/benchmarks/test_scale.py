"""The benchmark of size runs, and its figures are possible ones."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from chain.encoding import keccak

ROOT = Path(__file__).parents[2]


def test_costs_are_measured_at_every_size():
    command = [sys.executable, str(ROOT / "benchmarks" / "scale.py"), "--quick", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=280)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    small, large = told["payout trees"]
    assert (small["peers"], small["depth"], large["peers"], large["depth"]) == (100, 7, 1000, 10)
    assert abs(large["post gas"] - small["post gas"]) < 200  # the zero bytes of other numbers
    assert 0 < large["claim gas"] - small["claim gas"] < 10_000
    assert {row["cost"] for row in told["growth"]} == {
        "build s (cpu)",
        "tree MB",
        "proof us",
        "post gas",
        "claim gas",
    }
    assert told["hashing"][0]["ratio"] == 1
    assert told["sampled Shapley"][0]["evaluations"] <= 4_002
    assert [row["submissions"] for row in told["ingestion"]] == [200] * 3


@pytest.mark.parametrize("length", [0, 1, 32, 89, 135])
def test_the_batched_keccak_is_keccak(length: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from scale_keccak import keccak_many

    seed = int.from_bytes(hashlib.sha256(bytes([length])).digest()[:4], "big")
    messages = np.random.default_rng(seed).integers(0, 256, (20, length), dtype=np.uint8)
    digests = keccak_many(messages)
    assert [row.tobytes() for row in digests] == [keccak(row.tobytes()) for row in messages]
