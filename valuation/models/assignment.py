"""Who trains on what: a Dirichlet split by label that everybody can recompute from the seed and the address.

Hsu, Qi and Brown, "Measuring the effects of non-identical data distribution for federated visual
classification", 2019: a trainer's class proportions are Dirichlet(alpha, ..., alpha), and its samples' labels
follow them. Drawing the proportions takes gamma quantiles, whose last bits depend on the machine. Labels of
the same distribution come from an urn (Blackwell and MacQueen, Annals of Statistics, 1973): draw t is a new
uniform label with probability classes * alpha / (classes * alpha + t), else it repeats an earlier draw. That
takes sums, products and comparisons only, so the assignment is the same on any machine, for ever.
"""

import numpy as np
import numpy.typing as npt

from valuation import seeds
from valuation.errors import InputError


def assign(
    seed: bytes, address: str, labels: npt.NDArray[np.int64], samples: int, alpha: float
) -> npt.NDArray[np.int64]:
    """Return which samples an address is to train on, int64 (samples,), ascending and distinct.

    A class that has fewer samples than the urn asks for gives all it has; the others fill up the rest in a
    random order.

    Args:
        seed: Randomness that nobody knew before.
        address: Whose assignment; addresses get independent ones, which may overlap.
        labels: The labels of the training data, int64 (s,).
        samples: How many to assign.
        alpha: Concentration: about 1 label a trainer near 0, all labels alike for large values.

    Raises:
        InputError: `samples` is not between 1 and s, or `alpha` not between 1e-6 and 1e6.

    >>> labels = np.repeat([0, 1], 100)
    >>> labels[assign(bytes(32), "0xA1", labels, samples=8, alpha=0.01)].tolist()
    [0, 0, 0, 0, 0, 0, 0, 0]
    >>> labels[assign(bytes(32), "0xA1", labels, samples=8, alpha=1000.0)].tolist()
    [0, 0, 0, 0, 1, 1, 1, 1]
    """
    if not 1 <= samples <= len(labels):
        raise InputError(f"cannot assign {samples} of {len(labels)} samples")
    if not 1e-6 <= alpha <= 1e6:
        raise InputError(f"alpha lies between 1e-6 and 1e6, not at {alpha}")
    classes, class_of = np.unique(labels, return_inverse=True)
    drawn = _urn(seed, address, len(classes), samples, alpha)
    wanted = np.bincount(drawn, minlength=len(classes))
    shuffled = seeds.order(seed, f"assignment/order/{address}", len(labels))
    by_class = shuffled[np.argsort(class_of[shuffled], kind="stable")]
    first_of_class = np.searchsorted(class_of[by_class], np.arange(len(classes)))
    rank = np.arange(len(labels)) - first_of_class[class_of[by_class]]
    taken = by_class[rank < wanted[class_of[by_class]]]
    rest = shuffled[~np.isin(shuffled, taken)]
    return np.sort(np.concatenate([taken, rest[: samples - len(taken)]]))


def _urn(seed: bytes, address: str, classes: int, draws: int, alpha: float) -> npt.NDArray[np.int64]:
    """Return the labels of a Blackwell-MacQueen urn, int64 (draws,)."""
    fresh_or_not, which_class, which_draw = (
        seeds.uniforms(seed, f"assignment/{part}/{address}", draws) for part in ("fresh", "class", "draw")
    )
    t = np.arange(draws, dtype=np.float64)
    fresh = fresh_or_not * (classes * alpha + t) < classes * alpha
    # Each draw points to the one that it repeats, a fresh one to itself. The pointers double their reach in
    # each pass, so that all end at a fresh draw after at most log2(draws) passes.
    source = np.where(fresh, t, np.floor(which_draw * t)).astype(np.int64)
    while not fresh[source].all():
        source = source[source]
    return np.floor(which_class * classes).astype(np.int64)[source]
