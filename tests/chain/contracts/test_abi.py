"""ABI coding is strict at the door: what does not fit is named, never padded, cut or guessed."""

from dataclasses import dataclass

import pytest
from eth_abi.abi import decode as reference_decode
from eth_abi.abi import encode as reference_encode
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from chain.contracts.abi import Parameter, build, decode, encode, plain
from chain.contracts.types import (
    NO_RULES,
    Claim,
    CourtConfig,
    Emission,
    EmissionKind,
    Header,
    ProjectConfig,
    Schedule,
)
from valuation.errors import InputError

uint96 = st.integers(0, 2**96 - 1)
words = st.binary(min_size=32, max_size=32)
addresses = st.binary(min_size=20, max_size=20).map(to_checksum_address)
claims = st.builds(
    Claim,
    addresses,
    st.integers(0, 2**32 - 1),
    uint96,
    st.binary(max_size=200),
)
CLAIM = Parameter("leaf", "(address,uint32,uint96,bytes)")


@given(st.lists(claims, max_size=4))
def test_structs_and_arrays_survive_the_way_there_and_back(leaves: list[Claim]) -> None:
    wanted = [Parameter("leaves", f"{CLAIM.type}[]")]
    (back,) = decode(wanted, encode(wanted, [leaves], what="test"), what="test")
    assert [build(Claim, values) for values in back] == leaves


@given(claims)
def test_the_encoding_is_the_standard_one(leaf: Claim) -> None:
    values = (leaf.account, leaf.index, leaf.cumulative, leaf.path)
    assert encode([CLAIM], [leaf], what="test") == reference_encode([CLAIM.type], [values])
    (account, *_) = reference_decode([CLAIM.type], encode([CLAIM], [leaf], what="test"))[0]
    assert to_checksum_address(account) == leaf.account


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("bytes32", b"\x01" * 31),
        ("bytes32", b"\x01" * 33),
        ("bytes32", b""),
        ("bytes32", "0x" + "01" * 32),
        ("bytes32", None),
        ("uint96", -1),
        ("uint96", 2**96),
        ("uint96", 1.0),
        ("uint96", "1"),
        ("uint96", True),
        ("address", "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"),
        ("address", b"\x01" * 20),
        ("address", ""),
        ("bool", 1),
        ("string", b"bytes"),
        ("bytes32[]", [b"\x01" * 32, b"\x01" * 31]),
        ("(uint8,bytes32)", (1, b"")),
        ("(uint8,bytes32)", (1,)),
    ],
)
def test_what_does_not_fit_its_type_is_named(kind: str, value: object) -> None:
    with pytest.raises(InputError, match="book: digest="):
        encode([Parameter("digest", kind)], [value], what="book")


def test_too_few_or_too_many_arguments_are_named() -> None:
    for values in ([], [1, 2]):
        with pytest.raises(InputError, match="takes 1 arguments"):
            encode([Parameter("amount", "uint96")], values, what="fund")


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_by_name_or_decoded_to_what_can_be_encoded(data: bytes) -> None:
    for kind in (CLAIM.type, "bytes32", "string", "address", "bool", "uint96[]"):
        wanted = [Parameter("value", kind)]
        try:
            values = decode(wanted, data, what="test")
        except InputError:
            continue
        assert decode(wanted, encode(wanted, values, what="test"), what="test") == values


def test_enums_and_nested_structs_are_built_and_taken_apart() -> None:
    config = ProjectConfig(
        *(to_checksum_address(bytes([i]) * 20) for i in range(1, 4)),
        court=CourtConfig(to_checksum_address(b"\4" * 20), 12, 13, 14, 15, 16),
        rules=NO_RULES,
        policy_hash=b"\x01" * 32,
        schedule=Schedule(1, 2, 3, 4, 5),
        emission=Emission(EmissionKind.HALVING, 6, 7),
        trainer_stake=8,
        evaluator_stake=9,
        unbonding_period=10,
        quorum=11,
    )
    taken_apart = plain(config)
    assert taken_apart[6:8] == ((1, 2, 3, 4, 5), (2, 6, 7))
    assert build(ProjectConfig, taken_apart) == config
    assert build(ProjectConfig, taken_apart).emission.kind is EmissionKind.HALVING


def test_a_struct_with_another_number_of_fields_is_not_built() -> None:
    @dataclass(frozen=True)
    class Two:
        a: int
        b: int

    with pytest.raises(ValueError, match="zip"):
        build(Two, (1, 2, 3))
    with pytest.raises(ValueError, match="zip"):
        build(Header, (1, 2))
