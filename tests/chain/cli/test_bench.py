"""`weighhouse bench attacks` prints what the bench measures, for programs and for people."""

import importlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from chain.cli import main
from valuation.attacks.bench import attack_names
from valuation.attacks.tables import Size
from valuation.mechanism import default_mechanism

TINY = Size(honest=2, rounds=1, remembering=1, seeds=1, identities=2, methods=("default", "shapley-exact"))


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick run of the benchmark is tested with the benchmarks; here a smaller one is enough."""
    monkeypatch.setattr(importlib.import_module("chain.cli.bench"), "QUICK", TINY)


def test_the_document_has_every_attack_with_its_numbers(tmp_path: Path) -> None:
    picture = tmp_path / "attacks.svg"
    ran = CliRunner().invoke(
        main, ["bench", "attacks", "--quick", "--json", "--replication", "--plot", str(picture)]
    )
    assert ran.exit_code == 0, ran.output
    document = json.loads(ran.stdout)
    assert [row["name"] for row in document["attacks"]] == list(attack_names())
    fields = {
        "mechanism",
        "name",
        "relative_pay",
        "low",
        "high",
        "model_damage",
        "honest_loss",
        "open",
    }
    assert all(set(row) == fields for row in document["attacks"])
    assert {row["mechanism"] for row in document["replication"]} == {"default", "shapley-exact"}
    assert picture.read_text().startswith("<svg")


def test_people_see_a_line_an_attack_under_each_mechanism(tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_bytes(default_mechanism(method="loss-delta", decoys=0).to_json())
    ran = CliRunner().invoke(
        main, ["bench", "attacks", "--quick", "--mechanism", "gauntlet-paper", "--mechanism", str(file)]
    )
    assert ran.exit_code == 0, ran.output
    assert ran.stdout.count("gauntlet-paper") == len(attack_names())
    assert ran.stdout.count("evaluators-above-half") == 2


def test_a_mechanism_that_is_neither_a_name_nor_a_file_is_refused_by_name() -> None:
    ran = CliRunner().invoke(main, ["bench", "attacks", "--mechanism", "none such", "--json"])
    assert ran.exit_code == 3
    document, _ = json.JSONDecoder().raw_decode(ran.stdout)  # older clicks test with stderr behind it
    assert document["error"]["name"] == "ConfigError"
