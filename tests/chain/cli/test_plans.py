"""Where money moves, a command says what it would send, and sends it only when it is told to."""

import json

import click
import pytest

from chain.cli import main
from chain.network import Network
from chain.networks.dev import dev_address
from tests.support.commands import Ran, weighhouse_here
from tests.support.world import BUDGET, TOKEN, World, build_world

MONEY = {
    ("project", "fund"),
    ("project", "mint"),
    ("project", "close"),
    ("project", "sweep"),
    ("peer", "register"),
    ("peer", "unbond"),
    ("peer", "withdraw"),
    ("peer", "claim"),
    ("peer", "collect"),
}


@pytest.fixture(scope="module")
def world(anvil: Network, tmp_path_factory: pytest.TempPathFactory) -> World:
    world = build_world(anvil, tmp_path_factory.mktemp("plans"))
    world.play_round()
    world.owner.sender.send(world.project.token.mint(world.owner.sender.address, 5 * TOKEN))
    return world


def run(world: World, *words: str) -> Ran:
    where = ["--network", world.network.endpoint, "--store", f"file://{world.root}/store"]
    return weighhouse_here(*words, *where, cwd=world.root)


def everything(world: World) -> tuple[object, ...]:
    nonces = [world.network.nonce(dev_address(number)) for number in range(10)]
    return world.holdings(), nonces, world.network.block().number


def test_these_are_the_commands_that_move_money() -> None:
    assert isinstance(main, click.Group)
    found = {
        (group_name, name)
        for group_name, group in main.commands.items()
        if isinstance(group, click.Group)
        for name, command in group.commands.items()
        if any(parameter.name == "broadcast" for parameter in command.params)
    }
    assert found == MONEY


@pytest.mark.parametrize(
    ("words", "calls"),
    [
        (("project", "fund", "5", "--dev-account", "0"), ["approve", "fund"]),
        (("project", "mint", dev_address(1), "5", "--dev-account", "0"), ["mint"]),
        (("project", "close", "--dev-account", "0"), ["close", "refund"]),
        (("peer", "claim", "--dev-account", "2"), ["claim"]),
        (("peer", "unbond", "100", "--dev-account", "2"), ["unbond"]),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else None,
)
def test_a_plan_sends_nothing(words: tuple[str, ...], calls: list[str], world: World) -> None:
    before = everything(world)
    for how in ((), ("--dry-run",), ("--broadcast", "--dry-run")):
        told = run(world, *words, *how, "--json")
        assert told.code == 0, told.err
        assert told.document["broadcast"] is False
        assert [call["function"] for call in told.document["calls"]] == calls
        assert told.document["calls"][0]["gas"] > 21_000
        assert int(told.document["most_wei"]) > 0
    shown = run(world, *words)
    assert "Nothing was sent" in shown.out
    assert f".{calls[0]}(" in shown.out
    assert everything(world) == before


def test_what_would_be_refused_is_refused_by_its_name(world: World) -> None:
    before = everything(world)
    told = run(world, "project", "close", "--dev-account", "3", "--json")
    assert (told.code, told.document["error"]["name"]) == (9, "OwnableUnauthorizedAccount")
    told = run(world, "project", "fund", "999999999", "--dev-account", "0", "--json")
    assert (told.code, told.document["error"]["name"]) == (3, "InsufficientTokens")
    told = run(world, "peer", "withdraw", "--dev-account", "2", "--json")
    assert told.code == 8
    assert everything(world) == before


def test_a_multisig_gets_its_calls_one_a_line(world: World) -> None:
    """The lines are sent by other means, and have the effect of the command."""
    network, owner = world.network, world.owner.sender.address
    planned = run(world, "project", "fund", "5", "--from", owner, "--output", "calldata")
    assert planned.code == 0, planned.err
    calls = [json.loads(line) for line in planned.out.splitlines()]
    assert [set(call) for call in calls] == [{"chain_id", "to", "value", "data"}] * 2
    for call in calls:
        assert call["chain_id"] == network.chain_id
        sent = {"from": owner, "to": call["to"], "value": hex(int(call["value"])), "data": call["data"]}
        network.rpc("eth_sendTransaction", sent)
    assert world.project.money().funded == 5 * BUDGET + 5 * TOKEN


def test_an_address_alone_cannot_send(world: World) -> None:
    told = run(world, "peer", "claim", "--from", world.trainers[0].address, "--broadcast", "--json")
    assert (told.code, told.document["error"]["name"]) == (3, "ConfigError")
    told = run(world, "peer", "claim", "--from", "0x1234", "--json")
    assert told.code == 3


def test_a_command_that_sends_no_money_has_no_calldata(world: World) -> None:
    told = run(world, "project", "status", "--output", "calldata")
    assert told.code == 2


def test_one_line_holds_a_document(world: World) -> None:
    told = run(world, "project", "status", "--output", "jsonl")
    assert told.out.count("\n") == 1
    assert json.loads(told.out) == run(world, "project", "status", "--json").document
    failed = run(world, "project", "status", "--project", "9", "--output", "jsonl")
    assert failed.out.count("\n") == 1
    assert json.loads(failed.out)["error"]["exit_code"] == failed.code == 6


def test_what_was_planned_is_what_is_sent(world: World) -> None:
    trainer = world.trainers[0].address
    held = world.project.token.balance_of(trainer)
    planned = run(world, "peer", "claim", "--dev-account", "2", "--json").document["calls"]
    sent = run(world, "peer", "claim", "--dev-account", "2", "--broadcast", "--json")
    assert sent.code == 0, sent.err
    transaction = world.network.web3.eth.get_transaction(sent.document["transaction"])
    assert bytes(transaction["input"]).hex() == planned[0]["data"].removeprefix("0x")
    assert world.project.token.balance_of(trainer) == held + int(sent.document["claimed"])
    assert run(world, "peer", "claim", "--dev-account", "2").code == 8
