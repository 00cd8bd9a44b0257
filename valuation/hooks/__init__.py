"""From a training script to an update: NumPy in a line, PyTorch as a context manager; from a run to values.

    update = pseudo_gradient(before, after)          # any mapping of names to arrays

    with local_steps(model) as steps:                # any torch module, LoRA adapters included
        train(model)
    update = steps.update

    strategy = ValuingStrategy(FedAvg(), loss)       # of `valuation.hooks.flower`: values Flower's clients

An update is a dict of float32 arrays by name, base less trained model, as `contributions` takes it and as
`weighhouse peer submit --update` reads it from a safetensors file (`chain.hooks.write_update`).
"""

from valuation.hooks.arrays import Update, pseudo_gradient
from valuation.hooks.torch_steps import LocalSteps, local_steps

__all__ = ["LocalSteps", "Update", "local_steps", "pseudo_gradient"]
