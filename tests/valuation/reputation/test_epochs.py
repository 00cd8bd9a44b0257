"""Feedback that fades, and what that does to Sybils."""

import warnings

import numpy as np
import pytest

from valuation.errors import InputError
from valuation.reputation.epochs import EpochDecayWarning, fade
from valuation.reputation.graph import feedback_graph
from valuation.reputation.meritrank import meritrank, sybil_gain


def test_each_epoch_counts_less_than_the_next():
    epochs = [feedback_graph(2, [0], [1], [weight]) for weight in (8.0, 4.0, 1.0)]
    with pytest.warns(EpochDecayWarning):
        assert fade(epochs, epoch_decay=0.5).toarray()[0, 1] == 8 / 4 + 4 / 2 + 1


def test_without_decay_nothing_is_lost_and_nobody_is_warned():
    epochs = [feedback_graph(3, [0], [1], [1.0]), feedback_graph(3, [1], [2], [1.0])]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        total = fade(epochs, epoch_decay=0.0)
    np.testing.assert_array_equal(total.toarray(), (epochs[0] + epochs[1]).toarray())


def test_epoch_decay_raises_the_gain_of_an_attacker_with_a_past():
    honest = feedback_graph(5, [0, 0, 1, 2, 3], [1, 2, 3, 3, 1], [1.0, 1.0, 1.0, 1.0, 10.0])
    attack = feedback_graph(5, [0, 0, 1, 2, 3], [1, 2, 3, 3, 4], [1.0, 1.0, 1.0, 1.0, 1.0])
    gains = []
    for decay in (0.0, 0.3, 0.6):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EpochDecayWarning)
            graph = fade([honest] * 3 + [attack] * 3, decay)
        gains.append(sybil_gain(meritrank(graph, 0), attacker=3, sybils=np.array([4])))
    assert gains[0] < gains[1] < gains[2]


@pytest.mark.parametrize(
    ("epochs", "decay"),
    [
        ([], 0.0),
        ([feedback_graph(2, [0], [1], [1.0])], 1.0),
        ([feedback_graph(2, [0], [1], [1.0])], -0.1),
        ([feedback_graph(2, [0], [1], [1.0]), feedback_graph(3, [0], [1], [1.0])], 0.0),
    ],
)
def test_what_cannot_be_added_up_is_refused(epochs, decay):
    with pytest.raises(InputError):
        fade(epochs, decay)
