"""One object for a chain, whatever serves it: an EVM in this process, an Anvil of ours, a node at an address.

Everything above asks through a `Network`. Requests fail in two ways only: `NetworkError` when there is no
answer, and `RpcError` when the answer is a refusal. Neither shows more of the node's address than its host.

Example:
    >>> with connect("embedded") as network:
    ...     before = network.now()
    ...     network.advance(3600)
    ...     network.now() - before
    3600
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from eth_typing import ChecksumAddress
from eth_utils.address import is_checksum_address
from web3 import Web3
from web3.exceptions import BlockNotFound
from web3.providers import BaseProvider
from web3.types import BlockIdentifier, RPCEndpoint, TxParams

from chain.errors import ConfigError, NetworkError, Refused, RpcError
from chain.networks import dev
from chain.networks.answers import client
from chain.networks.anvil import start_anvil
from chain.networks.remote import WebSocketProvider, provider_for, redact


def _nothing() -> None:
    pass


_LOCAL_NODES = ("foundry", "hardhat", "anvil", "node", "geth")
_KNOWN = {1: "mainnet", 11155111: "sepolia", 560048: "hoodi", 10: "optimism", 8453: "base", 42161: "arbitrum"}


@dataclass(frozen=True)
class Block:
    """A mined block: number, hash, time in seconds since the epoch, hash of the block before."""

    number: int
    hash: bytes
    timestamp: int
    parent_hash: bytes = b""


@dataclass(frozen=True)
class Network:
    """A chain that answers. Use it as a context manager, or call `close`.

    Attributes:
        name: The name of its folder under `deployments/`: by chain, never by address.
        endpoint: Where it is, as far as that may be shown.
        web3: The client, without middleware other than the naming of errors.
        chain_id: The chain's id.
        genesis_hash: 32 bytes; with the chain id it tells a restarted dev chain from the one before.
        is_dev: Its chain id is a test chain's and it lets time be moved.
    """

    name: str
    endpoint: str
    web3: Web3 = field(repr=False)
    chain_id: int
    genesis_hash: bytes = field(repr=False)
    is_dev: bool
    _close: Callable[[], None] = field(repr=False, default=_nothing)

    def __enter__(self) -> Network:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends what `connect` started. Calling it again does nothing."""
        self._close()

    def rpc(self, method: str, *params: object) -> Any:
        """The result of one JSON-RPC request, as the node spelt it.

        Raises:
            NetworkError: No answer; `RpcError` for a refusal.
        """
        return self.web3.manager.request_blocking(RPCEndpoint(method), params)

    def block(self, identifier: BlockIdentifier = "latest") -> Block:
        """A mined block by number, hash or tag.

        Raises:
            NetworkError: No answer, or no such block.
        """
        try:
            block = self.web3.eth.get_block(identifier)
        except BlockNotFound:
            raise NetworkError(f"{self.endpoint} has no block {identifier!r}") from None
        parent = bytes(block["parentHash"])
        return Block(int(block["number"]), bytes(block["hash"]), int(block["timestamp"]), parent)

    def verify(self) -> None:
        """Asks again whether this is the chain that it was: an address may come to serve another one.

        Raises:
            NetworkError: It is not, or there is no answer.
        """
        found = int(self.web3.eth.chain_id)
        if found != self.chain_id:
            raise NetworkError(f"{self.endpoint} serves chain id {found} now, not {self.chain_id}")
        if self.block(0).hash != self.genesis_hash:
            raise NetworkError(f"{self.endpoint} serves another chain of id {found} now: its genesis differs")

    def nonce(self, address: str, block: BlockIdentifier = "latest") -> int:
        """Number of transactions that an address has sent, up to a block."""
        return int(self.web3.eth.get_transaction_count(checked_address(address), block))

    def now(self) -> int:
        """The chain's time: the latest block's timestamp, in seconds since the epoch."""
        return self.block().timestamp

    def balance(self, address: str) -> int:
        """Wei that an address holds."""
        return int(self.web3.eth.get_balance(checked_address(address)))

    def code(self, address: str) -> bytes:
        """The code at an address; empty when there is none."""
        return bytes(self.web3.eth.get_code(checked_address(address)))

    def call(
        self,
        to: str | None,
        data: bytes,
        *,
        sender: str | None = None,
        value: int = 0,
        block: BlockIdentifier = "latest",
    ) -> bytes:
        """What a message would return, without sending it.

        Raises:
            RpcError: It would revert (`reverted`, with the contract's bytes in `data`), or the node refused.
        """
        request: dict[str, Any] = {"data": "0x" + data.hex(), "value": value}
        if to is not None:
            request["to"] = checked_address(to)
        if sender is not None:
            request["from"] = checked_address(sender)
        return bytes(self.web3.eth.call(cast(TxParams, request), block))

    def advance(self, seconds: int) -> None:
        """Moves a dev chain's time by exactly `seconds` and mines a block there.

        Raises:
            Refused: The chain is not a dev chain.
            ConfigError: Time cannot go back.
        """
        self._only_dev("move time")
        if seconds < 1:
            raise ConfigError(f"time moves forward by whole seconds, not by {seconds}")
        # Relative to the chain's own clock: blocks mined in a burst run ahead of the node's.
        self.rpc("evm_setNextBlockTimestamp", self.now() + seconds)
        self.rpc("evm_mine")

    def mine(self, blocks: int = 1) -> None:
        """Mines empty blocks on a dev chain.

        Raises:
            Refused: The chain is not a dev chain.
        """
        self._only_dev("mine blocks")
        for _ in range(blocks):
            self.rpc("evm_mine")

    def _only_dev(self, what: str) -> None:
        if not self.is_dev:
            raise Refused(f"cannot {what} on {self.name} (chain id {self.chain_id}): it is not a dev chain")


def connect(target: str, *, chain_id: int | None = None, timeout: float = 20.0) -> Network:
    """The network behind a name or an address.

    Args:
        target: `embedded`, `anvil` (a child process of ours), an http, https, ws or wss URL, or ape's
            `ecosystem:network:provider`, the provider being a URL or, locally, a program's name.
        chain_id: The chain that it must be; any, when not given.
        timeout: Seconds to wait for an answer; a connection that does not come up is given up earlier.

    Raises:
        ConfigError: The target is none of these, or there is no Anvil to start.
        NetworkError: No node answers there, or it serves another chain.
    """
    target, expected = _spelled_out(target)
    if chain_id is None:
        chain_id = expected
    if target == "embedded":
        # An EVM: a quarter of the time that every command would need to start.
        from chain.networks.embedded import EmbeddedProvider

        genesis = {dev.dev_address(index): dev.BALANCE for index in range(dev.ACCOUNTS)}
        provider: BaseProvider = EmbeddedProvider(genesis)
        return attach(provider, endpoint="the embedded chain", name="embedded", chain_id=chain_id)
    if target == "anvil":
        anvil = start_anvil(accounts=dev.ACCOUNTS)
        provider, name, shown, close = (
            provider_for(anvil.url, timeout=timeout),
            "anvil",
            anvil.url,
            anvil.stop,
        )
    elif "://" in target:
        provider, name, shown, close = provider_for(target, timeout=timeout), None, redact(target), _nothing
        if isinstance(provider, WebSocketProvider):
            close = provider.close
    else:
        raise ConfigError(f"unknown network {target!r}: give embedded, anvil, or the URL of a node")
    try:
        return attach(provider, endpoint=shown, name=name, chain_id=chain_id, close=close)
    except BaseException:
        close()
        raise


def _spelled_out(target: str) -> tuple[str, int | None]:
    """The URL that `ecosystem:network:provider` stands for, and the chain id that it must have."""
    parts = target.split(":", 2)
    if len(parts) < 3 or parts[1].startswith("//"):
        return target, None
    ecosystem, network, provider = parts
    known = {"local": None, **{name: chain for chain, name in _KNOWN.items()}}
    if ecosystem != "ethereum" or network not in known:
        raise ConfigError(f"unknown network {target!r}: known are ethereum with {', '.join(sorted(known))}")
    if "://" in provider:
        return provider, known[network]
    if network == "local" and provider in _LOCAL_NODES:
        return "http://127.0.0.1:8545", None
    raise ConfigError(
        f"unknown provider {provider!r}: give the URL of a node, ethereum:{network}:https://..."
    )


def attach(
    provider: BaseProvider,
    *,
    endpoint: str,
    name: str | None = None,
    chain_id: int | None = None,
    close: Callable[[], None] = _nothing,
) -> Network:
    """The network behind a web3 provider that someone else made, such as ape's.

    Args:
        provider: Where requests go.
        endpoint: What to call it in messages; must hold no secret.
        name: The name of its folder under `deployments/`; by default from the chain id.
        chain_id: The chain that it must be; any, when not given.
        close: What `Network.close` is to call.

    Raises:
        NetworkError: It does not answer, or serves another chain.
    """
    web3 = client(provider, endpoint)
    found = int(web3.eth.chain_id)
    if chain_id is not None and found != chain_id:
        raise NetworkError(f"{endpoint} serves chain id {found}, not {chain_id}")
    is_dev = found in dev.CHAIN_IDS and _lets_time_move(web3)
    return Network(
        name=name or ("devnet" if is_dev else _KNOWN.get(found, f"chain-{found}")),
        endpoint=endpoint,
        web3=web3,
        chain_id=found,
        genesis_hash=bytes(web3.eth.get_block(0)["hash"]),
        is_dev=is_dev,
        _close=close,
    )


def checked_address(text: str) -> ChecksumAddress:
    """The address, when it is one in checksummed spelling.

    Raises:
        ConfigError: It is not; a typing error in an address is money sent to nobody.

    Example:
        >>> checked_address("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266")
        Traceback (most recent call last):
            ...
        chain.errors.ConfigError: not a checksummed address: '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
    """
    if not isinstance(text, str) or not is_checksum_address(text):
        raise ConfigError(f"not a checksummed address: {text!r}")
    return cast(ChecksumAddress, text)


def _lets_time_move(web3: Web3) -> bool:
    for method, params in (("evm_increaseTime", [0]), ("evm_snapshot", [])):
        try:
            web3.manager.request_blocking(RPCEndpoint(method), params)
            return True
        except RpcError:
            continue
    return False
