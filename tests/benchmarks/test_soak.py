"""A short soak runs through, with nothing lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_nothing_is_lost_whatever_happens():
    command = [sys.executable, str(ROOT / "benchmarks" / "soak.py"), "--quick", "--rounds", "2", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=500)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    found = {row["what"]: row["found"] for row in told["nothing lost"]}
    assert found.pop("rounds played") == 2
    assert found.pop("rounds that the auditor recomputes to the same bytes") == 2
    assert found.pop("audit of the money passes") is True
    assert found.pop("claims") > 0
    assert found.pop("first difference") == "none"
    assert set(found.values()) == {0}
    assert all(row["starts"] >= 1 for row in told["memory"])
    assert {row["process"] for row in told["memory"]} >= {"keeper", "trainers"}
