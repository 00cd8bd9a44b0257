"""The benchmark of ratings runs, with or without openskill.py."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_it_times_ours_and_compares_where_it_can():
    command = [sys.executable, str(ROOT / "benchmarks" / "rating.py"), "--quick", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=120)
    rows = json.loads(done.stdout)["rating"]
    assert [row["peers"] for row in rows] == [16, 64]
    for row in rows:
        assert row["microseconds"] > 0
        if importlib.util.find_spec("openskill"):
            assert row["greatest difference"] < 1e-9
        else:
            assert "greatest difference" not in row
