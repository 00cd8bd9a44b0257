"""The contracts' custom errors as Python exceptions: one class each, made from the artifacts on import.

    try:
        sender.send(book.submit(3, digest))
    except errors.AlreadySubmitted as refusal:
        print(refusal.trainer)

Every class is a `Reverted`. Many are a kind of `WindowError`, `NothingToDo` or `Refused` as well, so that who
only wants to know whether to wait, to go on or to give up need not know the contracts. The classes are
attributes of this module (`__all__` lists them); to a type checker each is a `type[Reverted]`, whose
arguments are attributes of any type. A contract that is compiled anew brings its new errors with it; nothing
is to be written here but their kind.
"""

from __future__ import annotations

from typing import Any

from chain.contracts.abi import Parameter, decode
from chain.contracts.artifacts import custom_errors
from chain.errors import ChainError, NothingToDo, Refused, Reverted, WindowError
from valuation.errors import InputError

_KINDS: dict[type[ChainError], tuple[str, ...]] = {
    WindowError: (
        "MechanismTooSoon",
        "NotActiveYet",
        "NotExpired",
        "NotReadyYet",
        "NotStanding",
        "NotVoidable",
        "PausedTooRecently",
        "PausedUntil",
        "ProjectClosed",
        "ProjectOpen",
        "QuorumMissing",
        "RoundStillOpen",
        "RoundUnderWay",
        "SeedExpired",
        "SeedNotReady",
        "SignatureExpired",
        "StillStanding",
        "TooEarly",
        "TooEarlyToSweep",
        "TooLate",
        "UnbondingInProgress",
        "WrongPhase",
        "WrongRound",
    ),
    NothingToDo: (
        "AlreadyAccused",
        "AlreadyClaimed",
        "AlreadyCommitted",
        "AlreadyObjected",
        "AlreadyRegistered",
        "AlreadyRequested",
        "AlreadyRevealed",
        "AlreadySealed",
        "AlreadySubmitted",
        "NotAnnounced",
        "NotPaused",
        "NothingToCollect",
        "NothingToRefund",
        "NothingToSweep",
        "NothingUnbonding",
        "RulesExist",
    ),
    Refused: (
        "Barred",
        "NotClaimer",
        "NotCourt",
        "NotEvaluator",
        "NotGuardian",
        "NotJudge",
        "NotOwner",
        "NotPauser",
        "NotRegistered",
        "NotRegistry",
        "NotRoundBook",
        "NotTrainer",
        "OwnableUnauthorizedAccount",
        "WrongSignature",
    ),
}

# What Solidity itself reverts with.
_ERROR_STRING, _PANIC = bytes.fromhex("08c379a0"), bytes.fromhex("4e487b71")


def _classes() -> dict[str, type[Reverted]]:
    kind_of = {name: kind for kind, names in _KINDS.items() for name in names}
    made: dict[str, type[Reverted]] = {}
    for error in custom_errors():
        if error.name in made:
            raise TypeError(f"two custom errors are called {error.name}")
        kind = kind_of.get(error.name)
        bases = (kind, Reverted) if kind else (Reverted,)
        body: dict[str, Any] = {"__doc__": f"`{error.signature}`", "__module__": __name__}
        made[error.name] = type(error.name, bases, body)
    return made


_CLASSES = _classes()
_BY_SELECTOR = {error.hash: error for error in custom_errors()}

__all__ = ["decode_revert", *_CLASSES]


def __getattr__(name: str) -> type[Reverted]:
    try:
        return _CLASSES[name]
    except KeyError:
        raise AttributeError(f"no contract has an error {name!r}") from None


def decode_revert(data: bytes) -> Reverted:
    """The exception for what a contract reverted with.

    Args:
        data: The bytes that came back: a selector and ABI-encoded arguments, or nothing.

    Returns:
        An exception of the error's own class; a plain `Reverted` for Solidity's `Error` and `Panic`, and for
        bytes that no artifact knows (named `Unknown`, the bytes in `arguments["data"]`).

    Example:
        >>> decode_revert(bytes.fromhex("4e487b71") + (17).to_bytes(32, "big"))
        Reverted('Panic(code=17)')
    """
    selector, body = data[:4], data[4:]
    try:
        if selector == _ERROR_STRING:
            (message,) = decode([Parameter("message", "string")], body, what="Error")
            return Reverted("Error", {"message": message}, data)
        if selector == _PANIC:
            (code,) = decode([Parameter("code", "uint256")], body, what="Panic")
            return Reverted("Panic", {"code": code}, data)
        if selector in _BY_SELECTOR:
            error = _BY_SELECTOR[selector]
            values = decode(error.parameters, body, what=error.name)
            names = [p.name for p in error.parameters]
            return _CLASSES[error.name](error.name, dict(zip(names, values, strict=True)), data)
    except InputError:
        pass  # the selector is a known error's, the rest is not: show the bytes as they are
    return Reverted("Unknown", {"data": data}, data)
