"""Sharing a model's revenue with those whose data answers the prompts.

D. Zhang, "Should ChatGPT and Bard share revenue with their data providers?", 2305.02555, scores providers per
prompt by two kinds of models: classification (of which class is the prompt?) and content similarity (how
close is the provider's data?). Only the abstract was available. The formula here is this project's own: of a
prompt p that brought c_p, the provider d gets

    c_p * q[p, k(d)] * sim[p, d] / (sum over providers d' of q[p, k(d')] * sim[p, d'])

with q the probability of the class k(d) that d provides data of. Each prompt is divided on its own, in whole
units, so that a provider's income can be explained prompt by prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.rewards.shares import proportional_shares


@dataclass(frozen=True)
class RevenueShares:
    """Who gets what of which prompt.

    Attributes:
        by_prompt: whole units, one row a prompt, one column a provider.
        income: each provider's sum over the prompts.
        unattributed: what prompts brought that no provider's data matched; it stays with the owner.
    """

    by_prompt: tuple[tuple[int, ...], ...]
    income: tuple[int, ...]
    unattributed: int

    def explain(self, prompt: int) -> str:
        """Return one line that says how a prompt's revenue was divided.

        >>> share_revenue([10], [[1.0]], [0, 0], [[0.75, 0.25]]).explain(0)
        'prompt 0: provider 0 gets 8, provider 1 gets 2'
        """
        row = self.by_prompt[prompt]
        gets = [f"provider {provider} gets {units}" for provider, units in enumerate(row) if units]
        return f"prompt {prompt}: {', '.join(gets) or 'no provider gets anything'}"


def share_revenue(
    revenue: Sequence[int],
    class_probabilities: npt.ArrayLike,
    classes: Sequence[int],
    similarity: npt.ArrayLike,
) -> RevenueShares:
    """Divide what prompts brought among data providers.

    Args:
        revenue: c_p, whole units a prompt, (P,).
        class_probabilities: q, (P, K): how likely prompt p is of class k; rows need not add up to one.
        classes: k(d), the class of each provider's data, (D,).
        similarity: (P, D): how close provider d's content is to prompt p, not negative.

    Raises:
        InputError: a shape does not fit, a class does not exist, or a number is negative or not finite; the
            message says which.

    >>> share_revenue([100, 50], [[0.75, 0.25], [0.0, 0.0]], [0, 1], [[0.5, 0.5], [0.9, 0.9]])
    RevenueShares(by_prompt=((75, 25), (0, 0)), income=(75, 25), unattributed=50)
    """
    probabilities = _not_negative(class_probabilities, "class probabilities")
    closeness = _not_negative(similarity, "similarities")
    if len(probabilities) != len(revenue) or closeness.shape != (len(revenue), len(classes)):
        raise InputError(
            f"{len(revenue)} prompts and {len(classes)} providers need class probabilities "
            f"({len(revenue)}, K) and similarities ({len(revenue)}, {len(classes)}), "
            f"not {probabilities.shape} and {closeness.shape}"
        )
    for provider, label in enumerate(classes):
        if not 0 <= label < probabilities.shape[1]:
            raise InputError(f"provider {provider} has the class {label} of {probabilities.shape[1]}")
    weights = probabilities[:, np.array(classes, dtype=np.intp)] * closeness
    rows = [tuple(proportional_shares(row, units)) for row, units in zip(weights, revenue, strict=True)]
    income = tuple(sum(column) for column in zip(*rows, strict=True)) if rows else (0,) * len(classes)
    return RevenueShares(tuple(rows), income, sum(revenue) - sum(income))


def _not_negative(values: npt.ArrayLike, name: str) -> npt.NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or not np.isfinite(array).all() or (array < 0).any():
        raise InputError(f"{name} must be a table of finite numbers that are not negative")
    return array
