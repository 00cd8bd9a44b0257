import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.models.mlp import MLP
from valuation.models.softmax import Softmax
from valuation.models.vertical import party_blocks


@given(st.integers(1, 30), st.integers(2, 5), st.binary(min_size=1, max_size=8), st.data())
def test_every_weight_is_held_by_one_party_and_the_bias_by_none(features, classes, seed, data):
    parties = data.draw(st.integers(1, features))
    model = Softmax(features, classes)
    blocks = party_blocks(model, seed, parties)
    holders = model.layout.unflatten(blocks.sum(axis=0)[None].astype(np.float64))
    assert (holders["weight"] == 1).all()
    assert (holders["bias"] == 0).all()
    # A party holds whole features, and about as many as any other.
    weights = model.layout.unflatten(blocks.astype(np.float64))["weight"]
    assert (weights == weights[:, :1]).all()
    held = weights[:, 0].sum(axis=1)
    assert held.max() - held.min() <= 1


def test_the_seed_decides_who_holds_what():
    model = Softmax(64, 10)
    one, again, other = (party_blocks(model, seed, 4) for seed in (b"a", b"a", b"b"))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


def test_what_cannot_be_split_is_refused():
    with pytest.raises(InputError, match="a model 'mlp' cannot be split"):
        party_blocks(MLP(4, 2, 3), b"a", 2)
    with pytest.raises(InputError, match="5 parties cannot share 4 features"):
        party_blocks(Softmax(4, 2), b"a", 5)
