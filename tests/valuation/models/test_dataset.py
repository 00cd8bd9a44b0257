import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.models import digits, registry
from valuation.models.dataset import Dataset, digest, split


def numbered(n):
    return Dataset(np.arange(2 * n, dtype=np.float32).reshape(n, 2), np.arange(n))


@given(st.integers(1, 40), st.data())
def test_a_split_keeps_every_sample_once(n, data):
    k = data.draw(st.integers(0, n))
    train, validation = split(numbered(n), b"seed", k)
    assert len(validation.y) == k
    assert sorted([*train.y.tolist(), *validation.y.tolist()]) == list(range(n))
    for part in (train, validation):
        assert (part.x[:, 0] == 2 * part.y).all()


def test_more_validation_than_samples_is_refused():
    with pytest.raises(InputError):
        split(numbered(3), b"seed", 4)


def test_the_digest_sees_every_number_and_every_shape():
    data = numbered(4)
    changed = data.x.copy()
    changed[3, 1] = np.nextafter(changed[3, 1], 0, dtype=np.float32)
    others = [
        Dataset(changed, data.y),
        Dataset(data.x, data.y[::-1]),
        Dataset(data.x.reshape(2, 4), data.y),
        data.take(np.arange(3)),
    ]
    assert len({digest(data), *map(digest, others)}) == 5


def test_the_digest_does_not_depend_on_memory_layout():
    data = numbered(4)
    assert digest(Dataset(np.asfortranarray(data.x), data.y)) == digest(data)


def test_digits_are_what_scikit_learn_has_scaled_to_one():
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    found = digits.load()
    assert (found.x.astype(float) * 16 == pixels).all()
    assert (found.y == labels).all()


def test_the_parts_of_the_digits_never_change():
    train, validation = digits.train_and_validation()
    assert (len(train.y), len(validation.y)) == (1200, 597)
    with pytest.raises(ValueError, match="read-only"):
        train.x[0, 0] = 1
    # Projects on chain name these digests: a change of split, order or scale would orphan them.
    assert digest(train) == "598d8532429e1b0f5f5d68501ce06b8aa86073d657e69be07f930358db38c646"
    assert digest(validation) == "836c6e3cef68f523b26b3c47719e2463ccf1d200097ab54e1794b7371efe7f04"


def test_without_scikit_learn_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(digits.MissingExtraError, match=r"pip install 'weighhouse\[demo\]'"):
        digits.load()


def test_models_are_built_by_name():
    assert registry.build("softmax", 64, 10).name == "softmax"
    assert registry.build("mlp", 64, 10, 32).layout.size == 64 * 32 + 32 + 32 * 10 + 10
    for wrong in (("softmax", 64, 10, 32), ("mlp", 64, 10, None), ("cnn", 64, 10, None)):
        with pytest.raises(InputError):
            registry.build(*wrong)
