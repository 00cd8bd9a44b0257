"""The benchmark of formats runs, and its figures are possible ones."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_format_has_a_size_an_error_and_speeds():
    command = [sys.executable, str(ROOT / "benchmarks" / "codecs.py"), "--quick", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=120)
    rows = json.loads(done.stdout)["codecs"]
    errors = {row["format"]: row["error"] for row in rows}
    assert len(errors) == 7
    assert errors["EControl, eighth SparseLoCo"] < errors["SparseLoCo, 1/64"]
    for row in rows:
        assert row["ratio"] == 4 * row["entries"] / row["bytes"]
        assert row["encode MB/s"] > 0
        assert row["decode MB/s"] > 0
        if row["bytes"] == 1:
            # One direction out of d: unbiased, and about sqrt(d) times too long.
            assert row["error"] > 1
        else:
            assert 0 < row["error"] < 1
