"""Designs as they are published: coalitions and whole weights, of which every value is an exact sum.

A design is fixed before anybody is measured and named by the sha256 of its bytes: one line of JSON, then the
coalitions' bits, then the weights. `valuation.shapley.design` makes designs; rounds are measured by them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from valuation import json_text
from valuation.coalitions import Coalitions
from valuation.errors import InputError

SCHEMA = "weighhouse/design/1"
MOST_PLAYERS = 256
MOST_COALITIONS = 2**16
LEVERAGE = 2**7
"""How much a published design may amplify: a value is at most so many times the largest utility."""

_HEADER_BYTES = 1024


@dataclass(frozen=True, eq=False)
class IntegerDesign:
    """A design whose weights are integers, so that its values are exact sums.

    Attributes:
        method: the estimator that this is.
        coalitions: bool (m, n), all different; the first two are nobody and everybody.
        weights: int64 (n, m), in units of 1 / scale.
        scale: how many units are one.
        error: no value differs from that of the design that was rounded by more than this times the largest
            absolute utility, rounding of the utilities themselves aside.
    """

    method: str
    coalitions: Coalitions
    weights: npt.NDArray[np.int64]
    scale: int
    error: float

    def values(self, utilities: Sequence[int]) -> list[int]:
        """Return the n values of whole utilities, exactly, in units of 1 / scale; they sum to scale * total.

        >>> from valuation.shapley import design
        >>> drawn = design(2, 4, "permutation", rng=np.random.default_rng(0)).rounded(10)
        >>> drawn.coalitions.sum(axis=1).tolist(), sum(drawn.values([0, 7, 2, 3]))
        ([0, 2, 1, 1], 70)
        """
        return [
            sum(weight * int(utility) for weight, utility in zip(row, utilities, strict=True))
            for row in self.weights.tolist()
        ]

    def relabelled(self, permutation: npt.ArrayLike) -> IntegerDesign:
        """Return the design in which player i is called permutation[i], a permutation of 0 to n - 1.

        Raises:
            InputError: it is no such permutation.
        """
        places = places_of(permutation, len(self.weights))
        return replace(self, coalitions=self.coalitions[:, places], weights=self.weights[places])

    def to_bytes(self) -> bytes:
        """Return the design as it is published; equal designs give equal bytes.

        Raises:
            InputError: it is larger, or amplifies more, than a published design may.

        >>> from valuation.shapley import design
        >>> drawn = design(3, 6, "permutation", rng=np.random.default_rng(0)).rounded(2**20)
        >>> len(drawn.to_bytes()), from_bytes(drawn.to_bytes()).scale
        (261, 1048576)
        """
        _check(self)
        m, n = self.coalitions.shape
        header = {
            "coalitions": m,
            "error": self.error,
            "method": self.method,
            "players": n,
            "scale": self.scale,
            "schema": SCHEMA,
        }
        line = json.dumps(header, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")
        bits = np.packbits(self.coalitions, axis=1, bitorder="little")
        return line + b"\n" + bits.tobytes() + self.weights.astype(">i8").tobytes()


def from_bytes(blob: bytes) -> IntegerDesign:
    """Read what `IntegerDesign.to_bytes` wrote.

    Raises:
        InputError: the bytes are no design in the one form that designs have, or it is too large.
    """
    line, _, _ = blob[:_HEADER_BYTES].partition(b"\n")
    try:
        header = json_text.parse(line)
        if header["schema"] != SCHEMA:
            raise InputError(f"the schema is {header['schema']!r:.60}")
        m, n, scale = (_natural(header[name]) for name in ("coalitions", "players", "scale"))
        method, lost = str(header["method"]), float(header["error"])
    except (InputError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError(f"not a {SCHEMA}: {error}") from error
    arrays = blob[len(line) + 1 :]
    if not 2 <= n <= MOST_PLAYERS or not 2 <= m <= MOST_COALITIONS:
        raise InputError(f"not a {SCHEMA}: {n} players and {m} coalitions")
    width = m * -(-n // 8)
    if len(arrays) != width + 8 * n * m:
        raise InputError(f"not a {SCHEMA}: {len(arrays)} bytes of arrays for {n} players, {m} coalitions")
    bits = np.frombuffer(arrays[:width], dtype=np.uint8).reshape(m, -1)
    coalitions = np.unpackbits(bits, axis=1, count=n, bitorder="little").astype(np.bool_)
    weights = np.frombuffer(arrays[width:], dtype=">i8").reshape(n, m).astype(np.int64)
    design = IntegerDesign(method, coalitions, weights, scale, lost)
    if design.to_bytes() != blob:
        raise InputError(f"not a {SCHEMA} in canonical form")
    return design


def places_of(permutation: npt.ArrayLike, n: int) -> npt.NDArray[np.intp]:
    """Return which player gets each new label, intp (n,), when player i is called permutation[i].

    Raises:
        InputError: it is no permutation of 0 to n - 1.

    >>> places_of([2, 0, 1], 3).tolist()
    [1, 2, 0]
    """
    order = np.asarray(permutation)
    if (
        order.shape != (n,)
        or order.dtype.kind not in "iu"
        or not np.array_equal(np.sort(order), np.arange(n))
    ):
        raise InputError(f"players are relabelled by a permutation of 0 to {n - 1}")
    return np.argsort(order)


def _check(design: IntegerDesign) -> None:
    m, n = design.coalitions.shape
    if not 2 <= n <= MOST_PLAYERS or not 2 <= m <= MOST_COALITIONS:
        raise InputError(f"a published design has no {n} players and {m} coalitions")
    if design.coalitions[0].any() or not design.coalitions[1].all():
        raise InputError("the first two coalitions of a design are nobody and everybody")
    if not 1 <= design.scale < 2**62:
        raise InputError(f"a scale of {design.scale}")
    most = max(sum(abs(weight) for weight in row) for row in design.weights.tolist())
    if most > LEVERAGE * design.scale:
        raise InputError(f"the weights of a player add up to {most / design.scale:.3g}, not {LEVERAGE}")


def _natural(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InputError(f"not a number of things: {value!r:.60}")
    return value
