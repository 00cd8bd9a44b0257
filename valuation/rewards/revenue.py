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
from dataclasses import dataclass, field
from operator import index

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
        probability: how likely a prompt is of a provider's class; one row a prompt, one column a provider.
        similarity: how close a provider's data is to a prompt; likewise.
    """

    by_prompt: tuple[tuple[int, ...], ...]
    income: tuple[int, ...]
    unattributed: int
    probability: tuple[tuple[float, ...], ...] = field(repr=False)
    similarity: tuple[tuple[float, ...], ...] = field(repr=False)

    def explain(self, prompt: int) -> str:
        """Return one line that says how a prompt's revenue was divided, and why.

        >>> share_revenue([10], [[0.5]], [0], [[0.75]]).explain(0)
        'prompt 0, class probability x similarity: provider 0 gets 10 for 0.5 x 0.75'
        """
        rows = (self.by_prompt[prompt], self.probability[prompt], self.similarity[prompt])
        gets = [
            f"provider {provider} gets {units} for {probability:.4g} x {closeness:.4g}"
            for provider, (units, probability, closeness) in enumerate(zip(*rows, strict=True))
            if units
        ]
        why = f"prompt {prompt}, class probability x similarity: "
        return why + (", ".join(gets) or "no provider gets anything")


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
        InputError: a shape does not fit, a class does not exist, revenue is no whole number, or a number is
            negative or not finite; the message says which.

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
    brought = [_whole(units, f"the revenue of prompt {prompt}") for prompt, units in enumerate(revenue)]
    if any(units < 0 for units in brought):
        raise InputError(
            f"prompt {next(p for p, units in enumerate(brought) if units < 0)} brought less than 0"
        )
    kinds = [_whole(label, f"the class of provider {provider}") for provider, label in enumerate(classes)]
    for provider, label in enumerate(kinds):
        if not 0 <= label < probabilities.shape[1]:
            raise InputError(f"provider {provider} has the class {label} of {probabilities.shape[1]}")
    likely = probabilities[:, np.array(kinds, dtype=np.intp)]
    weights = likely * closeness
    rows = [tuple(proportional_shares(row, units)) for row, units in zip(weights, brought, strict=True)]
    income = tuple(sum(column) for column in zip(*rows, strict=True)) if rows else (0,) * len(kinds)
    return RevenueShares(
        by_prompt=tuple(rows),
        income=income,
        unattributed=sum(brought) - sum(income),
        probability=tuple(map(tuple, likely.tolist())),
        similarity=tuple(map(tuple, closeness.tolist())),
    )


def _whole(number: int, name: str) -> int:
    try:
        return index(number)
    except TypeError:
        raise InputError(f"{name} must be an integer, not {number!r}") from None


def _not_negative(values: npt.ArrayLike, name: str) -> npt.NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or not np.isfinite(array).all() or (array < 0).any():
        raise InputError(f"{name} must be a table of finite numbers that are not negative")
    return array
