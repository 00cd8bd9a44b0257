"""A transaction is sent once, a refusal costs nothing, and a crash forgets nothing."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.datastructures import SignedTransaction

from chain.accounts import dev_account
from chain.contracts import Call, Token, errors
from chain.errors import InsufficientFunds, NetworkError, Refused, Reverted, RpcError, TransactionPending
from chain.fees import current_fees
from chain.journal import Intent, Journal, Step
from chain.network import Network, connect
from chain.networks.anvil import start_anvil
from chain.sender import MOST_GAS, Sender, Signer

ROOT = Path(__file__).resolve().parents[2]
RECEIVER = Account.from_key(b"\x42" * 32).address
POOR = Account.from_key(b"\x07" * 32)


def journal(network: Network, path: Path) -> Journal:
    return Journal(path, chain_id=network.chain_id, genesis_hash=network.genesis_hash)


def nonce(network: Network, address: str) -> int:
    return int(network.web3.eth.get_transaction_count(address))  # type: ignore[arg-type]


def deployed_token(network: Network) -> Token:
    return Token(network, Sender(network, dev_account(network, 0)).deploy("TestToken")[0])


@pytest.fixture
def token(network: Network) -> Token:
    return deployed_token(network)


@pytest.fixture
def quiet() -> Iterator[Network]:
    """An Anvil that mines only when asked."""
    node = start_anvil(accounts=3, arguments=("--no-mining",))
    try:
        with connect(node.url) as network:
            yield network
    finally:
        node.stop()


def test_a_transaction_is_sent_and_its_receipt_says_so(network: Network, token: Token) -> None:
    sender = Sender(network, dev_account(network, 0))
    before = network.block().number
    receipt = sender.send(token.mint(RECEIVER, 5))
    assert (receipt.status, receipt.block, receipt.contract) == (1, before + 1, None)
    assert receipt.block_hash == network.block(receipt.block).hash
    assert [log.address for log in receipt.logs] == [token.address]
    assert token.balance_of(RECEIVER) == 5


def test_what_a_contract_refuses_is_named_and_never_sent(network: Network, token: Token) -> None:
    stranger = Sender(network, dev_account(network, 1))
    before = network.block(), nonce(network, stranger.address), network.balance(stranger.address)
    with pytest.raises(errors.OwnableUnauthorizedAccount) as caught:
        stranger.send(token.mint(RECEIVER, 5))
    assert caught.value.arguments == {"account": stranger.address}
    with pytest.raises(errors.OwnableUnauthorizedAccount):
        stranger.simulate(token.mint(RECEIVER, 5))
    after = network.block(), nonce(network, stranger.address), network.balance(stranger.address)
    assert after == before


def test_who_cannot_pay_for_gas_is_told_so_and_nothing_is_sent(network: Network, token: Token) -> None:
    poor = Sender(network, POOR)
    before = network.block()
    with pytest.raises(InsufficientFunds, match="holds 0 wei"):
        poor.send(token.approve(RECEIVER, 1))
    with pytest.raises(InsufficientFunds):
        poor.send(Call(to=RECEIVER, data=b"", value=1))
    assert network.block() == before


def test_a_quote_covers_what_the_transaction_costs(network: Network, token: Token) -> None:
    sender = Sender(network, dev_account(network, 0))
    call = token.mint(RECEIVER, 5)
    quote = sender.quote(call)
    held = network.balance(sender.address)
    receipt = sender.send(call)
    assert receipt.gas_used <= quote.gas
    assert 0 < held - network.balance(sender.address) <= quote.cost


def test_a_node_that_will_not_estimate_is_no_obstacle(
    embedded: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Hardhat tries three times what a call needs, and refuses itself when that is above the limit.
    def refuse(*_: object) -> int:
        raise RpcError("transaction gas limit (20869899) is greater than the cap (16777216)")

    token = deployed_token(embedded)
    monkeypatch.setattr(embedded.web3.eth, "estimate_gas", refuse)
    sender = Sender(embedded, dev_account(embedded, 0))
    assert sender.quote(token.mint(RECEIVER, 5)).gas <= MOST_GAS
    sender.send(token.mint(RECEIVER, 5))
    assert token.balance_of(RECEIVER) == 5


def test_fees_stay_below_the_cap_or_nothing_is_sent(anvil: Network) -> None:
    token = deployed_token(anvil)
    usual = current_fees(anvil)
    cap = usual.maximum - (usual.maximum - usual.tip) // 2 + 1
    capped = Sender(anvil, dev_account(anvil, 0), fee_cap=cap)
    sent = anvil.rpc("eth_getTransactionByHash", capped.send(token.mint(RECEIVER, 1)).hash)
    assert int(sent["maxFeePerGas"], 16) <= cap < usual.maximum
    before = nonce(anvil, capped.address)
    with pytest.raises(Refused, match="above the cap"):
        replace(capped, fee_cap=1).send(token.mint(RECEIVER, 1))
    assert nonce(anvil, capped.address) == before


def test_a_contract_is_created_where_the_receipt_says(network: Network) -> None:
    sender = Sender(network, dev_account(network, 0))
    address, receipt = sender.deploy("ProjectLens")
    assert receipt.contract == address
    assert network.code(address)


# The same thing twice


def test_a_key_is_sent_once_and_answered_with_the_old_receipt(
    network: Network, token: Token, tmp_path: Path
) -> None:
    path = tmp_path / "journal.sqlite"
    sender = Sender(network, dev_account(network, 0), journal(network, path))
    first = sender.send(token.mint(RECEIVER, 5), key="gift")
    before = nonce(network, sender.address)
    assert sender.send(token.mint(RECEIVER, 5), key="gift") == first
    assert replace(sender, journal=journal(network, path)).send(token.mint(RECEIVER, 5), key="gift") == first
    assert nonce(network, sender.address) == before
    assert token.balance_of(RECEIVER) == 5
    sender.send(token.mint(RECEIVER, 5), key="another gift")
    sender.send(token.mint(RECEIVER, 5))
    assert token.balance_of(RECEIVER) == 15


def test_a_key_is_for_one_call_of_one_account(network: Network, token: Token, tmp_path: Path) -> None:
    shared = journal(network, tmp_path / "journal.sqlite")
    first, second = (Sender(network, dev_account(network, index), shared) for index in (0, 1))
    first.send(token.approve(RECEIVER, 5), key="same")
    with pytest.raises(Refused, match="used for another call"):
        first.send(token.approve(RECEIVER, 6), key="same")
    second.send(token.approve(RECEIVER, 5), key="same")
    assert token.allowance(second.address, RECEIVER) == 5


def test_a_key_needs_a_journal(embedded: Network) -> None:
    with pytest.raises(Refused, match="journal"):
        Sender(embedded, dev_account(embedded, 0)).send(Call(to=RECEIVER, data=b"", value=1), key="gift")


def test_a_key_that_was_refused_may_be_tried_again(embedded: Network, tmp_path: Path) -> None:
    token = deployed_token(embedded)
    owner, other = (
        Sender(embedded, dev_account(embedded, i), journal(embedded, tmp_path / "j")) for i in (0, 1)
    )
    with pytest.raises(errors.ERC20InsufficientBalance):
        other.send(token.transfer(RECEIVER, 5), key="pay")
    owner.send(token.mint(other.address, 5))
    other.send(token.transfer(RECEIVER, 5), key="pay")
    assert token.balance_of(RECEIVER) == 5


# A crash at any moment


# A process of its own: ends as kill -9 ends it, just before or just after a step is written.
SEND_AND_DIE = """
import os, signal, sys
from pathlib import Path
from chain.accounts import dev_account
from chain.contracts import Token
from chain.journal import Journal
from chain.network import connect
from chain.sender import Sender

url, token, receiver, path, step, when = sys.argv[1:]

class KillingJournal(Journal):
    def record(self, entry):
        if (entry.step, when) == (step, "before"):
            os.kill(os.getpid(), signal.SIGKILL)
        entry = super().record(entry)
        if (entry.step, when) == (step, "after"):
            os.kill(os.getpid(), signal.SIGKILL)
        return entry

with connect(url) as network:
    journal = KillingJournal(Path(path), chain_id=network.chain_id, genesis_hash=network.genesis_hash)
    sender = Sender(network, dev_account(network, 0), journal)
    sender.send(Token(network, token).mint(receiver, 5), key="gift")
"""


@pytest.mark.parametrize("step", [Step.INTENT, Step.SIGNED, Step.CONFIRMED])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_process_killed_at_any_moment_is_resumed_without_a_second_transaction(
    step: Step, when: str, anvil: Network, tmp_path: Path
) -> None:
    token = deployed_token(anvil)
    path = tmp_path / "journal.sqlite"
    arguments = [anvil.endpoint, token.address, RECEIVER, str(path), step, when]
    child = subprocess.run([sys.executable, "-c", SEND_AND_DIE, *arguments], cwd=ROOT, check=False)
    assert child.returncode == -signal.SIGKILL
    sender = Sender(anvil, dev_account(anvil, 0), journal(anvil, path))
    receipt = sender.send(token.mint(RECEIVER, 5), key="gift")
    assert receipt.status == 1
    assert token.balance_of(RECEIVER) == 5
    assert nonce(anvil, sender.address) == 2  # the token and the gift


def test_a_transaction_that_no_block_takes_is_pending_and_found_again(quiet: Network, tmp_path: Path) -> None:
    sender = Sender(quiet, dev_account(quiet, 0), journal(quiet, tmp_path / "j"), timeout=0.1)
    gift = Call(to=RECEIVER, data=b"", value=7)
    with pytest.raises(TransactionPending) as caught:
        sender.send(gift, key="gift")
    with pytest.raises(TransactionPending):
        sender.send(gift, key="gift")
    quiet.mine()
    assert sender.send(gift, key="gift").hash == caught.value.hash
    assert quiet.balance(RECEIVER) == 7


def test_a_transaction_that_the_node_forgot_is_sent_again_as_it_was(quiet: Network, tmp_path: Path) -> None:
    sender = Sender(quiet, dev_account(quiet, 0), journal(quiet, tmp_path / "j"), timeout=0.1)
    gift = Call(to=RECEIVER, data=b"", value=7)
    with pytest.raises(TransactionPending) as caught:
        sender.send(gift, key="gift")
    quiet.rpc("anvil_dropTransaction", caught.value.hash)
    quiet.mine()
    assert quiet.balance(RECEIVER) == 0
    with pytest.raises(TransactionPending):
        sender.send(gift, key="gift")
    quiet.mine()
    assert sender.send(gift, key="gift").hash == caught.value.hash
    assert quiet.balance(RECEIVER) == 7


def test_a_transaction_whose_nonce_went_to_another_is_made_anew(quiet: Network, tmp_path: Path) -> None:
    sender = Sender(quiet, dev_account(quiet, 0), journal(quiet, tmp_path / "j"), timeout=0.1)
    gift = Call(to=RECEIVER, data=b"", value=7)
    with pytest.raises(TransactionPending) as caught:
        sender.send(gift, key="gift")
    quiet.rpc("anvil_dropTransaction", caught.value.hash)
    with pytest.raises(TransactionPending):
        replace(sender, journal=None).send(Call(to=POOR.address, data=b"", value=1))
    quiet.mine()
    with pytest.raises(TransactionPending) as anew:
        sender.send(gift, key="gift")
    assert anew.value.hash != caught.value.hash
    quiet.mine()
    assert sender.send(gift, key="gift").hash == anew.value.hash
    assert quiet.balance(RECEIVER) == 7


def test_a_transaction_that_a_reorganisation_took_away_is_sent_again_as_it_was(
    anvil: Network, tmp_path: Path
) -> None:
    sender = Sender(anvil, dev_account(anvil, 0), journal(anvil, tmp_path / "j"))
    gift = Call(to=RECEIVER, data=b"", value=7)
    before = anvil.rpc("evm_snapshot")
    first = sender.send(gift, key="gift")
    anvil.rpc("evm_revert", before)
    assert anvil.balance(RECEIVER) == 0
    assert sender.send(gift, key="gift").hash == first.hash
    assert anvil.balance(RECEIVER) == 7


def test_a_confirmed_transaction_whose_nonce_is_spent_is_never_sent_a_second_time(
    anvil: Network, tmp_path: Path
) -> None:
    sender = Sender(anvil, dev_account(anvil, 0), journal(anvil, tmp_path / "j"))
    gift = Call(to=RECEIVER, data=b"", value=7)
    before = anvil.rpc("evm_snapshot")
    sender.send(gift, key="gift")
    anvil.rpc("evm_revert", before)
    elsewhere = replace(sender, journal=None)  # a wallet that knows nothing of the gift
    elsewhere.send(Call(to=POOR.address, data=b"", value=1))
    with pytest.raises(NetworkError, match="not sent a second time"):
        sender.send(gift, key="gift")
    assert anvil.balance(RECEIVER) == 0
    assert nonce(anvil, sender.address) == 1


# Others at the same time


def test_threads_of_one_account_do_not_take_each_others_nonces(anvil: Network) -> None:
    sender = Sender(anvil, dev_account(anvil, 0))
    with ThreadPoolExecutor(6) as pool:
        gifts = [pool.submit(sender.send, Call(to=RECEIVER, data=b"", value=1)) for _ in range(24)]
    assert len({gift.result().hash for gift in gifts}) == 24
    assert anvil.balance(RECEIVER) == 24
    assert nonce(anvil, sender.address) == 24


SEND_TWICE = """
import sys
from chain.accounts import dev_account
from chain.contracts import Call
from chain.network import connect
from chain.sender import Sender

with connect(sys.argv[1]) as network:
    sender = Sender(network, dev_account(network, 0))
    for _ in range(2):
        sender.send(Call(to=sys.argv[2], data=b"", value=1))
"""


def test_processes_of_one_account_do_not_take_each_others_nonces() -> None:
    node = start_anvil(accounts=1, arguments=("--block-time", "1"))
    try:
        with connect(node.url) as network:
            command = [sys.executable, "-c", SEND_TWICE, node.url, RECEIVER]
            senders = [subprocess.Popen(command, cwd=ROOT) for _ in range(2)]
            assert [process.wait() for process in senders] == [0, 0]
            assert network.balance(RECEIVER) == 4
            assert nonce(network, dev_account(network, 0).address) == 4
    finally:
        node.stop()


@dataclass(frozen=True)
class Interrupted:
    """A signer before whose signature something else happens."""

    account: Signer
    happens: Callable[[], Any]

    @property
    def address(self) -> str:
        return str(self.account.address)

    def sign_transaction(self, transaction: dict[str, Any]) -> SignedTransaction:
        self.happens()
        return self.account.sign_transaction(transaction)


def test_a_transaction_that_reverts_in_its_block_is_named_all_the_same(stage: Any, tmp_path: Path) -> None:
    network, book = stage.network, stage.project.book
    account = dev_account(network, 20)
    late = Sender(
        network,
        Interrupted(account, lambda: stage.owner.send(book.open())),
        journal(network, tmp_path / "j"),
    )
    with pytest.raises(errors.RoundStillOpen) as caught:
        late.send(book.open(), key="open")
    assert caught.value.exit_code == 7
    assert nonce(network, account.address) == 1
    assert book.current_round() == 1
    found = journal(network, tmp_path / "j").latest(Intent(account.address, "", 0, "", "open"))
    assert found is not None
    assert found.step is Step.REVERTED


def test_a_transaction_that_runs_out_of_gas_is_a_revert(anvil: Network) -> None:

    @dataclass(frozen=True)
    class Stingy:
        account: Signer

        @property
        def address(self) -> str:
            return str(self.account.address)

        def sign_transaction(self, transaction: dict[str, Any]) -> SignedTransaction:
            return self.account.sign_transaction({**transaction, "gas": transaction["gas"] // 2})

    sender = Sender(anvil, Stingy(dev_account(anvil, 0)))
    with pytest.raises(Reverted) as caught:
        sender.deploy("TestToken")
    assert caught.value.exit_code == 6
    assert nonce(anvil, sender.address) == 1


# Secrets


def test_no_key_is_shown_or_written(network: Network, token: Token, tmp_path: Path) -> None:
    account = dev_account(network, 0)
    sender = Sender(network, account, journal(network, tmp_path / "j"))
    sender.send(token.mint(RECEIVER, 1), key="gift")
    key = account.key.hex()
    for shown in (repr(sender), str(sender), (tmp_path / "j").read_bytes().hex(), repr(sender.account)):
        assert key not in shown
        assert str(int(key, 16)) not in shown


def test_a_chain_that_goes_away_is_a_network_error(tmp_path: Path) -> None:
    node = start_anvil(accounts=1)
    with connect(node.url) as network:
        sender = Sender(network, dev_account(network, 0), journal(network, tmp_path / "j"))
        node.stop()
        with pytest.raises(NetworkError, match="no answer"):
            sender.send(Call(to=RECEIVER, data=b"", value=1), key="gift")
