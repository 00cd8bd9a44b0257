import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    out = tmp_path_factory.mktemp("pages")
    command = [
        sys.executable,
        str(ROOT / "benchmarks" / "shapley.py"),
        "--quick",
        "--json",
        "--out",
        str(out),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), out


def test_every_estimator_and_the_fixed_design_are_measured_in_every_cell(quick):
    tables, _ = quick
    by_method = {row["method"]: row for row in tables["methods"]}
    assert {"odd_gp", "odd_gp fixed", "permutation", "kernel_regression", "equal split"} <= set(by_method)
    assert by_method["odd_gp"]["cells"] == len(tables["accuracy"]) == 4
    assert all(0 < row["odd_gp"] < row["equal split"] for row in tables["accuracy"])


def test_reading_the_table_and_exact_values_are_timed_side_by_side(quick):
    tables, _ = quick
    by_method = {row["method"]: row for row in tables["exact"]}
    ours = by_method["weighhouse exact"]
    assert ours["over table.sum()"] == pytest.approx(ours["seconds"] / by_method["table.sum()"]["seconds"])
    assert {row["method"] for row in tables["overhead"]} >= {"permutation", "kernel_regression", "odd_gp"}


def test_pages_for_people_are_written_where_asked(quick):
    _, out = quick
    assert "| game | budget |" in (out / "shapley.md").read_text()
    assert (out / "shapley.svg").read_text().startswith("<svg")
    assert "weighhouse exact" in (out / "shapley-speed.md").read_text()
