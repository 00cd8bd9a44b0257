"""What scores may depend on beside a round's agreed utilities: all of it follows from chain and store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Seen:
    """A round as everybody sees it who derives its scores.

    Args:
        round: The round's number, which rises from round to round.
        seed: Its randomness, drawn after all commitments.
        players: The agreed players, (n,), in ascending order of address.
        updates: Their updates, float32 (n, d).
        committed: The place of each player's commitment in the order of the chain, (n,).
        rejections: Why others' submissions were not accepted: the reason's code by address.
        state: What the method remembers of the rounds before, as it was returned for the last of them; empty
            before the first, and for methods that remember nothing.
    """

    round: int
    seed: bytes
    players: tuple[str, ...]
    updates: npt.NDArray[np.float32]
    committed: Sequence[int]
    rejections: Mapping[str, str]
    state: bytes = b""
