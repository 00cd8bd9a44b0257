"""Your own training loop, in PyTorch

Nothing of a training loop has to change: what happens to the model within `local_steps` becomes an
update, by the names of the model's own tensors, and several updates become a valuation.
`chain.hooks.write_update` writes one for `weighhouse peer submit --update`. Needs the extra `torch`.
Source: the pseudo-gradient of Reddi et al., ICLR 2021, algorithm 1.
"""

import numpy as np
import torch

from valuation import contributions
from valuation.hooks import local_steps
from valuation.models.digits import train_and_validation

torch.manual_seed(10)
train, validation = train_and_validation()
model = torch.nn.Sequential(torch.nn.Linear(64, 16), torch.nn.Tanh(), torch.nn.Linear(16, 10))
base = {name: tensor.detach().numpy().copy() for name, tensor in model.state_dict().items()}
batches = torch.as_tensor(np.random.default_rng(10).permutation(len(train.y)))


def learn(rows, steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    x, y = torch.tensor(train.x)[rows], torch.tensor(train.y)[rows]
    for _ in range(steps):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()


updates = {}
for name, rows, steps in zip(
    ("much", "some", "hardly"), batches.split([800, 300, 100]), (40, 20, 2), strict=True
):
    with local_steps(model, restore=True) as local:
        learn(rows, steps)
    updates[name] = local.update

x, y = torch.tensor(validation.x), torch.tensor(validation.y)


def loss(models):
    """Vectors (k, d) in the order of the base's tensors, to losses (k,)."""
    found = []
    for vector in models:
        torch.nn.utils.vector_to_parameters(torch.tensor(vector, dtype=torch.float32), model.parameters())
        with torch.no_grad():
            found.append(float(torch.nn.functional.cross_entropy(model(x), y)))
    return np.array(found)


valued = contributions(updates, base, loss, method="shapley-exact")
print("tensors:", ", ".join(updates["much"]))
for name, value in zip(valued.players, valued.values.tolist(), strict=True):
    print(f"{name:6}  {value:+.2f} nats")
assert np.argsort(-valued.values).tolist() == [0, 1, 2]
