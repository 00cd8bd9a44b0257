import numpy as np
import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.keccak import keccak256


@given(
    st.integers(0, 135).flatmap(lambda size: st.lists(st.binary(min_size=size, max_size=size), max_size=5))
)
def test_many_messages_hash_as_each_does_alone(messages):
    length = len(messages[0]) if messages else 0
    rows = np.frombuffer(b"".join(messages), dtype=np.uint8).reshape(len(messages), length)
    assert [row.tobytes() for row in keccak256(rows)] == [keccak(message) for message in messages]


def test_more_messages_than_fit_a_block_hash_alike():
    rows = np.arange(40_000, dtype=">u4").view(np.uint8).reshape(-1, 4)
    found = keccak256(rows)
    for at in (0, 2**15 - 1, 2**15, 39_999):
        assert found[at].tobytes() == keccak(at.to_bytes(4, "big"))


def test_what_is_longer_than_a_block_is_refused():
    for messages in (np.zeros((1, 136), dtype=np.uint8), np.zeros((1, 4), dtype=np.int64)):
        with pytest.raises(InputError, match="135 bytes"):
            keccak256(messages)
