"""An update is the base less the trained model, whatever trained it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from valuation.errors import InputError
from valuation.federated.contributions import contributions
from valuation.gradients.errors import ExtraTensor, MissingTensor, NotFinite, WrongShape
from valuation.hooks import local_steps, pseudo_gradient

tensors = arrays.arrays(np.float32, (3, 2), elements=st.floats(-1e6, 1e6, width=32))


@given(tensors, tensors)
def test_a_step_along_the_update_is_the_training(before, after):
    update = pseudo_gradient({"w": before}, {"w": after})
    assert update["w"].dtype == np.float32
    np.testing.assert_allclose(before - update["w"], after, rtol=1e-5, atol=0.25)


@pytest.mark.parametrize(
    ("after", "error"),
    [
        ({}, MissingTensor),
        ({"w": np.zeros(2), "more": np.zeros(1)}, ExtraTensor),
        ({"w": np.zeros(3)}, WrongShape),
        ({"w": np.array([0.0, np.nan])}, NotFinite),
        ({"w": np.array([0.0, np.inf])}, NotFinite),
        ({"w": np.array([0.0, 1e300])}, NotFinite),
    ],
)
def test_what_is_no_update_is_refused_with_the_tensors_name(after, error):
    with pytest.raises(error, match=r"'(w|more)'"):
        pseudo_gradient({"w": np.zeros(2)}, after)


torch = pytest.importorskip("torch")


INPUTS = torch.tensor([[1.0, 2.0, -1.0], [0.0, 1.0, 1.0], [2.0, -1.0, 0.0], [-1.0, 0.0, 3.0]])


def trained(model, steps=3):
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        model(INPUTS).pow(2).sum().backward()
        optimizer.step()


def fail_after_training(model):
    trained(model)
    raise ZeroDivisionError


def model_of(seed=0):
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2), torch.nn.Linear(2, 1))


def test_local_steps_of_any_module_are_an_update():
    model = model_of()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with local_steps(model) as steps:
        trained(model)
    assert list(steps.update) == [name for name in before if "num_batches" not in name]
    assert any(np.abs(array).max() > 0 for array in steps.update.values())
    for name, array in steps.update.items():
        np.testing.assert_allclose(before[name].numpy() - array, model.state_dict()[name].numpy(), atol=1e-6)


def test_the_model_is_kept_or_restored_as_asked():
    kept, restored = model_of(), model_of()
    before = {name: tensor.clone() for name, tensor in restored.state_dict().items()}
    with local_steps(kept) as first:
        trained(kept)
    with local_steps(restored, restore=True) as second:
        trained(restored)
    assert all(torch.equal(tensor, before[name]) for name, tensor in restored.state_dict().items())
    assert not torch.equal(kept.state_dict()["0.weight"], before["0.weight"])
    assert all(np.array_equal(first.update[name], second.update[name]) for name in first.update)


class Lora(torch.nn.Module):
    """A frozen layer with a low-rank adapter, as PEFT builds them."""

    def __init__(self):
        super().__init__()
        self.frozen = torch.nn.Linear(3, 3, bias=False)
        self.frozen.weight.requires_grad_(False)
        self.lora_a = torch.nn.Parameter(torch.ones(1, 3))
        self.lora_b = torch.nn.Parameter(torch.ones(3, 1))

    def forward(self, x):
        return self.frozen(x) + x @ self.lora_a.T @ self.lora_b.T


def test_of_an_adapter_only_what_is_trained_is_sent():
    model = Lora()
    with local_steps(model, only_trainable=True) as steps:
        trained(model)
    assert list(steps.update) == ["lora_a", "lora_b"]
    with local_steps(model) as everything:
        trained(model)
    assert not everything.update["frozen.weight"].any()


def test_tied_weights_come_once():
    model = torch.nn.ModuleDict({"one": torch.nn.Linear(2, 2), "two": torch.nn.Linear(2, 2)})
    model["two"].weight = model["one"].weight
    with local_steps(model) as steps, torch.no_grad():
        model["one"].weight.add_(1.0)
    assert list(steps.update) == ["one.weight", "one.bias", "two.bias"]


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16, torch.float64])
def test_other_precisions_are_taken(kind):
    model = torch.nn.Linear(2, 1, bias=False).to(kind)
    with local_steps(model) as steps, torch.no_grad():
        model.weight.add_(1.0)
    np.testing.assert_allclose(steps.update["weight"], -1.0, atol=0.02)


def test_what_goes_wrong_is_named():
    model = torch.nn.Linear(2, 1)
    with pytest.raises(NotFinite, match="bias"), local_steps(model), torch.no_grad():
        model.bias.fill_(float("nan"))
    model = torch.nn.Linear(2, 1)
    with local_steps(model) as steps, pytest.raises(InputError, match="after the block"):
        _ = steps.update
    frozen = torch.nn.Linear(2, 1).requires_grad_(False)
    with pytest.raises(InputError, match="no tensor"), local_steps(frozen, only_trainable=True):
        pass


def test_an_error_within_the_block_restores_and_passes_through():
    model = model_of()
    before = model.state_dict()["0.weight"].clone()
    with pytest.raises(ZeroDivisionError), local_steps(model, restore=True) as steps:
        fail_after_training(model)
    assert torch.equal(model.state_dict()["0.weight"], before)
    with pytest.raises(InputError):
        _ = steps.update


def test_updates_are_valued_as_they_are():
    """Ten lines from PyTorch clients to their values."""
    target, clients = torch.tensor([[1.0, -2.0]]), {}
    base = torch.nn.Linear(2, 1, bias=False)
    start = {"weight": base.weight.detach().numpy().copy()}
    for name, rate in (("ada", 0.2), ("bob", 0.05), ("eve", -0.2)):
        with local_steps(base, restore=True) as steps:
            for _ in range(5):
                base.zero_grad()
                (base.weight - target).pow(2).sum().backward()
                with torch.no_grad():
                    base.weight -= rate * base.weight.grad
        clients[name] = steps.update

    def loss(models):
        return ((models - target.numpy().ravel()) ** 2).sum(axis=1)

    values = dict(zip("abe", contributions(clients, start, loss, method="shapley-exact").values, strict=True))
    assert values["a"] > values["b"] > 0 > values["e"]


def test_what_has_no_real_numbers_is_refused_by_name() -> None:
    model = torch.nn.Linear(2, 1)
    model.phase = torch.nn.Parameter(torch.zeros(2, dtype=torch.complex64))
    with pytest.raises(InputError, match="tensor 'phase' is complex"), local_steps(model):
        pass
    with (
        pytest.raises(InputError, match="tensor 'weight' has no data"),
        local_steps(torch.nn.Linear(2, 1, device="meta")),
    ):
        pass


def test_a_copy_takes_no_more_room_than_the_model() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Linear(8, 8).double())
    with local_steps(model) as steps:
        pass
    assert [array.dtype for array in steps.before.values()] == [np.float32] * 2 + [np.float64] * 2
