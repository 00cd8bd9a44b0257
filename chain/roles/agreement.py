"""What the evaluators of a round agree on: whose measurements count, who is valued, and the utilities.

The rules are those of docs/court.md, "Evaluators": everything here can be proved on chain when a header says
otherwise, but for what is in the store, about which the evaluators object by weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chain.contracts.proofs import UNCOVERED, WITHHELD, WITHIN, Evaluator
from chain.encoding import address_bytes
from chain.errors import VerificationError
from chain.records import Reveal
from chain.roles.gathering import Gathered
from chain.roles.measurement import Measurement, Rejection
from valuation.errors import InputError
from valuation.scoring import agree, restrict


class NoAgreement(VerificationError):
    """The revealed measurements do not support any header."""


class Unreadable(NoAgreement):
    """A measurement cannot be read here, and too few evaluators have objected to it so far.

    Attributes:
        evaluators: Whose measurements.
    """

    def __init__(self, message: str, evaluators: Sequence[str]) -> None:
        super().__init__(message)
        self.evaluators = tuple(evaluators)


@dataclass(frozen=True)
class Revealed:
    """One evaluator's reveal: a measurement that hashes to what was revealed, or why there is none.

    Attributes:
        reveal: What the chain says.
        measurement: The verified measurement; None when it cannot be read.
        fault: Why it cannot be read; empty when it can.
    """

    reveal: Reveal
    measurement: Measurement | None
    fault: str

    @property
    def evaluator(self) -> str:
        """Who revealed."""
        return self.reveal.evaluator

    @property
    def weight(self) -> int:
        """Its stake at the reveal."""
        return self.reveal.weight


@dataclass(frozen=True)
class Agreed:
    """What follows from a round's reveals and objections.

    Attributes:
        players: The valued peers, ascending.
        rejections: Why each of the other submitters is not valued.
        utilities: The agreed utilities, int64 (k,).
        evaluators: Everyone who revealed, ascending, with its standing.
        details: Why an evaluator is not within tolerance, by address.
    """

    players: tuple[str, ...]
    rejections: tuple[Rejection, ...]
    utilities: npt.NDArray[np.int64]
    evaluators: tuple[Evaluator, ...]
    details: Mapping[str, str]


def agreement(gathered: Gathered, revealed: Sequence[Revealed], objections: Mapping[str, int]) -> Agreed:
    """What the evaluators agree on.

    Args:
        gathered: The round's submissions, base model and mechanism.
        revealed: Every reveal of the round.
        objections: The weight of the objections against each evaluator.

    Raises:
        Unreadable: A measurement cannot be read, and no majority says so yet.
        NoAgreement: No measurement covers the agreed peers, or one of them cannot be decoded here.
    """
    ground, tolerance = gathered.ground, gathered.ground.mechanism.tolerance
    everybody = sorted(revealed, key=lambda r: address_bytes(r.evaluator))
    withheld = _withheld(ground.round, everybody, objections)
    counted = [r for r in everybody if r.evaluator not in withheld]
    players = _players(gathered, counted)
    read = {r.evaluator: covering(gathered, r, players) for r in counted}
    usable = [(r, found) for r in counted if not isinstance(found := read[r.evaluator], str)]
    if not usable:
        raise NoAgreement(
            f"round {ground.round}: no revealed measurement covers the agreed peers {list(players)}"
        )
    utilities = agree(np.stack([found for _, found in usable]), [r.weight for r, _ in usable])
    lines, details = [], {}
    for r in everybody:
        found = read.get(r.evaluator, "")
        if r.evaluator in withheld:
            standing = WITHHELD
            details[r.evaluator] = r.fault or "more than half of the evaluators' weight could not read it"
        elif isinstance(found, str):
            standing, details[r.evaluator] = UNCOVERED, found
        else:
            standing = standing_of(found, utilities, tolerance)
            if standing != WITHIN:
                details[r.evaluator] = f"a utility differs from the median by more than {tolerance} nano-nats"
        lines.append(Evaluator(r.evaluator, r.weight, standing))
    return Agreed(players, _rejections(gathered, players, counted), utilities, tuple(lines), details)


def standing_of(measured: npt.NDArray[np.int64], agreed: npt.NDArray[np.int64], tolerance: int) -> int:
    """`WITHIN`, or the first index at which a measurement, int64 (k,), is too far from the agreed one.

    Both, and the tolerance, are in nano-nats.

    Example:
        >>> standing_of(np.array([5, 7, 9]), np.array([5, 5, 5]), tolerance=1)
        1
    """
    outside = np.flatnonzero(np.abs(measured - agreed) > tolerance)
    return int(outside[0]) if outside.size else WITHIN


def _withheld(round: int, revealed: Sequence[Revealed], objections: Mapping[str, int]) -> set[str]:
    total = sum(r.weight for r in revealed)
    withheld = {r.evaluator for r in revealed if 2 * objections.get(r.evaluator, 0) > total}
    unreadable = [r for r in revealed if r.measurement is None and r.evaluator not in withheld]
    if unreadable:
        told = "; ".join(f"{r.evaluator}: {r.fault}" for r in unreadable)
        raise Unreadable(
            f"round {round}: a measurement cannot be read and no majority has objected to it: {told}",
            [r.evaluator for r in unreadable],
        )
    if len(withheld) == len(revealed):
        raise NoAgreement(f"round {round}: no revealed measurement can be used")
    return withheld


def _players(gathered: Gathered, counted: Sequence[Revealed]) -> tuple[str, ...]:
    """Who was accepted by more than half of the weight that counts."""
    total = sum(r.weight for r in counted)
    accepted: dict[str, int] = {}
    for r in counted:
        # A majority could read one that cannot be read here, and it would count.
        assert r.measurement is not None
        for address in r.measurement.players:
            accepted[address] = accepted.get(address, 0) + r.weight
    players = tuple(sorted((a for a, weight in accepted.items() if 2 * weight > total), key=address_bytes))
    unknown = [address for address in players if address not in gathered.updates]
    if unknown:
        raise NoAgreement(
            f"round {gathered.ground.round}: the evaluators accepted {unknown}, which cannot be decoded here"
        )
    return players


def _rejections(
    gathered: Gathered, players: Sequence[str], counted: Sequence[Revealed]
) -> tuple[Rejection, ...]:
    heaviest = sorted(counted, key=lambda r: (-r.weight, address_bytes(r.evaluator)))
    return tuple(
        _reason(address, heaviest)
        for address in sorted(gathered.submitters, key=address_bytes)
        if address not in players
    )


def _reason(address: str, heaviest: Sequence[Revealed]) -> Rejection:
    """The reason of the heaviest evaluator that rejected the submission.

    Taken from the reveals and not from today's store: a blob that appears late must not change what a report
    says.
    """
    for r in heaviest:
        assert r.measurement is not None
        for rejection in r.measurement.rejections:
            if rejection.address == address:
                return rejection
    return Rejection(address, "minority", "accepted by no more than half of the evaluators' weight")


def covering(gathered: Gathered, revealed: Revealed, players: Sequence[str]) -> npt.NDArray[np.int64] | str:
    """What an evaluator measured of the agreed peers alone, int64 (k,), or why that cannot be told."""
    measurement = revealed.measurement
    assert measurement is not None
    missing = [address for address in players if address not in measurement.players]
    if missing:
        return f"did not measure {', '.join(missing)}"
    try:
        return restrict(gathered.ground.mechanism, measurement.utilities, measurement.players, players)
    except InputError as error:
        return str(error)
