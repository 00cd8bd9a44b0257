"""The attack bench runs, as a benchmark and as a command, and says what it is there to say."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from valuation.attacks.bench import attack_names

ROOT = Path(__file__).parents[2]


def _run(name: str, *options: str) -> str:
    command = [sys.executable, str(ROOT / "benchmarks" / name), "--quick", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment, timeout=600
    ).stdout


def test_the_benchmark_prints_every_table_and_writes_its_page_and_picture(tmp_path: Path) -> None:
    page, picture = tmp_path / "attacks.md", tmp_path / "attacks.svg"
    found = json.loads(
        _run("attacks.py", "--jobs", "2", "--json", "--out", str(page), "--plot", str(picture))
    )
    rows = {row["name"]: row for row in found["attacks"]}
    assert list(rows) == list(attack_names())
    for row in rows.values():
        assert row["low"] <= row["relative_pay"] <= row["high"]
        assert row["open"] == (row["relative_pay"] > 0.05)
    for name in ("zeros", "late", "copy", "sign-flip", "norm-inflation", "lazy-evaluator"):
        assert rows[name]["relative_pay"] == 0
    assert rows["evaluators-above-half"]["open"]
    gains = {(row["mechanism"], row["manner"]): row["gain"] for row in found["replication"]}
    assert gains["default", "same update"] <= 1.05
    assert gains["shapley-exact", "same update"] > 1.05
    assert gains["owen-clusters", "same update"] < gains["shapley-exact", "same update"]
    assert found["honest updates refused"][0]["share"] < 0.5
    assert "## Every attack under the default mechanism" in page.read_text()
    assert picture.read_text().startswith("<svg")


def test_the_transformers_benchmark_compares_with_the_peers_alone() -> None:
    pytest.importorskip("torch", reason="the extra `torch` is not installed here")
    rows = json.loads(_run("transformer.py", "--json"))["transformer"]
    alone, attacked = rows
    assert alone["above alone"] == 0
    assert alone["last loss"] < alone["first loss"]
    assert attacked["attackers' part of the pay"] == 0
    assert abs(attacked["above alone"]) < 0.1
