"""What a method takes for granted, checked before it returns a number that would mean nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from valuation.errors import AssumptionError, InputError
from valuation.federated.peer_data import PeerMeasures
from valuation.federated.round import Round

NOTHING: PeerMeasures = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What a method needs of its rounds.

    Attributes:
        method: the method's name.
        minimum_peers: the fewest peers that every round must have.
        maximum_peers: the most peers that there may be in all rounds together, None without a limit.
        full_participation: every peer takes part in every round.
        equal_weights: every peer weighs the same in a round's mean (`Round.weights`).
        per_peer: the argument that must name a function of each peer's own data, empty if there is none.
        may_be_negative: values below zero can occur, and mean harm.

    >>> import numpy as np
    >>> alone = Round(("ada",), np.ones((1, 2), dtype=np.float32), np.zeros(2, dtype=np.float32),
    ...               lambda params: params.sum(axis=1), learning_rate=1.0)
    >>> Assumptions(method="fedce", minimum_peers=2).check([alone])
    Traceback (most recent call last):
    valuation.errors.AssumptionError: fedce needs at least 2 peers in every round; round 0 has 1: 'ada'
    """

    method: str
    minimum_peers: int = 1
    maximum_peers: int | None = None
    full_participation: bool = False
    equal_weights: bool = False
    per_peer: str = ""
    may_be_negative: bool = True

    def check(self, rounds: Sequence[Round], of_peers: PeerMeasures = NOTHING) -> tuple[str, ...]:
        """Return the assumptions that were checked and hold, one sentence each.

        Args:
            rounds: the rounds to be valued.
            of_peers: what each peer measures on its own data, where the method needs it.

        Raises:
            InputError: there is no round, or what a peer measures is no function.
            AssumptionError: an assumption does not hold; the message says which, and for which round or peer.
        """
        if not rounds:
            raise InputError(f"{self.method} needs at least one round")
        everyone = everyone_in(rounds)
        held = [self._enough(rounds), *self._not_too_many(everyone)]
        if self.full_participation:
            held.append(self._everywhere(rounds, everyone))
        if self.equal_weights:
            held.append(self._alike(rounds))
        if self.per_peer:
            held.append(self._with_own_data(everyone, of_peers))
        return tuple(held)

    def _enough(self, rounds: Sequence[Round]) -> str:
        for number, round in enumerate(rounds):
            if len(round.players) < self.minimum_peers:
                names = ", ".join(map(repr, round.players))
                raise AssumptionError(
                    f"{self.method} needs at least {self.minimum_peers} peers in every round; "
                    f"round {number} has {len(round.players)}: {names}"
                )
        return f"every round has at least {self.minimum_peers} peers"

    def _not_too_many(self, everyone: Sequence[str]) -> list[str]:
        if self.maximum_peers is None:
            return []
        if len(everyone) > self.maximum_peers:
            raise AssumptionError(
                f"{self.method} values up to {self.maximum_peers} peers, these rounds have {len(everyone)}"
            )
        return [f"there are at most {self.maximum_peers} peers"]

    def _everywhere(self, rounds: Sequence[Round], everyone: Sequence[str]) -> str:
        for number, round in enumerate(rounds):
            if missing := sorted(set(everyone) - set(round.players)):
                raise AssumptionError(
                    f"{self.method} assumes that every peer takes part in every round; "
                    f"peer {missing[0]!r} is missing from round {number}"
                )
        return "every peer takes part in every round"

    def _alike(self, rounds: Sequence[Round]) -> str:
        for number, round in enumerate(rounds):
            if round.weights is not None and len(set(round.weights.tolist())) > 1:
                raise AssumptionError(
                    f"{self.method} assumes that all weigh the same, unlike in round {number}"
                )
        return "every peer weighs the same in its round"

    def _with_own_data(self, everyone: Sequence[str], of_peers: PeerMeasures) -> str:
        if not isinstance(of_peers, Mapping):
            raise InputError(f"{self.per_peer} names a function a peer, and is no {type(of_peers).__name__}")
        for peer in everyone:
            if peer not in of_peers:
                raise AssumptionError(
                    f"{self.method} needs each peer's own data: {self.per_peer} has nothing of peer {peer!r}"
                )
            if not callable(of_peers[peer]):
                raise InputError(
                    f"{self.per_peer} has no function of models (k, d) for peer {peer!r}, "
                    f"but {type(of_peers[peer]).__name__}"
                )
        return f"{self.per_peer} covers every peer"


def everyone_in(rounds: Sequence[Round]) -> tuple[str, ...]:
    """Return the peers of all rounds, in the order in which they first appear.

    >>> import numpy as np
    >>> def round_of(*players):
    ...     updates = np.zeros((len(players), 1), dtype=np.float32)
    ...     return Round(players, updates, updates[0], lambda params: params[:, 0], learning_rate=1.0)
    >>> everyone_in([round_of("b", "a"), round_of("a", "c")])
    ('b', 'a', 'c')
    """
    return tuple(dict.fromkeys(player for round in rounds for player in round.players))
