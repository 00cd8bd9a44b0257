"""The benchmark of reputation runs, and what it prints agrees with the closed forms."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*options):
    command = [sys.executable, str(ROOT / "benchmarks" / "reputation.py"), "--quick", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment, timeout=120
    ).stdout


def test_its_json_has_gains_within_the_bounds():
    found = json.loads(run("--json"))
    assert {row["step"] for row in found["speed"]} >= {"full ranking, from edges"}
    for row in found["bounds"]:
        assert row["gain"] <= row["bound"] + 1e-9
        if row["closed form"] is not None:
            assert row["gain"] == pytest.approx(row["closed form"])
    for row in found["makerdao"]:
        decay = row["transitivity decay"]
        assert row["gain"] <= (1 - row["connectivity decay"]) * (1 - decay) / decay + 1e-9


def test_its_tables_name_their_columns():
    tables = run()
    assert "attacker's reputation" in tables
    assert "closed form" in tables
