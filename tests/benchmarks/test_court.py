"""The benchmark of disputes runs, and each lie in it is found, proved and cheap."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_lie_is_proved_and_reported() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "court.py"), "--quick", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    answer = subprocess.run(command, check=True, capture_output=True, env=environment, timeout=900)
    rows = json.loads(answer.stdout)["disputes"]
    found = {(row["mode"], row["lie"]) for row in rows}
    sums = {(mode, lie) for mode in ("exact", "sampled", "design") for lie in ("step", "score", "total")}
    assert found == sums | {("exact", "recomputed")}
    for row in rows:
        assert 21_000 < row["gas"] < 400_000
        assert row["calldata"] < 8_192
        assert row["of Groth16"] == row["gas"] / 214_160
