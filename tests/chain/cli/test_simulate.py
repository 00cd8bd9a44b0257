"""Simulations and mechanisms on the command line: no chain, no key, no money."""

import json
import sys
from pathlib import Path

import pytest

from tests.support.commands import Ran, weighhouse_here
from valuation.attacks.tables import Size
from valuation.presets import PRESETS

FAST = ("--draws", "1", "--honest", "2", "--rounds", "2")


def simulate(folder: Path, *arguments: str) -> Ran:
    return weighhouse_here("simulate", *arguments, cwd=folder)


def test_a_rehearsal_pays_the_honest_and_can_be_kept(tmp_path: Path) -> None:
    ran = simulate(tmp_path, *FAST, "--fund", "10000", "--save", "run", "--json")
    assert ran.code == 0, ran.err
    (found,) = ran.document["mechanisms"]
    by_behaviour: dict[str, list[int]] = {}
    for each in found["trainers"]:
        by_behaviour.setdefault(each["behaviour"], []).append(int(each["earned"]))
    assert by_behaviour.pop("honest")[-1] > 0
    assert by_behaviour == {"noise": [0], "zeros": [0], "near-copy": [0]}
    assert found["runway"] == 10
    # Kept, it is a history on which the same comes out.
    again = simulate(tmp_path, "--history", "run", "--draws", "1", "--fund", "10000", "--json")
    (same,) = again.document["mechanisms"]
    assert same["spent"] == found["spent"]
    assert same["digest"] == found["digest"]


def test_mechanisms_stand_side_by_side(tmp_path: Path) -> None:
    made = weighhouse_here("mechanism", "new", "small", "own.toml", cwd=tmp_path)
    assert made.code == 0, made.err
    spec = tmp_path / "own.toml"
    spec.write_text(spec.read_text().replace("evaluator_share = 1000", "evaluator_share = 0"))
    ran = simulate(tmp_path, *FAST, "--mechanism", "small", "--mechanism", "own.toml", "--json")
    first, second = ran.document["mechanisms"]
    assert (first["name"], second["name"]) == ("small", "own.toml")
    assert int(first["evaluators"]) > int(second["evaluators"]) == 0
    # Without a part for evaluators, the trainers' shares are the same, and their money a ninth more.
    for one, other in zip(first["trainers"], second["trainers"], strict=True):
        assert other["share"] == pytest.approx(one["share"])
        assert abs(9 * int(other["earned"]) - 10 * int(one["earned"])) < 100
    told = simulate(tmp_path, *FAST, "--mechanism", "small", "--mechanism", "own.toml")
    assert "own.toml" in told.out
    assert "what another choice would change" in told.out


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_can_be_written_checked_and_created_from(name: str, tmp_path: Path) -> None:
    for file in (f"{name}.toml", f"{name}.json"):
        written = weighhouse_here("mechanism", "new", name, file, "--json", cwd=tmp_path).document
        checked = weighhouse_here("mechanism", "check", file, "--json", cwd=tmp_path).document
        preset = weighhouse_here("mechanism", "check", name, "--json", cwd=tmp_path).document
        assert written["digest"] == checked["digest"] == preset["digest"]
    listed = weighhouse_here("mechanism", "presets", "--json", cwd=tmp_path).document
    assert [each["name"] for each in listed["presets"]] == list(PRESETS)


@pytest.mark.parametrize(
    ("arguments", "name", "complaint"),
    [
        (("simulate", "--history", "nowhere"), "InputError", "nowhere is no history"),
        (("simulate", "--mechanism", "nothing"), "ConfigError", "no file and no preset is called 'nothing'"),
        (("simulate", "--history", "nowhere", "--save", "there"), "ConfigError", "--save keeps a rehearsal"),
        (("simulate", "--design", "nothing"), "ConfigError", "cannot read nothing"),
        (("simulate", "--fund", "much"), "InputError", "not an amount: 'much'"),
        (("mechanism", "new", "small", "there.toml"), "ConfigError", "there.toml exists already"),
        (("mechanism", "check", "there.toml"), "MechanismError", "aggregation: is missing"),
        (("mechanism", "check", "binary.toml"), "ConfigError", "binary.toml is no text"),
    ],
)
def test_what_cannot_be_simulated_is_said(
    arguments: tuple[str, ...], name: str, complaint: str, tmp_path: Path
) -> None:
    (tmp_path / "there.toml").write_text("")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    ran = weighhouse_here(*arguments, "--json", cwd=tmp_path)
    assert ran.code == (3 if name == "ConfigError" else 2)
    assert ran.document["error"]["name"] == name
    assert complaint in ran.document["error"]["message"]


def test_attacks_are_played_when_they_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bench itself is tested where it is; here, that a simulation asks it about each mechanism."""
    monkeypatch.setattr(sys.modules["chain.cli.simulate"], "QUICK", Size(2, 1, 1, 1, 2))
    ran = simulate(tmp_path, *FAST, "--mechanism", "small", "--attacks", "--json")
    assert ran.code == 0, ran.err
    names = [row["name"] for row in json.loads(ran.out)["attacks"]]
    assert "noise" in names
    assert len(names) == len(set(names)) >= 20
