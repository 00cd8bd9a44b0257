"""The transformer is a model like the others; without PyTorch it says what to install."""

import sys

import numpy as np
import pytest

from valuation.errors import InputError
from valuation.models import topics
from valuation.models.digits import MissingExtraError
from valuation.models.registry import build
from valuation.models.training import local_steps
from valuation.models.transformer import Transformer

MODEL = Transformer(features=4, classes=5, hidden=8)
RNG = np.random.default_rng(0)
X, Y = RNG.integers(0, 5, (6, 4)).astype(np.float32), RNG.integers(0, 5, 6)


def some_params(count=1):
    base = MODEL.initial(b"transformer").astype(np.float64)
    return base + 0.3 * np.random.default_rng(1).normal(size=(count, base.size))


def test_the_text_is_real_and_its_parts_do_not_overlap():
    train, validation = topics.train_and_validation()
    text = topics.text()
    assert len(text) > 300_000
    assert "statement" in text
    held_out = text[-(len(text) // 10) :]
    first = "".join(topics.ALPHABET[int(code)] for code in validation.x[0]) + topics.ALPHABET[validation.y[0]]
    assert first in held_out
    assert train.x.shape == (4096, 16)
    assert not train.x.flags.writeable


def test_without_pytorch_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"weighhouse\[torch\]"):
        MODEL.losses(some_params(), X, Y)


def test_impossible_sizes_are_refused():
    with pytest.raises(InputError, match="multiple of 4"):
        build("transformer", 16, 48, hidden=30)
    with pytest.raises(InputError, match="all but softmax"):
        build("transformer", 16, 48)


class TestWithPyTorch:
    @pytest.fixture(autouse=True)
    def torch(self):
        torch = pytest.importorskip("torch", reason="the extra `torch` is not installed here")
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # more of them only wait for each other
        yield
        torch.set_num_threads(threads)

    def test_the_gradient_is_that_of_the_loss(self):
        point = some_params()[0]
        gradient = MODEL.gradient(point, X, Y)
        directions = np.random.default_rng(2).normal(size=(5, point.size))
        for direction in directions:
            ahead, behind = point + 1e-6 * direction, point - 1e-6 * direction
            ahead_loss, behind_loss = MODEL.losses(np.stack([ahead, behind]), X, Y)
            assert (ahead_loss - behind_loss) / 2e-6 == pytest.approx(gradient @ direction, rel=1e-5)

    def test_many_models_are_measured_as_one_by_one_and_on_own_data(self):
        params = some_params(3)
        together = MODEL.losses(params, X, Y)
        alone = [MODEL.losses(row[None], X, Y)[0] for row in params]
        np.testing.assert_allclose(together, alone, rtol=1e-12)
        own = MODEL.losses(params, np.stack([X, X[::-1], X]), np.stack([Y, Y[::-1], Y]))
        np.testing.assert_allclose(own, together, rtol=1e-12)
        assert MODEL.margins(params, X, Y).shape == (3, 6)

    def test_the_last_character_sees_all_places(self):
        moved = X[:, [1, 0, 2, 3]]
        assert (MODEL.losses(some_params(), X, Y) != MODEL.losses(some_params(), moved, Y)).all()

    def test_it_learns(self):
        base = MODEL.initial(b"learn")
        update = local_steps(
            MODEL, base, X, Y, learning_rate=0.5, steps=60, batch_size=6, rng=np.random.default_rng(0)
        )
        before, after = MODEL.losses(np.stack([base, base - update]), X, Y)
        assert after < before / 2

    @pytest.mark.parametrize("wrong", [-1.0, 5.0, 0.5])
    def test_what_is_no_character_is_refused(self, wrong):
        x = X.copy()
        x[0, 0] = wrong
        with pytest.raises(InputError, match="characters' numbers"):
            MODEL.losses(some_params(), x, Y)
