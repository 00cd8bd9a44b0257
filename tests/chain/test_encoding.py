"""Bytes for hashing: vectors from elsewhere, and refusals. `test_solidity_hashes` asks the contracts."""

import json

import pytest
from eth_abi.abi import encode
from eth_abi.packed import encode_packed
from eth_utils.crypto import keccak as reference_keccak
from hypothesis import given
from hypothesis import strategies as st

from chain.encoding import (
    DESIGN,
    TRACE,
    UTILITIES,
    address_bytes,
    canonical_json,
    cid,
    commitment_of,
    evaluators_hash,
    header_hash,
    index_leaf,
    index_node,
    keccak,
    payout_leaf,
    players_hash,
    root_hash,
    score_leaf,
    sha256,
    sum_node,
)
from valuation.errors import InputError

ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7"
WORD = bytes(range(32))
HEADER = (1, 2, 3, 4, *[WORD] * 8)

addresses = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())
words = st.binary(min_size=32, max_size=32)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.binary(max_size=300))
def test_keccak_is_the_evms(data: bytes) -> None:
    assert keccak(data) == reference_keccak(data)


def test_sha256_of_abc_is_the_standards_vector() -> None:
    # FIPS 180-2, appendix B.1
    assert sha256(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        # The names that IPFS gives to these blocks: the empty raw block and the specification's example.
        (b"", "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"),
        (b"hello world", "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"),
    ],
)
def test_a_digest_has_the_name_that_ipfs_gives_it(data: bytes, name: str) -> None:
    assert cid(sha256(data)) == name


@given(json_values)
def test_canonical_json_says_the_same_value_in_ascii(value: object) -> None:
    text = canonical_json(value)
    assert json.loads(text) == value
    assert text.isascii()


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_canonical_json_does_not_depend_on_the_order_of_keys(value: dict[str, int]) -> None:
    assert canonical_json(dict(reversed(value.items()))) == canonical_json(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"bytes", {1, 2}, {"deep": [object()]}])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="not JSON"):
        canonical_json(value)


def test_a_value_that_contains_itself_is_refused() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(InputError, match="not JSON"):
        canonical_json(loop)


@given(st.integers(0, 2**256 - 1), addresses, st.integers(0, 2**32 - 1), addresses, st.integers(0, 2**96 - 1))
def test_a_payout_leaf_is_the_packed_encoding_of_its_fields(
    chain_id: int, distributor: str, index: int, account: str, cumulative: int
) -> None:
    fields = (b"\x50", chain_id, distributor, index, account, cumulative)
    packed = encode_packed(["bytes1", "uint256", "address", "uint32", "address", "uint96"], fields)
    assert payout_leaf(chain_id, distributor, index, account, cumulative) == reference_keccak(packed)


@given(words, st.integers(0, 2**96 - 1), words, st.integers(0, 2**96 - 1))
def test_a_sum_node_binds_both_sums(left: bytes, left_sum: int, right: bytes, right_sum: int) -> None:
    fields = (b"\x4e", left, left_sum, right, right_sum)
    packed = encode_packed(["bytes1", "bytes32", "uint96", "bytes32", "uint96"], fields)
    assert sum_node(left, left_sum, right, right_sum) == reference_keccak(packed)


@given(
    st.sampled_from([(UTILITIES, b"\x55"), (TRACE, b"\x54"), (DESIGN, b"\x44")]),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(-(2**255), 2**255 - 1),
)
def test_an_index_leaf_is_the_packed_encoding_of_its_fields(
    tag: tuple[bytes, bytes], round: int, index: int, value: int
) -> None:
    packed = encode_packed(["bytes1", "uint64", "uint32", "int256"], (tag[1], round, index, value))
    assert index_leaf(tag[0], round, index, value) == reference_keccak(packed)


@given(
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**32 - 1),
    addresses,
    st.integers(-(2**255), 2**255 - 1),
    st.integers(0, 2**256 - 1),
)
def test_a_score_leaf_is_the_packed_encoding_of_its_fields(
    round: int, index: int, account: str, score: int, prefix: int
) -> None:
    fields = (b"\x53", round, index, account, score, prefix)
    packed = encode_packed(["bytes1", "uint64", "uint32", "address", "int256", "uint256"], fields)
    assert score_leaf(round, index, account, score, prefix) == reference_keccak(packed)


@given(st.lists(addresses, max_size=5))
def test_a_list_of_players_is_hashed_as_the_abi_writes_it(players: list[str]) -> None:
    assert players_hash(players) == reference_keccak(encode(["address[]"], [players]))


@given(st.lists(st.tuples(addresses, st.integers(0, 2**96 - 1), st.integers(0, 2**32 - 1)), max_size=5))
def test_a_list_of_evaluators_is_hashed_as_the_abi_writes_it(lines: list[tuple[str, int, int]]) -> None:
    assert evaluators_hash(lines) == reference_keccak(encode(["(address,uint96,uint32)[]"], [lines]))


@given(words, words)
def test_an_index_node_has_a_tag_of_its_own(left: bytes, right: bytes) -> None:
    assert index_node(left, right) == reference_keccak(b"\x49" + left + right)


@pytest.mark.parametrize(
    ("chain_id", "index", "cumulative", "what"),
    [
        (-1, 0, 0, "chain id"),
        (2**256, 0, 0, "chain id"),
        (1, -1, 0, "index"),
        (1, 2**32, 0, "index"),
        (1, 0, -1, "cumulative"),
        (1, 0, 2**96, "cumulative"),
    ],
)
def test_a_number_that_does_not_fit_its_type_is_refused(
    chain_id: int, index: int, cumulative: int, what: str
) -> None:
    with pytest.raises(InputError, match=f"{what} -?[0-9]+ does not fit"):
        payout_leaf(chain_id, ADDRESS, index, ADDRESS, cumulative)


@pytest.mark.parametrize("value", [2**255, -(2**255) - 1])
def test_a_utility_beyond_int256_is_refused(value: int) -> None:
    with pytest.raises(InputError, match="int256"):
        index_leaf(UTILITIES, 1, 0, value)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "0x",
        ADDRESS[2:],
        ADDRESS + "00",
        ADDRESS[:-1],
        "0X" + ADDRESS[2:],
        "0x" + "zz" * 20,
        "0x" + " 1" * 20,
    ],
)
def test_what_is_not_an_address_is_refused(address: str) -> None:
    with pytest.raises(InputError, match="not an address"):
        address_bytes(address)


@given(addresses)
def test_an_address_is_its_twenty_bytes(address: str) -> None:
    assert "0x" + address_bytes(address).hex() == address


@pytest.mark.parametrize("field", range(12))
def test_a_header_with_a_field_out_of_range_is_refused(field: int) -> None:
    wrong = -1 if field < 4 else WORD[:-1]
    with pytest.raises(InputError):
        header_hash((*HEADER[:field], wrong, *HEADER[field + 1 :]))


def test_a_header_with_a_field_missing_is_refused() -> None:
    with pytest.raises(InputError):
        header_hash(HEADER[:-1])


def test_every_field_of_a_header_counts() -> None:
    changed = [(*HEADER[:i], *([9] if i < 4 else [bytes(32)]), *HEADER[i + 1 :]) for i in range(12)]
    assert len({header_hash(HEADER), *map(header_hash, changed)}) == 13


def test_a_short_digest_is_refused_and_not_padded() -> None:
    with pytest.raises(InputError, match="31 bytes"):
        root_hash(1, 2, 3, WORD[:-1])
    with pytest.raises(InputError, match="31 bytes"):
        commitment_of(1, ADDRESS, 1, ADDRESS, WORD, WORD, WORD, WORD[:-1])
    with pytest.raises(InputError, match="31 bytes"):
        cid(WORD[:-1])
