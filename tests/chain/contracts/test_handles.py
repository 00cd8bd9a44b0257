"""The typed handles are the contracts' ABI, whole and in its order."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.contracts import (
    AgreementJudge,
    MultisigArbiter,
    PayoutJudge,
    PeerRegistry,
    ProjectFactory,
    ProjectLens,
    RewardDistributor,
    RoundBook,
    ScoreCourt,
    ScoreJudge,
    Token,
)
from chain.contracts import proofs as proof_structs
from chain.contracts import types as structs
from chain.contracts.artifacts import artifact, artifact_from, artifact_names, event, function
from chain.contracts.handle import Contract, Log, creation, decode_log, topics
from chain.errors import ConfigError, NetworkError
from chain.network import Network
from valuation.errors import InputError

HANDLES: list[type[Contract]] = [
    PeerRegistry,
    RoundBook,
    RewardDistributor,
    ProjectFactory,
    ProjectLens,
    ScoreCourt,
    ScoreJudge,
    PayoutJudge,
    AgreementJudge,
    MultisigArbiter,
]
# Names that something else has in Python.
RENAMED = {"Reveal": "RevealWords", "SumNode": "SumNodeProof", "Case": "CourtCase"}
INTERFACES = Path(__file__).resolve().parents[3] / "contracts" / "interfaces"
SOMEWHERE = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
# Constants, blueprints' addresses, and what OpenZeppelin's Ownable adds beyond handing the project over.
NOT_WRAPPED = {
    "HISTORY",
    "RING",
    "MAX_DEPTH",
    "EXPIRY",
    "NOTICE",
    "PAUSE",
    "REST",
    "registryBlueprint",
    "bookBlueprint",
    "distributorBlueprint",
    "courtBlueprint",
    "RULING_TYPEHASH",
    "pendingOwner",
    "renounceOwnership",
    "eip712Domain",
}
# Called by other contracts of the project only.
INTERNAL = {
    "post": RewardDistributor,
    "revoke": RewardDistributor,
    "setPayeeOf": RewardDistributor,
    "convict": ScoreCourt,
    "payReward": PeerRegistry,
    "openCase": ScoreCourt,
    "payProven": RewardDistributor,
}


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def abi_structs() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}

    def walk(entries: list[dict[str, Any]]) -> None:
        for entry in entries:
            if "components" in entry:
                name = entry["internalType"].removeprefix("struct ").split(".")[-1].rstrip("[]")
                found[name] = entry["components"]
                walk(entry["components"])

    for name in artifact_names():
        for entry in artifact(name).abi:
            walk(entry.get("inputs", []) + entry.get("outputs", []))
    return found


@pytest.mark.parametrize("handle", HANDLES)
def test_every_function_of_a_contract_has_a_method_of_its_name(handle: type[Contract]) -> None:
    for entry in artifact(handle.artifact_name).abi:
        if entry["type"] != "function":
            continue
        name = entry["name"]
        if name in NOT_WRAPPED or INTERNAL.get(name) is handle:
            continue
        assert callable(getattr(handle, snake(name), None)), f"{handle.__name__}.{snake(name)}"


def test_every_struct_has_a_dataclass_with_its_fields_in_its_order() -> None:
    found = abi_structs()
    assert {"Header", "Round", "Claim", "Statement", "ProjectConfig", "Money", "Peer", "Emission"} <= set(
        found
    )
    for name, components in found.items():
        ours_name = RENAMED.get(name, name)
        kind = getattr(structs, ours_name, None) or getattr(proof_structs, ours_name)
        ours = [field.name.rstrip("_") for field in fields(kind)]
        assert ours == [snake(component["name"]) for component in components], name


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        (kind.__name__, kind)
        for kind in (
            structs.Role,
            structs.Phase,
            structs.EmissionKind,
            structs.Flow,
            structs.Mode,
            structs.Fault,
            structs.Part,
            structs.Verdict,
        )
    ],
)
def test_enums_are_those_of_the_interfaces(name: str, type_: Any) -> None:
    sources = "".join(path.read_text() for path in INTERFACES.glob("*.sol"))
    body = re.search(rf"enum {name} \{{(.*?)\}}", sources, re.DOTALL)
    assert body is not None
    members = re.findall(r"^\s*(\w+)", re.sub(r"//.*", "", body.group(1)), re.MULTILINE)
    assert [member.name for member in type_] == [snake(member).upper() for member in members]
    assert [member.value for member in type_] == list(range(len(members)))


def test_a_call_says_what_it_would_do(embedded: Network) -> None:
    call = RoundBook(embedded, SOMEWHERE).submit(3, b"\xab" * 32)
    assert call.to == SOMEWHERE
    assert call.description == f"RoundBook.submit(id=3, digest=0x{'ab' * 32})"
    # Selector of submit(uint64,bytes32), from `cast sig`.
    assert call.data == bytes.fromhex("ce2a6957") + (3).to_bytes(32, "big") + b"\xab" * 32


def test_arguments_that_do_not_fit_are_named_with_contract_and_function(embedded: Network) -> None:
    book = RoundBook(embedded, SOMEWHERE)
    with pytest.raises(InputError, match=r"RoundBook.submit: digest="):
        book.submit(1, b"\x01" * 31)
    with pytest.raises(InputError, match=r"RoundBook.submit: id="):
        book.submit(-1, b"\x01" * 32)


def test_a_handle_needs_a_checksummed_address(embedded: Network) -> None:
    with pytest.raises(ConfigError):
        RoundBook(embedded, SOMEWHERE.lower())


def test_reading_where_there_is_no_such_contract_is_a_named_error(network: Network) -> None:
    with pytest.raises(NetworkError, match="there is no RoundBook at"):
        RoundBook(network, SOMEWHERE).current_round()


def test_creation_code_is_the_artifact_followed_by_the_arguments() -> None:
    call = creation("ProjectFactory", *[SOMEWHERE] * 4, structs.Judges(*[SOMEWHERE] * 3))
    code = artifact("ProjectFactory").bytecode
    assert call.to is None
    assert call.data == code + (bytes(12) + bytes.fromhex(SOMEWHERE[2:])) * 7
    with pytest.raises(InputError, match="ProjectFactory takes 5 arguments"):
        creation("ProjectFactory")


@pytest.mark.parametrize("name", ["Nothing", "../errors", "", "PeerRegistry.json", "__init__"])
def test_an_unknown_artifact_function_or_event_is_a_named_error(name: str) -> None:
    with pytest.raises(ConfigError):
        artifact(name)
    with pytest.raises(ConfigError):
        function("RoundBook", name)
    with pytest.raises(ConfigError):
        event("RoundBook", name)


def test_immutables_are_masked_and_nothing_else() -> None:
    document = {
        "contractName": "Made",
        "abi": [],
        "bytecode": "0x",
        "deployedBytecode": "0x" + "11" * 4 + "00" * 3 + "22" * 4,
        "immutables": [[4, 3]],
        "sourceHash": "",
        "compiler": {},
    }
    made = artifact_from(document)
    assert made.masked(b"\x11" * 4 + b"abc" + b"\x22" * 4) == made.runtime
    assert made.masked(b"\x11" * 4 + b"abc" + b"\x23" * 4) != made.runtime
    assert made.masked(b"\x11" * 5) != made.runtime
    assert made.masked(b"") == b""


@given(st.integers(0, 2**64 - 1), st.binary(min_size=32, max_size=32))
def test_a_log_is_decoded_by_the_names_of_its_event(round: int, digest: bytes) -> None:
    trainer = bytes(12) + bytes.fromhex(SOMEWHERE[2:])
    wanted = topics("RoundBook", "Submitted", {"round": round, "trainer": SOMEWHERE})
    assert wanted[1:] == ["0x" + round.to_bytes(32, "big").hex(), "0x" + trainer.hex()]
    log = Log(SOMEWHERE, tuple(bytes.fromhex(str(topic)[2:]) for topic in wanted), digest, 0)
    fields_found = decode_log("RoundBook", "Submitted", log)
    assert fields_found == {"round": round, "trainer": SOMEWHERE, "digest": digest}
    assert decode_log("RoundBook", "Sealed", log) is None


def test_only_indexed_fields_can_be_asked_for() -> None:
    assert topics("RoundBook", "Submitted", {"trainer": SOMEWHERE})[1] is None
    with pytest.raises(InputError, match="no indexed field digest"):
        topics("RoundBook", "Submitted", {"digest": b"\x01" * 32})
    with pytest.raises(InputError):
        topics("RoundBook", "Submitted", {"round": -1})


def test_the_test_token_has_what_the_handle_calls() -> None:
    names = {entry["name"] for entry in artifact("TestToken").abi if entry["type"] == "function"}
    wrapped = {"transfer", "approve", "mint", "balanceOf", "allowance", "totalSupply", "decimals", "symbol"}
    assert wrapped <= names
    assert all(callable(getattr(Token, snake(name))) for name in wrapped)
