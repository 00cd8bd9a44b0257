"""A dev chain inside this process: py-evm behind the JSON-RPC that Anvil and Hardhat speak.

It exists so that a demo or a test needs no node, and so that nothing above it can tell: same methods, same
encodings, the same revert data. Each transaction is mined at once in a block of its own.

The chain is a function of what is sent to it: genesis time, block times and randomness are fixed, so that a
run on it gives the same bytes on every machine. That also makes its randomness known to everyone; it is for
development only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, cast

from eth.abc import BlockHeaderAPI, ComputationAPI, SignedTransactionAPI
from eth.chains.base import MiningChain
from eth.constants import POST_MERGE_DIFFICULTY, POST_MERGE_NONCE
from eth.db import get_db_backend
from eth.exceptions import HeaderNotFound, UnrecognizedTransactionType
from eth.vm.forks.prague import PragueVM
from eth.vm.spoof import SpoofTransaction
from eth_typing import Address, BlockNumber, Hash32
from eth_utils.exceptions import ValidationError
from rlp.exceptions import RLPException  # type: ignore[import-untyped]
from web3.providers import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from chain.encoding import keccak
from chain.networks.receipts import Json, Receipts, from_hex, to_address, to_hex

CHAIN_ID = 1337
GENESIS_TIME = 1_735_689_600  # 2025-01-01T00:00:00Z
GAS_LIMIT = 30_000_000
BASE_FEE = 10**9

Params = list[Any]


class _Chain(MiningChain):
    chain_id = CHAIN_ID
    vm_configuration = ((BlockNumber(0), PragueVM),)

    def create_header_from_parent(
        self, parent_header: BlockHeaderAPI, **header_params: Any
    ) -> BlockHeaderAPI:
        header_params.setdefault("timestamp", parent_header.timestamp + 1)
        header_params["gas_limit"] = parent_header.gas_limit
        return super().create_header_from_parent(parent_header, **header_params)


class _Rejected(Exception):
    """What a node answers instead of a result."""

    def __init__(self, message: str, *, code: int = -32000, data: str | None = None) -> None:
        super().__init__(message)
        self.error: dict[str, Any] = {"code": code, "message": message}
        if data is not None:
            self.error["data"] = data


class EmbeddedProvider(BaseProvider):
    """A web3 provider that is a chain.

    State grows with the number of transactions: one receipt and its logs each, beside what py-evm keeps.

    Args:
        balances: Wei that each address holds at the start.
    """

    def __init__(self, balances: Mapping[str, int]) -> None:
        super().__init__()
        genesis: dict[str, Any] = {
            "coinbase": bytes(20),
            "difficulty": POST_MERGE_DIFFICULTY,
            "extra_data": b"",
            "gas_limit": GAS_LIMIT,
            "mix_hash": bytes(32),
            "nonce": POST_MERGE_NONCE,
            "timestamp": GENESIS_TIME,
            "base_fee_per_gas": BASE_FEE,
        }
        accounts: dict[Address, Any] = {
            to_address(account): {"balance": wei, "nonce": 0, "code": b"", "storage": {}}
            for account, wei in balances.items()
        }
        self._chain = cast(MiningChain, _Chain.from_genesis(get_db_backend(), genesis, accounts))
        self._lock = threading.RLock()
        self._receipts = Receipts()
        self._methods: dict[str, Callable[[Params], Json]] = {
            "eth_chainId": lambda _: hex(CHAIN_ID),
            "net_version": lambda _: str(CHAIN_ID),
            "web3_clientVersion": lambda _: "weighhouse-embedded/py-evm",
            "eth_blockNumber": lambda _: hex(self._head().block_number),
            "eth_getBlockByNumber": self._get_block,
            "eth_getBlockByHash": self._get_block_by_hash,
            "eth_getBalance": lambda p: hex(self._vm(p[1:]).state.get_balance(to_address(p[0]))),
            "eth_getTransactionCount": lambda p: hex(self._vm(p[1:]).state.get_nonce(to_address(p[0]))),
            "eth_getCode": lambda p: to_hex(self._vm(p[1:]).state.get_code(to_address(p[0]))),
            "eth_call": self._call,
            "eth_estimateGas": self._estimate,
            "eth_feeHistory": self._fee_history,
            "eth_gasPrice": lambda _: hex(self._base_fee()),
            "eth_maxPriorityFeePerGas": lambda _: hex(0),
            "eth_sendRawTransaction": self._send,
            "eth_getTransactionReceipt": lambda p: self._receipts.find(p[0]),
            "eth_getLogs": self._get_logs,
            "evm_increaseTime": self._increase_time,
            "evm_setNextBlockTimestamp": self._set_next_time,
            "evm_mine": self._mine_empty,
        }

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Answers one JSON-RPC request. A refusal is an answer with an `error`, as from any node."""
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": 1}
        with self._lock:
            try:
                if method not in self._methods:
                    raise _Rejected(f"the method {method} does not exist", code=-32601)
                answer["result"] = self._methods[method](list(params))
            except _Rejected as refusal:
                answer["error"] = refusal.error
        return cast(RPCResponse, answer)

    def is_connected(self, show_traceback: bool = False) -> bool:  # noqa: ARG002
        """Always: the chain lives and dies with this object."""
        return True

    # Blocks and state

    def _head(self) -> BlockHeaderAPI:
        return self._chain.get_canonical_head()

    def _header(self, tag: str) -> BlockHeaderAPI:
        if tag == "pending":
            return self._chain.header
        if tag in ("latest", "safe", "finalized"):
            return self._head()
        number = 0 if tag == "earliest" else int(tag, 16)
        try:
            return self._chain.get_canonical_block_header_by_number(BlockNumber(number))
        except HeaderNotFound:
            raise _Rejected(f"block {number} not found") from None

    def _vm(self, tag: Params) -> Any:
        return self._chain.get_vm(self._header(tag[0] if tag else "latest"))

    def _base_fee(self) -> int:
        return int(self._chain.header.base_fee_per_gas or 0)

    def _get_block(self, params: Params) -> Json:
        try:
            return self._block_json(self._header(params[0]))
        except _Rejected:
            return None

    def _get_block_by_hash(self, params: Params) -> Json:
        try:
            return self._block_json(self._chain.get_block_header_by_hash(Hash32(from_hex(params[0]))))
        except HeaderNotFound:
            return None

    def _block_json(self, header: BlockHeaderAPI) -> Json:
        mined = header.block_number <= self._head().block_number
        block = self._chain.get_block_by_header(header) if mined else None
        return {
            "number": hex(header.block_number),
            "hash": to_hex(header.hash),
            "parentHash": to_hex(header.parent_hash),
            "timestamp": hex(header.timestamp),
            "baseFeePerGas": hex(header.base_fee_per_gas or 0),
            "gasLimit": hex(header.gas_limit),
            "gasUsed": hex(header.gas_used),
            "stateRoot": to_hex(header.state_root),
            "transactions": [to_hex(t.hash) for t in block.transactions] if block else [],
        }

    def _fee_history(self, params: Params) -> Json:
        newest = self._header(params[1])
        oldest = max(0, newest.block_number - int(params[0], 16) + 1)
        headers = [self._header(hex(n)) for n in range(oldest, newest.block_number + 1)]
        return {
            "oldestBlock": hex(oldest),
            "baseFeePerGas": [hex(h.base_fee_per_gas or 0) for h in headers] + [hex(self._base_fee())],
            "gasUsedRatio": [h.gas_used / h.gas_limit for h in headers],
            "reward": [[hex(0)] * len(params[2]) for _ in headers],
        }

    # Calls

    def _run(self, request: Json, tag: Params, gas: int | None = None) -> tuple[int, ComputationAPI]:
        """Runs a message on a copy of the state, free of charge: the gas that it took, and its outcome."""
        header = self._header(tag[0] if tag else "latest")
        vm = self._chain.get_vm(header.copy(base_fee_per_gas=0, gas_used=0))
        sender = to_address(request.get("from", "0x" + "00" * 20))
        limit = gas or int(request.get("gas", hex(GAS_LIMIT)), 16)
        value = int(request.get("value", "0x0"), 16)
        if vm.state.get_balance(sender) < value:
            raise _Rejected("insufficient funds for gas * price + value")
        builder: Any = vm.get_transaction_builder()
        unsigned = builder.new_unsigned_dynamic_fee_transaction(
            chain_id=CHAIN_ID,
            nonce=vm.state.get_nonce(sender),
            max_priority_fee_per_gas=0,
            max_fee_per_gas=0,
            gas=limit,
            to=to_address(request["to"]) if request.get("to") else b"",
            value=value,
            data=from_hex(request.get("data", request.get("input", "0x"))),
            access_list=(),
        )
        try:
            message = cast(SignedTransactionAPI, SpoofTransaction(unsigned, from_=sender))
            outcome = vm.state.apply_transaction(message)
        except ValidationError as error:
            raise _Rejected(str(error)) from None
        return limit - outcome.get_gas_remaining(), outcome

    def _call(self, params: Params) -> Json:
        _, outcome = self._run(params[0], params[1:])
        _check(outcome)
        return to_hex(outcome.output)

    def _estimate(self, params: Params) -> Json:
        used, outcome = self._run(params[0], params[1:])
        _check(outcome)
        # A call passes on at most 63/64 of its gas, so that what was used may not be enough to start with.
        limit = max(used * 64 // 63, 21_000)
        while limit < GAS_LIMIT and self._fails(params, limit):
            limit += limit // 8
        return hex(min(limit, GAS_LIMIT))

    def _fails(self, params: Params, gas: int) -> bool:
        try:
            return bool(self._run(params[0], params[1:], gas)[1].is_error)
        except _Rejected:
            return True

    # Transactions

    def _send(self, params: Params) -> Json:
        raw = from_hex(params[0])
        if self._receipts.find(to_hex(keccak(raw))):
            raise _Rejected("already known")
        transaction = self._decoded(raw)
        self._admit(transaction)
        try:
            mined, receipts, outcomes = self._chain.mine_all(
                [transaction], mix_hash=keccak(self._chain.header.parent_hash)
            )
        except ValidationError as error:
            raise _Rejected(str(error)) from None
        self._receipts.add(mined.imported_block, transaction, receipts[0], outcomes[0])
        return to_hex(transaction.hash)

    def _decoded(self, raw: bytes) -> SignedTransactionAPI:
        try:
            return self._chain.get_vm().get_transaction_builder().decode(raw)
        except (RLPException, ValidationError, UnrecognizedTransactionType, IndexError) as error:
            raise _Rejected(f"failed to decode signed transaction: {type(error).__name__}") from None

    def _admit(self, transaction: SignedTransactionAPI) -> None:
        """Refuses in the words that nodes use, so that a sender need not know py-evm's."""
        state = self._chain.get_vm(self._head()).state
        nonce = state.get_nonce(transaction.sender)
        cost = transaction.value + transaction.gas * transaction.max_fee_per_gas
        if transaction.chain_id not in (CHAIN_ID, None):
            raise _Rejected("invalid chain id for signer")
        if transaction.nonce < nonce:
            raise _Rejected(f"nonce too low: next nonce {nonce}, tx nonce {transaction.nonce}")
        if transaction.nonce > nonce:
            raise _Rejected(f"nonce too high: next nonce {nonce}, tx nonce {transaction.nonce}")
        if transaction.max_fee_per_gas < self._base_fee():
            raise _Rejected("max fee per gas less than block base fee")
        if state.get_balance(transaction.sender) < cost:
            raise _Rejected("insufficient funds for gas * price + value")

    def _get_logs(self, params: Params) -> Json:
        wanted = params[0]
        first = self._header(wanted.get("fromBlock", "latest")).block_number
        last = min(self._header(wanted.get("toBlock", "latest")).block_number, self._head().block_number)
        return self._receipts.logs(first, last, wanted.get("address"), wanted.get("topics", []))

    # Time

    def _increase_time(self, params: Params) -> Json:
        seconds = _integer(params[0])
        self._chain.set_header_timestamp(self._chain.header.timestamp + seconds)
        return hex(self._chain.header.timestamp - self._head().timestamp)

    def _set_next_time(self, params: Params) -> Json:
        timestamp = _integer(params[0])
        if timestamp <= self._head().timestamp:
            raise _Rejected(f"timestamp {timestamp} is not after the latest block's")
        self._chain.set_header_timestamp(timestamp)

    def _mine_empty(self, _: Params) -> Json:
        self._chain.mine_all([], mix_hash=keccak(self._chain.header.parent_hash))
        return "0x0"


def _check(outcome: ComputationAPI) -> None:
    """Answers a failed call as nodes do: code 3 with the contract's bytes when it reverted."""
    if not outcome.is_error:
        return
    if outcome.output or type(outcome.error).__name__ == "Revert":
        raise _Rejected("execution reverted", code=3, data=to_hex(outcome.output))
    raise _Rejected(f"execution failed: {type(outcome.error).__name__}: {outcome.error}")


def _integer(value: Any) -> int:
    return value if isinstance(value, int) else int(value, 16)
