"""A contract's refusal has its own name and arguments, and says whether to wait, to go on or to give up."""

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from chain.contracts import errors
from chain.contracts.artifacts import Fields, artifact, artifact_names, custom_errors
from chain.contracts.errors import decode_revert
from chain.encoding import keccak
from chain.errors import ChainError, NothingToDo, Refused, Reverted, WindowError
from valuation.errors import WeighhouseError

ALICE = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


def revert(signature: str, *values: object) -> bytes:
    kinds = signature[signature.index("(") + 1 : -1]
    return keccak(signature.encode())[:4] + encode(kinds.split(",") if kinds else [], values)


def test_every_error_is_decoded_to_its_class_with_its_arguments() -> None:
    for error in custom_errors():
        values = [encoded_example(parameter.type) for parameter in error.parameters]
        kinds = [parameter.type for parameter in error.parameters]
        found = decode_revert(error.hash + encode(kinds, values))
        assert type(found) is getattr(errors, error.name)
        assert list(found.arguments) == [parameter.name for parameter in error.parameters]


def encoded_example(kind: str) -> object:
    if kind == "address":
        return ALICE
    if kind == "string":
        return "text"
    return b"\1" * int(kind[5:]) if kind.startswith("bytes") else 1


def test_every_error_of_every_artifact_has_a_class_and_no_two_share_a_name() -> None:
    names = [e["name"] for name in artifact_names() for e in artifact(name).abi if e["type"] == "error"]
    assert len(set(names)) == len(custom_errors())
    assert "OwnableUnauthorizedAccount" in names
    for name in names:
        assert issubclass(getattr(errors, name), Reverted)
        assert name in errors.__all__


def test_an_error_has_its_arguments_by_their_names() -> None:
    found = decode_revert(revert("AlreadyClaimed(address,uint256,uint256)", ALICE, 70, 70))
    assert isinstance(found, errors.AlreadyClaimed)
    assert found.arguments == {"account": ALICE, "cumulative": 70, "claimed": 70}
    assert (found.account, found.cumulative, found.claimed) == (ALICE, 70, 70)
    assert str(found) == f"AlreadyClaimed(account={ALICE}, cumulative=70, claimed=70)"
    with pytest.raises(AttributeError):
        found.nothing  # noqa: B018


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (revert("WrongPhase(uint64,uint8,uint8)", 1, 2, 3), WindowError, 7),
        (revert("NotActiveYet(uint256,uint256,uint256)", 1, 200, 100), WindowError, 7),
        (revert("ProjectClosed()"), WindowError, 7),
        (revert("AlreadyClaimed(address,uint256,uint256)", ALICE, 1, 1), NothingToDo, 8),
        (revert("AlreadySubmitted(uint64,address)", 1, ALICE), NothingToDo, 8),
        (revert("NotTrainer(address)", ALICE), Refused, 9),
        (revert("OwnableUnauthorizedAccount(address)", ALICE), Refused, 9),
        (revert("WrongProof(address)", ALICE), Reverted, 6),
    ],
)
def test_an_error_says_whether_to_wait_to_go_on_or_to_give_up(
    data: bytes, kind: type[ChainError], code: int
) -> None:
    found = decode_revert(data)
    assert isinstance(found, kind)
    assert isinstance(found, Reverted)
    assert isinstance(found, WeighhouseError)
    assert found.exit_code == code


def test_every_error_that_was_given_a_kind_exists() -> None:
    for names in errors._KINDS.values():
        for name in names:
            assert issubclass(getattr(errors, name), Reverted)


def test_what_solidity_itself_reverts_with_is_decoded() -> None:
    text = decode_revert(revert("Error(string)", "no"))
    assert (text.name, text.arguments, type(text)) == ("Error", {"message": "no"}, Reverted)
    panic = decode_revert(revert("Panic(uint256)", 0x11))
    assert (panic.name, panic.arguments) == ("Panic", {"code": 0x11})


@given(st.binary(max_size=100))
def test_bytes_that_nobody_knows_are_kept_as_they_are(data: bytes) -> None:
    found = decode_revert(data)
    assert isinstance(found, Reverted)
    assert found.data == data
    if data[:4] not in {e.hash for e in custom_errors()}:
        assert found.name == "Unknown"
        assert found.arguments == {"data": data}


@given(st.sampled_from(custom_errors()), st.binary(max_size=70))
def test_a_known_selector_with_other_bytes_does_not_break_decoding(error: Fields, rest: bytes) -> None:
    found = decode_revert(error.hash + rest)
    assert found.name in (error.name, "Unknown")
    assert found.exit_code in (6, 7, 8, 9)


def test_an_error_that_no_contract_has_is_no_attribute() -> None:
    with pytest.raises(AttributeError):
        errors.NoSuchError  # noqa: B018
