"""Other libraries' estimators behind one signature: those installed in the Python that runs this."""

import importlib.metadata
import importlib.util
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Counted = Any
"""A game that counts (see `shapley_worker.Counting`)."""
Estimator = Callable[[Counted, int, int], Values]
"""From a game, a budget and a seed to values."""


def versions() -> dict[str, str]:
    return {
        name: importlib.metadata.version(name)
        for name in ("shapiq", "shap", "pyDVL")
        if importlib.util.find_spec(name.lower())
    }


def estimators() -> dict[str, Estimator]:
    """Return the estimators of the libraries that are installed, by library and name."""
    found: dict[str, Estimator] = {}
    for library, offer in (("shapiq", _shapiq), ("shap", _shap), ("pydvl", _pydvl)):
        if importlib.util.find_spec(library):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found |= {f"{label(library)} {name}": estimator for name, estimator in offer().items()}
    return found


def label(library: str) -> str:
    """Return a library's name, with the first two parts of the version of one that is measured in several."""
    if library != "shapiq":
        return library
    return f"{library} {'.'.join(importlib.metadata.version(library).split('.')[:2])}"


def _shapiq() -> dict[str, Estimator]:
    from shapiq import approximator
    from shapiq.approximator.regression.kadd_shap import kADDSHAP

    def wrap(make: Callable[..., Any], **options: Any) -> Estimator:
        def estimate(game: Counted, budget: int, seed: int) -> Values:
            found = make(game.n, random_state=seed, **options).approximate(budget, game)
            values = np.zeros(game.n)
            for coalition, position in found.interaction_lookup.items():
                if len(coalition) == 1:
                    values[coalition[0]] = found.values[position]
            return values

        return estimate

    wanted: dict[str, tuple[str, dict[str, Any]]] = {
        "KernelSHAP": ("KernelSHAP", {}),
        "KernelSHAP paired": ("KernelSHAP", {"pairing_trick": True}),
        "UnbiasedKernelSHAP": ("UnbiasedKernelSHAP", {}),
        "Permutation": ("PermutationSamplingSV", {}),
        "Owen": ("OwenSamplingSV", {}),
        "Stratified": ("StratifiedSamplingSV", {}),
        "SVARM": ("SVARM", {}),
        "SHAPIQ": ("SHAPIQ", {"index": "SV", "max_order": 1}),
        "LeverageSHAP": ("LeverageSHAP", {}),
        "PolySHAP": ("PolySHAP", {}),
        "OddSHAP": ("OddSHAP", {}),
        "RegressionMSR linear": ("RegressionMSR", {"index": "SV", "proxy_model": "linear"}),
        "RegressionMSR xgboost": ("RegressionMSR", {"index": "SV", "proxy_model": "xgboost"}),
        "ProxySHAP": ("ProxySHAP", {"index": "SV", "max_order": 1, "adjustment": True}),
    }
    available = {
        name: wrap(getattr(approximator, kind), **options)
        for name, (kind, options) in wanted.items()
        if hasattr(approximator, kind)
    }
    return {**available, "kADDSHAP": wrap(kADDSHAP, max_order=2)}


def _shap() -> dict[str, Estimator]:
    import shap

    def ask(game: Counted) -> Callable[[Values], Values]:
        return lambda rows: game(np.asarray(rows) > 0.5)

    def kernel(game: Counted, budget: int, seed: int) -> Values:
        # Its masks come from the global generator, seeded in this process alone.
        np.random.seed(seed)  # noqa: NPY002
        explainer = shap.KernelExplainer(ask(game), np.zeros((1, game.n)))
        # It asks for nobody twice and everybody once beyond what it is told.
        found = explainer.shap_values(np.ones((1, game.n)), nsamples=budget - 3, silent=True, l1_reg=0)
        return np.asarray(found, dtype=np.float64).reshape(-1)

    def permutation(game: Counted, budget: int, seed: int) -> Values:
        masker = shap.maskers.Independent(np.zeros((1, game.n)))
        explainer = shap.PermutationExplainer(ask(game), masker, seed=seed)
        found = explainer(np.ones((1, game.n)), max_evals=budget, silent=True)
        return np.asarray(found.values, dtype=np.float64).reshape(-1)

    return {"Kernel": kernel, "Permutation": permutation}


def _pydvl() -> dict[str, Estimator]:
    from pydvl.valuation.dataset import Dataset
    from pydvl.valuation.methods.shapley import ShapleyValuation, TMCShapleyValuation
    from pydvl.valuation.result import Status
    from pydvl.valuation.samplers.permutation import AntitheticPermutationSampler, PermutationSampler
    from pydvl.valuation.stopping import StoppingCriterion
    from pydvl.valuation.utility.base import UtilityBase

    class Utility(UtilityBase):
        """The game, asked once for each coalition, since the budget is one of different coalitions."""

        def __init__(self, game: Counted) -> None:
            self.game = game
            self.memory: dict[bytes, float] = {}

        def __call__(self, sample: Any) -> float:
            members = np.zeros(self.game.n, dtype=np.bool_)
            if sample is not None:
                members[list(sample.subset)] = True
            key = members.tobytes()
            if key not in self.memory:
                self.memory[key] = float(self.game(members[None])[0])
            return self.memory[key]

        def with_dataset(self, data: Any, **_: bool) -> "Utility":
            self._training_data = data
            return self

    class Spent(StoppingCriterion):
        """Stop once the budget is spent, or what the game has is all known."""

        def __init__(self, utility: Utility, budget: int) -> None:
            super().__init__()
            self.utility, self.budget = utility, min(budget, 2**utility.game.n)

        def _check(self, *_: Any) -> Any:
            return Status.Converged if len(self.utility.memory) >= self.budget else Status.Pending

    def wrap(make: Callable[[Any, Any, int], Any]) -> Estimator:
        def estimate(game: Counted, budget: int, seed: int) -> Values:
            utility = Utility(game)
            rows = np.arange(game.n)[:, None]
            found = make(utility, Spent(utility, budget), seed).fit(Dataset(rows, np.zeros_like(rows))).result
            values = np.zeros(game.n)
            values[np.asarray(found.indices)] = found.values
            return values

        return estimate

    return {
        "Permutation": wrap(lambda u, stop, seed: ShapleyValuation(u, PermutationSampler(seed=seed), stop)),
        "Antithetic": wrap(
            lambda u, stop, seed: ShapleyValuation(u, AntitheticPermutationSampler(seed=seed), stop)
        ),
        "TMC": wrap(lambda u, stop, seed: TMCShapleyValuation(u, is_done=stop, seed=seed)),
    }
