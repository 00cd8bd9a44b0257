"""The benchmarks of federated methods run, and say what they are there to say."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from valuation import methods

ROOT = Path(__file__).parents[2]


def _run(name, *options):
    command = [sys.executable, str(ROOT / "benchmarks" / name), "--quick", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment, timeout=300
    ).stdout


@pytest.fixture(scope="module")
def federated():
    return json.loads(_run("federated.py", "--json"))


def test_all_coalitions_of_a_round_are_measured_both_ways(federated):
    (batch,) = federated["batch"]
    assert batch["coalitions"] == 2 ** batch["clients"]
    assert batch["ratio"] == pytest.approx(batch["one by one, s"] / batch["all at once, s"])


def test_every_method_stands_in_the_table_with_its_cost_or_its_refusal(federated):
    rows = {row["method"]: row for row in federated["methods"]}
    assert set(rows) == set(methods())
    assert rows["verfedsv"]["refused"]
    assert rows["mr-shapley"]["refused"].endswith("takes part in every round")
    for name in ("shapley-exact", "fedsv", "mr-shapley", "comfedsv"):
        assert rows[name]["full"] == pytest.approx(1)
    assert rows["leave-one-out"]["evaluations"] < rows["fedsv"]["evaluations"]
    for row in rows.values():
        assert row["refused"] or -1 <= row["full"] <= 1


def test_every_method_with_errors_is_asked_how_often_its_intervals_hold_the_truth(federated):
    rows = {row["method"]: row for row in federated["coverage"]}
    assert {"fedsv", "comfedsv", "gtg-shapley", "cosine-shapley", "owen", "odd-gp", "verfedsv"} <= set(rows)
    for name in ("fedsv", "verfedsv", "comfedsv", "cosine-shapley", "gtg-shapley", "sampled-leave-one-out"):
        assert 0.8 < rows[name]["coverage"] <= 1
        assert 0.5 < rows[name]["stated error"] / rows[name]["true error"] < 2


def test_clients_with_the_same_data_are_paid_more_alike_when_rounds_are_completed():
    rows = json.loads(_run("comfedsv.py", "--json"))["comfedsv"]
    iid = {row["method"]: row for row in rows if row["split"] == "IID"}
    assert iid["ComFedSV"]["median d"] < 0.1 < iid["FedSV"]["median d"]
    assert iid["ComFedSV"]["median correlation"] > 0.85
    assert {row["split"] for row in rows} == {"IID", "2 shards"}


def test_people_get_a_table():
    lines = _run("comfedsv.py").splitlines()
    assert "comfedsv" in lines[1]
    assert "median d" in lines[2]
