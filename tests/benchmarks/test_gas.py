"""The benchmark of gas runs, and ours is within the budgets that are the escrow's and the registry's."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_it_measures_ours_and_sets_it_beside_the_others() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "gas.py"), "--quick", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=300)
    rows = {row["transaction"]: row for row in json.loads(done.stdout)["gas"]}
    for name in ("claim, first", "claim, repeat", "register with stake", "unbond", "slash"):
        assert 21_000 < rows[name]["gas"] <= rows[name]["budget"], name
    assert rows["claim, first"]["/ EigenLayer"] == rows["claim, first"]["gas"] / 136_907
    assert rows["unbond"]["/ PrimeIntellect"] < 0.25
    assert rows["submit"]["/ Merkl"] is None
