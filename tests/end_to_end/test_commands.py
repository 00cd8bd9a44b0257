"""Every role in its own process, with its own key, against a running Anvil: from nothing to a refund."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from chain.accounts import create_keystore, ensure_funded
from chain.network import Network, connect
from chain.networks.dev import dev_address
from tests.support.commands import Ran, sending, weighhouse
from valuation.mechanism import default_mechanism

pytestmark = pytest.mark.xdist_group("commands")


@pytest.fixture(scope="module")
def anvil() -> Iterator[Network]:
    with connect("anvil") as network:
        yield network


class Shell:
    """One folder, one chain; `do` expects success and returns the JSON document."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url

    def run(self, *words: str, account: int | None = None, keystore: str | None = None) -> Ran:
        who = [] if account is None else ["--dev-account", str(account)]
        if keystore is not None:
            who = ["--keystore", keystore, "--password-file", "password"]
        return weighhouse(*sending(*words), "--network", self.url, *who, "--json", cwd=self.folder)

    def do(self, *words: str, account: int | None = None, keystore: str | None = None):  # type: ignore[no-untyped-def]
        ran = self.run(*words, account=account, keystore=keystore)
        assert ran.code == 0, (words, ran.out, ran.err)
        assert ran.document["status"] == "ok"
        return ran.document


def write_own_update(assignment: Path, file: Path) -> None:
    """What a trainer's own script does, in NumPy alone: base model less trained model, one array a layer."""
    given = load_file(assignment)
    x, y = given["x"].astype(np.float64), np.eye(10)[given["y"]]
    weight, bias = given["base.weight"].astype(np.float64), given["base.bias"].astype(np.float64)
    for _ in range(40):
        scores = x @ weight.T + bias
        likely = np.exp(scores - scores.max(axis=1, keepdims=True))
        error = likely / likely.sum(axis=1, keepdims=True) - y
        weight -= 0.5 * error.T @ x / len(x)
        bias -= 0.5 * error.mean(axis=0)
    moved = {"weight": given["base.weight"] - weight, "bias": given["base.bias"] - bias}
    save_file({name: array.astype(np.float32) for name, array in moved.items()}, file)


def test_a_project_runs_from_the_command_line_alone(anvil: Network, tmp_path: Path) -> None:
    shell = Shell(tmp_path, anvil.endpoint)
    (tmp_path / "password").write_text("correct horse battery staple\n")
    (tmp_path / "password").chmod(0o600)
    trainer = create_keystore(tmp_path / "trainer.json", "correct horse battery staple")
    ensure_funded(anvil, [trainer.address], 10**18)

    # Proof of computation refuses honest work once in a hundred rounds, and a test should not.
    (tmp_path / "rules.json").write_bytes(default_mechanism(decoys=0).to_json())
    rules = ("--mechanism", "rules.json", "--guardian", dev_address(8))
    made = shell.do("project", "create", "--challenge", "3600", *rules, account=0)
    shell.do("project", "mint", dev_address(0), "10000", account=0)
    shell.do("project", "fund", "3000.5", account=0)
    for address in (trainer.address, dev_address(2), dev_address(3), dev_address(4)):
        shell.do("project", "mint", address, "1000", account=0)
    assert shell.do("peer", "register", keystore="trainer.json")["address"] == trainer.address
    shell.do("peer", "register", "--stake", "250", account=2)
    shell.do("peer", "register", "--role", "evaluator", account=3)
    shell.do("peer", "register", "--role", "evaluator", account=4)

    assert shell.do("round", "open", account=9)["phase"] == "commit"
    shell.do("peer", "submit", "--seed", "1", keystore="trainer.json")
    assigned = shell.do("peer", "assignment", dev_address(2), "assigned.safetensors")
    assert assigned["arrays"]["x"] == [len(load_file(tmp_path / "assigned.safetensors")["y"]), 64]
    write_own_update(tmp_path / "assigned.safetensors", tmp_path / "own.safetensors")
    shell.do("peer", "submit", "--update", "own.safetensors", account=2)
    shell.do("round", "advance", "publish")
    shell.do("peer", "publish", keystore="trainer.json")
    shell.do("peer", "publish", account=2)
    shell.do("round", "advance", "seal")
    assert shell.do("round", "seal", account=9)["phase"] == "measure"
    shell.do("round", "measure", account=3)
    shell.do("round", "measure", account=4)
    shell.do("round", "advance", "reveal")
    shell.do("round", "reveal", account=3)
    shell.do("round", "reveal", account=4)
    shell.do("round", "advance", "post")
    assert shell.do("round", "post", account=4)["phase"] == "challenge"
    again = shell.run("round", "post", account=3)
    assert (again.code, again.document["error"]["name"]) == (8, "NothingToDo")
    assert shell.do("round", "status")["report"] == shell.do("round", "status", "--round", "1")["report"]
    pending = shell.do("project", "status")
    owed = int(pending["money"]["pending"])
    assert 0 <= 1000 * 10**18 - owed < 10
    assert pending["verifiable"] is True
    early = shell.run("peer", "claim", keystore="trainer.json")
    assert early.code == 8
    shell.do("round", "advance", "active")

    shell.do("project", "pause", "claims", account=8)
    paused = shell.run("peer", "claim", keystore="trainer.json")
    assert (paused.code, paused.document["error"]["name"]) == (7, "PausedUntil")
    assert shell.run("project", "pause", "claims", account=0).code == 9
    shell.do("project", "pause", "claims", "--lift", account=8)
    assert shell.run("project", "pause", "claims", account=8).document["error"]["name"] == "PausedTooRecently"

    told = shell.do("peer", "score", trainer.address)
    claimed = shell.do("peer", "claim", keystore="trainer.json")["claimed"]
    assert told["rounds"][0]["payout"] == claimed
    assert int(claimed) > 0
    payouts = shell.do("project", "payouts")
    paid = {line["address"]: line for line in payouts["peers"]}
    assert paid[trainer.address]["claimed"] == claimed
    assert sum(int(line["earned"]) for line in payouts["peers"]) == owed

    audit = shell.do("audit")
    assert audit["audit"]["passed"] is True
    assert audit["money"]["funded"] == str(3000 * 10**18 + 5 * 10**17)

    closed = shell.do("project", "close", account=0)
    assert int(closed["refunded"]) == 3000 * 10**18 + 5 * 10**17 - owed
    assert shell.run("project", "close", account=0).code == 8
    assert shell.run("round", "open", account=9).document["error"]["name"] == "ProjectClosed"
    signed = shell.do("peer", "sign-claim", "signed.json", "--to", dev_address(7), account=2)
    brought = shell.do("peer", "claim", "--signed", "signed.json", account=9)
    assert (brought["address"], brought["claimed"]) == (dev_address(2), signed["cumulative"])
    assert shell.run("peer", "claim", "--signed", "signed.json", account=9).code == 8
    assert shell.run("peer", "claim", "--signed", "signed.json", "--to", dev_address(9), account=9).code == 2
    assert shell.run("peer", "claim", "--signed", "password", account=9).code == 2
    assert shell.run("peer", "claim", "--signed", "nowhere.json", account=9).code == 3
    shell.do("peer", "claim", "--to", dev_address(7), account=3)
    left = shell.do("project", "status")["money"]
    assert int(left["claimed"]) + int(left["claimable"]) == owed
    assert int(left["claimable"]) > 0

    early = shell.run("project", "sweep", account=0)
    assert (early.code, early.document["error"]["name"]) == (7, "NotExpired")
    anvil.advance(366 * 86_400)
    assert shell.do("project", "sweep", "--to", dev_address(6), account=0)["to"] == dev_address(6)
    early = shell.run("project", "sweep", account=0)
    assert (early.code, early.document["error"]["name"]) == (7, "TooEarlyToSweep")
    anvil.advance(31 * 86_400)
    assert shell.do("project", "sweep", account=0)["swept"] == left["claimable"]
    assert shell.do("project", "status")["money"]["expired"] == left["claimable"]
    assert shell.do("audit")["audit"]["passed"] is True
    assert made["project"] == 1


def test_the_demo_prints_one_json_document_and_nothing_else(tmp_path: Path) -> None:
    ran = weighhouse("demo", "--json", "--rounds", "2", cwd=tmp_path)
    assert ran.code == 0, ran.err
    document = ran.document
    assert ran.err == ""
    assert [r["round"] for r in document["rounds"]] == [1, 2]
    assert all({"round", "loss", "seed", "header"} <= set(r) for r in document["rounds"])
    fields = {"address", "role", "behaviour", "value", "earned", "claimable", "claimed", "reason"}
    assert all(fields <= set(peer) for peer in document["peers"])
    money = {name: int(amount) for name, amount in document["money"].items()}
    assert money["funded"] == money["claimed"] + money["claimable"] + money["remaining"]
    assert document["audit"]["passed"] is True
    assert list(tmp_path.iterdir()) == []


def test_the_demo_for_people_shows_every_peer_and_the_verdict(anvil: Network, tmp_path: Path) -> None:
    ran = weighhouse("demo", "--rounds", "1", "--network", anvil.endpoint, cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert ran.out.count("honest") == 7
    assert "Audit: PASS" in ran.out
    assert "\x1b" not in ran.out + ran.err
