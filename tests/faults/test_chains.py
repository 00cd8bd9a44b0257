"""Blocks that go away, do not come, cost more or lie about the time: that costs time and nothing else."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chain.accounts import dev_account
from chain.contracts import Call
from chain.errors import Refused, TransactionPending
from chain.sender import Sender
from tests.support.payday import EVALUATOR, OWNER, STEPS, TRAINERS, persist


def end_as_undisturbed(ground: Any, folder: Path, **how: Any) -> None:
    persist(ground.payday, ground.network, folder, **how)
    assert ground.payday.outcome(ground.network) == ground.undisturbed


def same_money(ground: Any) -> None:
    """As undisturbed but for gas: a node may put a claim back before its header, where it fails."""
    outcome = ground.payday.outcome(ground.network)
    assert {**outcome, "transactions": []} == {**ground.undisturbed, "transactions": []}


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("step", ["post", "claim"])
def test_a_reorganisation_takes_out_what_was_confirmed(
    step: str, depth: int, ground: Any, folder: Path
) -> None:
    done = STEPS[: STEPS.index(step) + 1]
    ground.payday.run(ground.network, folder, steps=done)
    before = ground.payday.outcome(ground.network)
    ground.network.rpc("anvil_reorg", depth, [])
    assert ground.payday.outcome(ground.network) != before
    persist(ground.payday, ground.network, folder)
    same_money(ground)


@pytest.mark.parametrize("depth", [2, 5])
def test_a_reorganisation_happens_twice(depth: int, ground: Any, folder: Path) -> None:
    for _ in range(2):
        persist(ground.payday, ground.network, folder)
        ground.network.rpc("anvil_reorg", depth, [])
    persist(ground.payday, ground.network, folder)
    same_money(ground)


@pytest.mark.parametrize("step", STEPS[:2] + STEPS[3:])
def test_no_blocks_come_for_a_while(step: str, ground: Any, folder: Path) -> None:
    ground.payday.run(ground.network, folder, steps=STEPS[: STEPS.index(step)])
    ground.network.rpc("evm_setAutomine", False)
    with pytest.raises(TransactionPending):
        ground.payday.run(ground.network, folder, steps=(step,), timeout=0.5)
    ground.network.rpc("evm_setAutomine", True)
    ground.network.mine()
    end_as_undisturbed(ground, folder)


@pytest.mark.parametrize("step", STEPS[:2] + STEPS[3:])
def test_the_node_forgets_what_is_waiting(step: str, ground: Any, folder: Path) -> None:
    ground.payday.run(ground.network, folder, steps=STEPS[: STEPS.index(step)])
    ground.network.rpc("evm_setAutomine", False)
    with pytest.raises(TransactionPending):
        ground.payday.run(ground.network, folder, steps=(step,), timeout=0.2)
    ground.network.rpc("anvil_dropAllTransactions")
    ground.network.rpc("evm_setAutomine", True)
    end_as_undisturbed(ground, folder)


@pytest.mark.parametrize("times", [3, 40])
def test_fees_rise_while_a_transaction_waits(times: int, ground: Any, folder: Path) -> None:
    ground.network.rpc("evm_setAutomine", False)
    with pytest.raises(TransactionPending):
        ground.payday.run(ground.network, folder, steps=("post",), timeout=0.1)
    ground.network.rpc("anvil_setNextBlockBaseFeePerGas", hex(times * ground.base_fee))
    ground.network.mine()
    ground.network.rpc("evm_setAutomine", True)
    end_as_undisturbed(ground, folder)


def test_fees_are_above_the_cap_for_a_while(ground: Any, folder: Path) -> None:
    cap = 50 * ground.base_fee
    ground.network.rpc("anvil_setNextBlockBaseFeePerGas", hex(2 * cap))
    ground.network.mine()
    with pytest.raises(Refused, match="above the cap"):
        ground.payday.run(ground.network, folder, fee_cap=cap)
    ground.network.rpc("anvil_setNextBlockBaseFeePerGas", hex(ground.base_fee))
    ground.network.mine()
    end_as_undisturbed(ground, folder, fee_cap=cap)


@pytest.mark.parametrize("account", [OWNER, EVALUATOR, TRAINERS[0]])
def test_a_wallet_uses_the_account_at_the_same_time(account: int, ground: Any, folder: Path) -> None:
    """Somebody sends from it by other means and for a higher fee: our transaction is pushed out."""
    network = ground.network
    step = {OWNER: "fund", EVALUATOR: "post", TRAINERS[0]: "claim"}[account]
    ground.payday.run(network, folder, steps=STEPS[: STEPS.index(step)])
    network.rpc("evm_setAutomine", False)
    with pytest.raises(TransactionPending):
        ground.payday.run(network, folder, steps=(step,), timeout=0.1)
    nonce = network.nonce(dev_account(network, account).address)
    other = dev_account(network, account).sign_transaction(
        {
            "type": 2,
            "chainId": network.chain_id,
            "nonce": nonce,
            "gas": 21_000,
            "maxFeePerGas": 10**11,
            "maxPriorityFeePerGas": 10**11,
            "to": dev_account(network, 9).address,
            "value": 1,
        }
    )
    network.web3.eth.send_raw_transaction(other.raw_transaction)
    network.mine()
    network.rpc("evm_setAutomine", True)
    persist(ground.payday, network, folder)
    outcome = ground.payday.outcome(network)
    places = [OWNER, 1, *TRAINERS, EVALUATOR]
    outcome["transactions"][places.index(account)] -= 1  # the wallet's own
    assert outcome == ground.undisturbed


@pytest.mark.parametrize("days", [-3650, 3650])
def test_this_machines_clock_is_wrong(
    days: int, ground: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + 86_400 * days)
    end_as_undisturbed(ground, folder)


def test_the_chains_clock_jumps(ground: Any, folder: Path) -> None:
    ground.payday.run(ground.network, folder, steps=STEPS[:2])
    ground.network.advance(86_400 * 365)
    end_as_undisturbed(ground, folder)


def test_a_payment_is_pending_while_another_is_made(ground: Any, folder: Path) -> None:
    """Money that goes elsewhere from the same account neither replaces nor is replaced."""
    network = ground.network
    network.rpc("evm_setAutomine", False)
    with pytest.raises(TransactionPending):
        ground.payday.run(network, folder, steps=("post",), timeout=0.1)
    gift = Call(to=dev_account(network, 9).address, data=b"", value=5)
    held = network.balance(gift.to or "")
    wallet = Sender(network, dev_account(network, EVALUATOR), timeout=0.1)
    with pytest.raises(TransactionPending):
        wallet.send(gift)
    network.mine()
    network.rpc("evm_setAutomine", True)
    assert network.balance(gift.to or "") == held + 5
    persist(ground.payday, network, folder)
    outcome = ground.payday.outcome(network)
    outcome["transactions"][4] -= 1
    assert outcome == ground.undisturbed
    assert replace(wallet, timeout=1.0).address == dev_account(network, EVALUATOR).address
