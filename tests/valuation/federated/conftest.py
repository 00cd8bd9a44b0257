"""Rounds whose coalitions have any utilities one likes, so that oracles for games are oracles for rounds."""

import numpy as np
import pytest

from valuation.federated.round import Round


def _table_round(table, players=None):
    """A round in which the coalition with the mask m lowers the loss by exactly table[m]."""
    values = np.asarray(table, dtype=float)
    n = values.size.bit_length() - 1
    names = tuple(players) if players is not None else tuple("abcdefghijklmnopqrst"[:n])
    # A coalition's mean update is not zero exactly in the coordinates of its members.
    return Round(
        names,
        np.eye(n, dtype=np.float32),
        np.zeros(n, dtype=np.float32),
        lambda models: 7.0 - values[(models < 0) @ (1 << np.arange(n))],
        learning_rate=1.0,
    )


def _part_of(round, players):
    """The same round with some of the players only, in the order of the round."""
    kept = [place for place, player in enumerate(round.players) if player in players]
    return Round(
        tuple(round.players[place] for place in kept),
        round.updates[kept],
        round.base,
        round.loss,
        round.learning_rate,
    )


@pytest.fixture(scope="session")
def table_round():
    return _table_round


@pytest.fixture(scope="session")
def part_of():
    return _part_of
