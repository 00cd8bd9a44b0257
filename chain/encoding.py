"""Bytes as the contracts and the store hash them.

Every digest on which Python and Solidity must agree is made here and nowhere else, so that one set of
differential tests covers them all. What is hashed in a tree starts with a tag of its own kind: no leaf can
pass for a node, nor for a leaf of another tree.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b32encode
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from eth_abi.abi import encode
from eth_abi.exceptions import EncodingError

# The C extension that py-evm brings along: five times as fast as the one that eth-hash picks by itself.
from eth_hash.backends.pysha3 import backend

from valuation.errors import InputError

UTILITIES = b"\x55"
"""Tag of the leaves of an index tree over utilities."""
TRACE = b"\x54"
"""Tag of the leaves of an index tree over the sums on the way from utilities to scores."""
DESIGN = b"\x44"
"""Tag of the leaves of an index tree over a design's weights; their round is 0."""

_SCORE_LEAF = b"\x53"
_PAYOUT_LEAF = b"\x50"
_SUM_NODE = b"\x4e"
_INDEX_NODE = b"\x49"
_CID_V1_RAW_SHA256 = b"\x01\x55\x12\x20"


def keccak(data: bytes) -> bytes:
    """The EVM's keccak256.

    Example:
        >>> keccak(b"").hex()[:16]
        'c5d2460186f7233c'
    """
    return backend.keccak256(data)


def sha256(data: bytes) -> bytes:
    """The digest by which submissions, mechanisms and blobs are named.

    Example:
        >>> sha256(b"").hex()[:16]
        'e3b0c44298fc1c14'
    """
    return hashlib.sha256(data).digest()


def cid(digest: bytes) -> str:
    """The name that IPFS gives to the bytes with this sha256 digest: CIDv1, raw codec, base32.

    Raises:
        InputError: The digest is not 32 bytes.

    Example:
        >>> cid(sha256(b"hello world"))
        'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'
    """
    name = b32encode(_CID_V1_RAW_SHA256 + _word(digest, "digest"))
    return "b" + name.decode("ascii").rstrip("=").lower()


def canonical_json(value: object) -> bytes:
    """JSON with one spelling for one value: sorted keys, no spaces, ASCII, finite numbers only.

    Raises:
        InputError: The value holds something that JSON has no form for.

    Example:
        >>> canonical_json({"b": [1, None], "a": "é"})
        b'{"a":"\\\\u00e9","b":[1,null]}'
    """
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"not JSON: {error}") from error
    return text.encode("ascii")


def payout_leaf(chain_id: int, distributor: str, index: int, account: str, cumulative: int) -> bytes:
    """Hash of a payout leaf: `RewardDistributor.leafHash(index, account, cumulative)` on that chain.

    Args:
        chain_id: Of the chain where the distributor is.
        distributor: Address of the RewardDistributor.
        index: Position of the leaf, uint32.
        account: Who earned it.
        cumulative: All that the account has ever earned, uint96, in token units.

    Raises:
        InputError: A number does not fit its type, or an address is not one.
    """
    return next(payout_leaves(chain_id, distributor, [(address_bytes(account), cumulative)], first=index))


def payout_leaves(
    chain_id: int, distributor: str, payouts: Iterable[tuple[bytes, int]], *, first: int = 0
) -> Iterator[bytes]:
    """As `payout_leaf`, for neighbours from index `first` on, whose addresses are given as 20 bytes.

    Raises:
        InputError: A number does not fit its place.
    """
    begin = _PAYOUT_LEAF + _unsigned(chain_id, 32, "chain id") + address_bytes(distributor)
    for index, (account, cumulative) in enumerate(payouts, first):
        place = _unsigned(index, 4, "index")
        yield keccak(begin + place + account + _unsigned(cumulative, 12, "cumulative"))


def sum_node(left: bytes, left_sum: int, right: bytes, right_sum: int) -> bytes:
    """Hash of an inner node of a Merkle-sum tree, which binds both children's sums.

    Raises:
        InputError: A sum does not fit uint96.
    """
    try:  # in one piece: a tree of a million leaves makes a million of these
        return keccak(_SUM_NODE + left + left_sum.to_bytes(12, "big") + right + right_sum.to_bytes(12, "big"))
    except OverflowError:
        raise InputError(f"sum {left_sum} or {right_sum} does not fit uint96") from None


def index_leaf(tag: bytes, round: int, index: int, value: int) -> bytes:
    """Hash of a leaf of an index tree: one number of a round.

    Args:
        tag: `UTILITIES`, `TRACE` or `DESIGN`.
        round: uint64.
        index: Position of the leaf, uint32.
        value: int256, in the fixed point of `valuation.fixed_point`.

    Raises:
        InputError: A number does not fit its type.
    """
    return keccak(tag + _unsigned(round, 8, "round") + _unsigned(index, 4, "index") + _signed(value, "value"))


def score_leaf(round: int, index: int, account: str, score: int, prefix: int) -> bytes:
    """Hash of a leaf of the score tree.

    Args:
        round: uint64.
        index: Position of the leaf, uint32.
        account: Whose score it is.
        score: int256, in nano-nats.
        prefix: uint256: the sum of the weights of all scores up to and including this one.

    Raises:
        InputError: A number does not fit its type, or the address is not one.
    """
    return keccak(
        _SCORE_LEAF
        + _unsigned(round, 8, "round")
        + _unsigned(index, 4, "index")
        + address_bytes(account)
        + _signed(score, "score")
        + _unsigned(prefix, 32, "prefix")
    )


def index_node(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node of an index tree."""
    return keccak(_INDEX_NODE + left + right)


def header_hash(header: Sequence[object]) -> bytes:
    """keccak256 of an ABI-encoded header: what `RoundBook` stores as `headerHash`.

    Args:
        header: The twelve fields of `Header` in the order of IRoundBook.

    Raises:
        InputError: A field does not fit its type.
    """
    return _struct_hash(f"(uint64,uint32,uint8,uint96{',bytes32' * 8})", header)


def root_hash(sequence: int, depth: int, sum: int, node: bytes) -> bytes:
    """What a payout root is known by: `RewardDistributor` keeps 27 bytes of it.

    Raises:
        InputError: A field does not fit its type.
    """
    return _struct_hash("(uint256,uint256,uint256,bytes32)", (sequence, depth, sum, node))


def claim_message(
    chain_id: int, distributor: str, account: str, cumulative: int, to: str, nonce: int, deadline: int
) -> dict[str, Any]:
    """What an account signs (EIP-712) to have its leaf paid to an address: `RewardDistributor.claimDigest`.

    It binds chain, contract, amount and recipient; the nonce lets it count once, the deadline not for ever.

    Args:
        chain_id: Of the chain where the distributor is.
        distributor: Address of the RewardDistributor.
        account: Whose leaf.
        cumulative: The leaf's amount, in token units.
        to: Who is paid.
        nonce: `RewardDistributor.nonces(account)`.
        deadline: Seconds since the epoch.

    Returns:
        The typed message, as eth-account and every wallet take it.
    """
    words = ("name string", "version string", "chainId uint256", "verifyingContract address")
    claim = ("account address", "cumulative uint96", "to address", "nonce uint256", "deadline uint256")
    return {
        "types": {"EIP712Domain": _typed_fields(words), "Claim": _typed_fields(claim)},
        "primaryType": "Claim",
        "domain": {
            "name": "Weighhouse",
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": distributor,
        },
        "message": {
            "account": account,
            "cumulative": cumulative,
            "to": to,
            "nonce": nonce,
            "deadline": deadline,
        },
    }


def players_hash(players: Sequence[str]) -> bytes:
    """keccak256 of an ABI-encoded list of addresses: `Header.players`, and the `players` of a reveal.

    Raises:
        InputError: One is not an address.
    """
    return _hash("address[]", [list(players)])


def evaluators_hash(evaluators: Sequence[Sequence[object]]) -> bytes:
    """keccak256 of the ABI-encoded list of evaluators, as (account, weight, standing): `Header.evaluators`.

    Raises:
        InputError: A field does not fit its type.
    """
    return _hash("(address,uint96,uint32)[]", [[tuple(line) for line in evaluators]])


def rules_hash(rules: Sequence[object]) -> bytes:
    """keccak256 of ABI-encoded rules: what `ScoreCourt` keeps for a mechanism.

    Args:
        rules: The nine fields of `Rules` in the order of IScoreCourt.

    Raises:
        InputError: A field does not fit its type.
    """
    return _struct_hash("(uint8,uint16,uint32,uint64,bytes32,uint16,uint8,uint64,uint64)", rules)


def commitment_of(
    chain_id: int,
    book: str,
    round: int,
    evaluator: str,
    root: bytes,
    players: bytes,
    data_digest: bytes,
    salt: bytes,
) -> bytes:
    """An evaluator's commitment: `RoundBook.commitmentOf(...)` on that chain.

    It binds chain, contract, round and sender, so that a word copied from another evaluator is worthless.

    Args:
        chain_id: Of the chain where the book is.
        book: Address of the RoundBook.
        round: uint64.
        evaluator: Who commits.
        root: Root of the index tree over the utilities.
        players: `players_hash` of the peers that it accepted.
        data_digest: sha256 of the measurement's bytes.
        salt: 32 random bytes, kept secret until the reveal.

    Raises:
        InputError: A field does not fit its type.
    """
    return _struct_hash(
        "(uint256,address,uint64,address,bytes32,bytes32,bytes32,bytes32)",
        (chain_id, book, round, evaluator, root, players, data_digest, salt),
    )


def seed_of(block_hash: bytes, chain_id: int, book: str, round: int) -> bytes:
    """A round's seed, as `RoundBook.draw` makes it of the hash of the sealed block.

    Raises:
        InputError: A field does not fit its type.
    """
    return _struct_hash("(bytes32,uint256,address,uint64)", (block_hash, chain_id, book, round))


def address_bytes(address: str) -> bytes:
    """The 20 bytes of an address, by which peers are put in order.

    Raises:
        InputError: Not 0x and 40 hexadecimal digits.

    Example:
        >>> address_bytes("0x00000000000000000000000000000000000000Ff")[-2:]
        b'\\x00\\xff'
    """
    try:
        raw = bytes.fromhex(address[2:])
    except ValueError:
        raw = b""
    if len(raw) != 20 or len(address) != 42 or address[:2] != "0x":
        raise InputError(f"not an address: {address!r:.60}")
    return raw


def _typed_fields(words: Sequence[str]) -> list[dict[str, str]]:
    return [{"name": word.split()[0], "type": word.split()[1]} for word in words]


def _struct_hash(abi_type: str, fields: Sequence[object]) -> bytes:
    for field in fields:
        if isinstance(field, bytes):
            _word(field, "a field")  # the encoder would pad a shorter one without a word
    return _hash(abi_type, [tuple(fields)])


def _hash(abi_type: str, value: Sequence[object]) -> bytes:
    try:
        return keccak(encode([abi_type], value))
    except EncodingError as error:
        raise InputError(f"does not fit {abi_type}: {error}") from error


def _unsigned(value: int, size: int, name: str) -> bytes:
    try:
        return value.to_bytes(size, "big")
    except OverflowError as error:
        raise InputError(f"{name} {value} does not fit uint{8 * size}") from error


def _signed(value: int, name: str) -> bytes:
    try:
        return value.to_bytes(32, "big", signed=True)
    except OverflowError as error:
        raise InputError(f"{name} {value} does not fit int256") from error


def _word(data: bytes, name: str) -> bytes:
    if len(data) != 32:
        raise InputError(f"{name} has {len(data)} bytes, not 32")
    return data
