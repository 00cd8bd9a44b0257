"""A receipt checked a second way: JSON, keccak and two eth_calls, with nothing of `chain` or `valuation`.

Money is integers, as the mechanism's documentation says it, for the linear and the squared reward.
"""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from math import factorial
from typing import Any

from eth_abi.abi import decode, encode
from eth_hash.auto import keccak

WITHIN = 0xFFFFFFFF


def verified_payout(text: bytes, eth_call: Any, book: str) -> int:
    """The payout in token units that follows from a receipt and the chain; an `AssertionError` otherwise.

    Args:
        text: The receipt.
        eth_call: From an address and calldata to what the contract returns.
        book: The project's RoundBook.
    """
    told = json.loads(text)
    number, header = int(told["round"]), told["header"]
    found = eth_call(book, keccak(b"round(uint64)")[:4] + encode(["uint64"], [number]))
    kinds = ["uint40", "uint48", "uint40", "uint40", "uint16", "bool", "bool", "address"] + ["bytes32"] * 3
    state = decode(kinds, found)
    seed, header_hash, policy = state[8:]
    assert told["seed"] == seed.hex()
    assert told["poster"].lower() == state[7].lower()
    assert hashlib.sha256(told["mechanism"].encode()).digest() == policy
    names = ("utility_root", "trace_root", "score_root", "payout_root", "players", "evaluators")
    digests = [bytes.fromhex(header[name]) for name in (*names, "model_digest", "report_digest")]
    numbers = [int(header[name]) for name in ("round", "peers", "depth", "sum")]
    packed = encode(["uint64", "uint32", "uint8", "uint96", *["bytes32"] * 8], [*numbers, *digests])
    assert keccak(packed) == header_hash
    assert header["report_digest"] == told["sources"]["report"]
    assert header["model_digest"] == told["sources"]["model"]

    accounts = [line["account"] for line in told["scores"]]
    scores = [int(line["score"]) for line in told["scores"]]
    leaves = [
        keccak(
            b"\x53"
            + number.to_bytes(8, "big")
            + place.to_bytes(4, "big")
            + bytes.fromhex(line["account"][2:])
            + int(line["score"]).to_bytes(32, "big", signed=True)
            + int(line["prefix"]).to_bytes(32, "big")
        )
        for place, line in enumerate(told["scores"])
    ]
    assert root_of(leaves) == digests[2]
    assert keccak(encode(["address[]"], [accounts])) == digests[4]
    judges = [(e["account"], int(e["weight"]), int(e["standing"])) for e in told["evaluators"]]
    assert keccak(encode(["(address,uint96,uint32)[]"], [judges])) == digests[5]

    utilities = [int(value) for value in told["utilities"]]
    utility_leaves = [
        keccak(
            b"\x55"
            + number.to_bytes(8, "big")
            + place.to_bytes(4, "big")
            + value.to_bytes(32, "big", signed=True)
        )
        for place, value in enumerate(utilities)
    ]
    assert root_of(utility_leaves) == digests[0]
    rules = json.loads(told["mechanism"])
    if rules["method"]["name"] == "shapley-exact":
        assert [shapley(utilities, len(scores), place) for place in range(len(scores))] == scores

    emitted = eth_call(book, keccak(b"budgetOf(uint64)")[:4] + encode(["uint64"], [number]))
    assert decode(["uint96"], emitted)[0] == int(told["budget"])
    budget = int(told["budget"])
    pot = budget * int(rules["evaluator_share"]) // 10_000
    weights = [max(score, 0) ** int(rules["reward"]["power"]) for score in scores]
    paid = dict.fromkeys(accounts, 0)
    if sum(weights):
        shares = [Fraction((budget - pot) * weight, sum(weights)) for weight in weights]
        paid = {account: share.__floor__() for account, share in zip(accounts, shares, strict=True)}
        counted = [(account, weight) for account, weight, standing in judges if standing == WITHIN]
        total = sum(weight for _, weight in counted)
        paid |= {account: pot * weight // total for account, weight in counted}
    payout = paid.get(told["account"], 0)
    assert payout == int(told["payout"])
    has = under(told, told["leaf"], digests[3], int(header["sum"]), int(header["depth"]))
    had = int(told["before"]["cumulative"]) if told["before"] else 0
    assert has - had == payout
    own = scores[accounts.index(told["account"])] if told["account"] in accounts else None
    assert int(told["rank"]) == (0 if own is None else 1 + sum(score > own for score in scores))
    return payout


def shapley(utilities: list[int], n: int, player: int) -> int:
    """The Shapley value from all coalitions, by the formula, rounded down."""
    total = sum(
        factorial(size) * factorial(n - 1 - size) * (utilities[mask | 1 << player] - utilities[mask])
        for mask in range(1 << n)
        if not mask >> player & 1
        for size in [mask.bit_count()]
    )
    return total // factorial(n)


def root_of(leaves: list[bytes]) -> bytes:
    """The root of an index tree: empty places are zero bytes."""
    if not leaves:
        return bytes(32)
    width = 1
    while width < len(leaves):
        width *= 2
    level = leaves + [bytes(32)] * (width - len(leaves))
    while len(level) > 1:
        level = [keccak(b"\x49" + a + b) for a, b in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def under(told: dict[str, Any], leaf: dict[str, Any] | None, root: bytes, total: int, depth: int) -> int:
    """What a leaf comes to, when it stands under the root; nothing without one."""
    if leaf is None:
        return 0
    index, amount = int(leaf["index"]), int(leaf["cumulative"])
    node = keccak(
        b"\x50"
        + int(told["chain_id"]).to_bytes(32, "big")
        + bytes.fromhex(told["distributor"][2:])
        + index.to_bytes(4, "big")
        + bytes.fromhex(told["account"][2:])
        + amount.to_bytes(12, "big")
    )
    held = amount
    assert len(leaf["siblings"]) == len(leaf["sums"]) == depth
    for sibling, beside in zip(map(bytes.fromhex, leaf["siblings"]), map(int, leaf["sums"]), strict=True):
        own, other = node + held.to_bytes(12, "big"), sibling + beside.to_bytes(12, "big")
        node = keccak(b"\x4e" + (other + own if index & 1 else own + other))
        held, index = held + beside, index >> 1
    assert (node, held, index) == (root, total, 0)
    assert leaf["round"] == told["round"]
    return amount
