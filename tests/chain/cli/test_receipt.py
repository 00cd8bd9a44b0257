"""Receipts on the command line: written, checked against the chain alone, disputed with."""

import json
from pathlib import Path
from typing import Any

import pytest

from chain.contracts.types import Phase
from chain.network import Network
from chain.roles.rounds import advance_to
from tests.support.commands import Ran, weighhouse_here
from tests.support.liars import LIES, post_lie
from tests.support.world import World, build_world


@pytest.fixture(scope="module")
def world(anvil: Network, tmp_path_factory: pytest.TempPathFactory) -> World:
    world = build_world(anvil, tmp_path_factory.mktemp("receipts"))
    world.play_round()
    return world


def run(world: World, *words: str, account: int | None = None, json: bool = True) -> Ran:
    who = [] if account is None else ["--dev-account", str(account)]
    where = ["--network", world.network.endpoint, "--store", f"file://{world.root}/store"]
    return weighhouse_here(*words, *where, *who, *(["--json"] if json else []), cwd=world.root)


def test_a_receipt_is_written_read_and_recomputed_without_the_store(world: World) -> None:
    trainer = world.trainers[0].address
    written = run(world, "receipt", "write", trainer, "own.json", account=2)
    assert written.code == 0, written.err
    assert written.document["round"] == 1
    elsewhere = ["receipt", "verify", "own.json", "--network", world.network.endpoint, "--json"]
    checked = weighhouse_here(*elsewhere, "--store", "file://nothing/here", cwd=world.root)
    assert checked.code == 0, checked.err
    assert checked.document["passed"] is True
    assert checked.document["payout"] == written.document["payout"]
    assert checked.document["signed_by"] == f"{trainer}, whose receipt it is"
    assert len(checked.document["checks"]) > 15
    shown = run(world, "receipt", "verify", "own.json", json=False)
    assert shown.out.count("PASS") == len(checked.document["checks"])
    assert "FAIL" not in shown.out


def test_a_changed_receipt_ends_with_code_5_and_says_where(world: World) -> None:
    run(world, "receipt", "write", world.trainers[1].address, "changed.json", account=3)
    file = world.root / "changed.json"
    document = json.loads(file.read_text())
    document["payout"] = str(int(document["payout"]) + 1)
    file.write_text(json.dumps(document, sort_keys=True, separators=(",", ":")))
    told = run(world, "receipt", "verify", "changed.json")
    assert (told.code, told.document["passed"]) == (5, False)
    wrong = [check["name"] for check in told.document["checks"] if not check["passed"]]
    assert wrong == ["signature", "payout", "payout adds up"]
    assert run(world, "receipt", "verify", "changed.json", json=False).code == 5


def test_what_cannot_be_read_is_named(world: World) -> None:
    (world.root / "garbage.json").write_text("{}")
    assert run(world, "receipt", "verify", "garbage.json").document["error"]["name"] == "MalformedReceipt"
    assert run(world, "receipt", "verify", "nowhere.json").code == 3
    run(world, "receipt", "write", world.trainers[0].address, "bare.json", account=2)
    document = json.loads((world.root / "bare.json").read_text()) | {"signer": "", "signature": ""}
    (world.root / "bare.json").write_text(json.dumps(document, sort_keys=True, separators=(",", ":")))
    assert run(world, "receipt", "verify", "bare.json").document["error"]["name"] == "ReceiptWrong"
    assert run(world, "receipt", "verify", "bare.json", "--unsigned").document["signed_by"] == "nobody"
    stranger = world.stranger.address
    assert run(world, "receipt", "write", stranger, "x.json", account=2).code == 8
    assert run(world, "receipt", "write", world.trainers[0].address, "no/x.json/y", account=2).code == 0
    assert run(world, "receipt", "write", world.trainers[0].address, "garbage.json/y", account=2).code == 3


def test_every_term_of_a_score_is_shown(world: World) -> None:
    trainer = world.trainers[0].address
    told: Any = run(world, "peer", "score", trainer, "--explain").document
    assert sum(term["value"] for term in told["terms"]) == pytest.approx(told["score"], abs=1e-8)
    assert [term["name"] for term in told["terms"]] == ["alone", "joining 1 other", "joining 2 others"]
    shown = run(world, "peer", "score", trainer, "--explain", json=False).out
    assert "joining 2 others" in shown
    assert f"place {told['rank']} of 3" in shown
    assert run(world, "peer", "score", trainer, "--explain", "--round", "9").code == 8
    assert run(world, "peer", "score", trainer, "--round", "1").code == 2


def test_a_trainer_disputes_with_its_receipt(world: World, tmp_path: Path) -> None:
    assert run(world, "receipt", "dispute", "own.json", account=2).code == 7  # final long ago
    round = world.open_and_submit()
    world.seal(round)
    world.measure(round)
    honest = world.evaluators[0].derive(round)
    payout = next(lie for lie in LIES if lie.name == "payout" or "payout" in lie.name)
    post_lie(world.evaluators[0], honest, payout.bend)
    wrong = run(world, "receipt", "write", world.trainers[0].address, "wrong.json", account=2)
    assert wrong.code == 0, wrong.err
    done = run(world, "receipt", "dispute", "wrong.json", account=2)
    assert (done.code, done.document["challenge"]["action"]) == (0, "proved"), done.err
    assert world.project.header(round) is None
    world.evaluators[1].post(round)
    run(world, "receipt", "write", world.trainers[0].address, "right.json", account=2)
    assert run(world, "receipt", "dispute", "right.json", account=2).code == 8
    advance_to(world.project, round, Phase.ACTIVE)


def test_a_round_and_a_project_are_chosen_by_their_numbers(world: World) -> None:
    assert run(world, "round", "status", "--round", "1").document["phase"] == "active"
    assert run(world, "round", "status", "--round", "1", "--project", "1").document["project"] == 1
    assert run(world, "round", "status", "--project", "7").document["error"]["name"] == "UnknownProject"
