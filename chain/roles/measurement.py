"""What one evaluator measured in one round, as bytes: the blob behind the digest that it reveals.

A measurement names the peers that it accepted, in ascending order of address, why it rejected the others,
and the
utilities in the fixed point of the chain. Its root on chain is the index tree over the utilities.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from eth_utils.address import is_checksum_address

from chain.encoding import canonical_json
from chain.errors import VerificationError
from valuation import json_text
from valuation.errors import InputError
from valuation.fixed_point import checked

SCHEMA = "weighhouse/measurement/1"
MAX_BYTES = 64 * 2**20
"""No store is asked for a larger measurement than this."""


class MalformedMeasurement(VerificationError):
    """A measurement's bytes are not what its digest was revealed for."""


@dataclass(frozen=True)
class Rejection:
    """Why a submission does not count: a code for programs and a sentence for people."""

    address: str
    reason: str
    detail: str


@dataclass(frozen=True)
class Measurement:
    """An evaluator's view of a round.

    Attributes:
        project: The project's identity, as in the metadata of updates.
        round: The round.
        evaluator: Who measured.
        players: Accepted addresses, ascending.
        rejections: One for each submission that was not accepted, ascending by address.
        utilities: int64 (k,), fixed point at 1e-9 nats, laid out as the mechanism's method says.
    """

    project: str
    round: int
    evaluator: str
    players: tuple[str, ...]
    rejections: tuple[Rejection, ...]
    utilities: npt.NDArray[np.int64]

    def to_bytes(self) -> bytes:
        """The measurement as canonical JSON: the same measurement gives the same bytes.

        Plain numbers are safe in any language: no utility reaches 2**53.
        """
        return canonical_json(
            {
                "evaluator": self.evaluator,
                "players": list(self.players),
                "project": self.project,
                "rejections": [[r.address, r.reason, r.detail] for r in self.rejections],
                "round": self.round,
                "schema": SCHEMA,
                "utilities": self.utilities.tolist(),
            }
        )

    @classmethod
    def from_bytes(cls, blob: bytes) -> Measurement:
        """Reads a measurement back.

        Raises:
            MalformedMeasurement: The bytes are not a measurement; the message says where.
        """
        try:
            view = json_text.parse(blob)
            if view["schema"] != SCHEMA:
                raise MalformedMeasurement(f"not a {SCHEMA}: the schema is {view['schema']!r:.60}")
            measurement = cls(
                project=_text(view["project"]),
                round=_whole(view["round"]),
                evaluator=_address(view["evaluator"]),
                players=tuple(_address(player) for player in view["players"]),
                rejections=tuple(
                    Rejection(_address(a), _text(r), _text(d)) for a, r, d in view["rejections"]
                ),
                utilities=_utilities(view["utilities"]),
            )
        except MalformedMeasurement:
            raise
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise MalformedMeasurement(f"not a {SCHEMA}: {type(error).__name__}: {error}") from error
        for name, addresses in (
            ("players", measurement.players),
            ("rejections", tuple(r.address for r in measurement.rejections)),
        ):
            keys = [address.lower() for address in addresses]
            if keys != sorted(set(keys)):
                raise MalformedMeasurement(f"{name} are not in strictly ascending order of address")
        return measurement


def _utilities(values: object) -> npt.NDArray[np.int64]:
    if not isinstance(values, list) or not all(type(value) is int for value in values):
        raise MalformedMeasurement("utilities are not a list of whole numbers")
    try:
        return checked(np.array(values, dtype=np.int64))
    except (InputError, OverflowError) as error:
        raise MalformedMeasurement(f"a utility is out of range: {error}") from error


def _address(value: object) -> str:
    if not isinstance(value, str) or not is_checksum_address(value):
        raise MalformedMeasurement(f"not a checksummed address: {value!r:.60}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise MalformedMeasurement(f"not a text: {value!r:.60}")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise MalformedMeasurement(f"not a round: {value!r:.60}")
    return value
