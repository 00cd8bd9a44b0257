"""The benchmark of the dashboard runs, and looks at every page that it names."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("starlette")
ROOT = Path(__file__).parents[2]


def test_pages_are_measured():
    command = [sys.executable, str(ROOT / "benchmarks" / "dashboard.py"), "--quick", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=280)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["project"][0]["peers"], told["project"][0]["rounds"]) == (20, 3)
    assert len(told["pages"]) == 6
    assert all(row["first, ms"] > 0 for row in told["pages"])
