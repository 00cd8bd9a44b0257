"""Proof of computation: an update trained on its sender's data helps on these more than on others.

Whoever copies, replays, mixes or invents an update has not seen the data that it was assigned, so that these
are to its update like any other data. So the update is tried on many decoys: sets with as many samples of
each class as the sender's own, drawn after all commitments. An update that knows nothing of its sender's
data does best on them, of K decoys and the real thing, with chance 1 / (K + 1): a permutation test (R. A.
Fisher, "The design of experiments", 1935), whose error is known exactly, whatever the model.

Gauntlet compares losses with one other set, and averages the outcome over many rounds (arXiv 2505.21684).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from valuation import seeds
from valuation.errors import InputError
from valuation.integrity.geometry import Floats

Labels = npt.NDArray[np.int64]
Positions = npt.NDArray[np.int64]


def chances(
    gains: Floats, before: Floats, labels: Labels, own: Sequence[Positions], seed: bytes, decoys: int
) -> Floats:
    """Return how likely an update that knows nothing of its sender's data would look as good, float64 (n,).

    It is (1 + number of decoys on which the update does at least as well) / (1 + decoys). How well an update
    does on a set is its mean gain there, less what the others' updates gain there (their median) and what a
    set that the base model knows so well is usually worth, both by least squares over the sets: so easy
    samples, and long steps, count for nothing. O(n decoys s).

    Args:
        gains: By how much each update raises the margin of each training sample, (n, s). Margins of logits,
            and not losses: these hardly change on samples that a model knows, and tell honest work from
            none ten times less often wrongly.
        before: The base model's margins, float64 (s,).
        labels: The samples' labels, int64 (s,).
        own: The positions of the samples that each sender was assigned, (n,).
        seed: Draws the decoys; nobody knew it when the updates were committed to.
        decoys: How many there are (K).

    Raises:
        InputError: the shapes do not fit, or there is no decoy.

    >>> labels, own = np.zeros(40, dtype=np.int64), [np.arange(10), np.arange(10, 20)]
    >>> gains = np.zeros((2, 40))
    >>> gains[0, :10] = 1.0
    >>> chances(gains, np.ones(40), labels, own, bytes(32), decoys=19).tolist()
    [0.05, 1.0]
    """
    n, samples = gains.shape
    if before.shape != (samples,) or labels.shape != (samples,) or len(own) != n or decoys < 1:
        raise InputError(
            f"gains {gains.shape}, {labels.shape} labels, {len(own)} assignments, {decoys} decoys"
        )
    ranks = _ranks_in_class(labels, seed, decoys)
    _, class_of = np.unique(labels, return_inverse=True)
    found = np.ones(n)
    for i, mine in enumerate(own):
        wanted = np.bincount(class_of[mine], minlength=int(class_of.max()) + 1)
        sets = np.concatenate([np.zeros((1, samples), dtype=np.bool_), ranks < wanted[class_of]])
        sets[0, mine] = True
        share = sets / len(mine)
        others = np.delete(gains, i, axis=0)
        usual = [share @ before]
        if len(others):
            usual.append(np.median(others @ share.T, axis=0))
        # Rounded, so that sets which are equally good stay so, however a machine adds.
        advantage = np.round(_beyond(share @ gains[i], usual), 12)
        found[i] = (1 + np.count_nonzero(advantage[1:] >= advantage[0])) / (1 + decoys)
    return found


def _ranks_in_class(labels: Labels, seed: bytes, decoys: int) -> Positions:
    """Return where each sample comes in a random order of its class, one order a decoy, int64 (decoys, s)."""
    drawn = seeds.uniforms(seed, "computation/decoys", decoys * labels.size).reshape(decoys, labels.size)
    classes, class_of = np.unique(labels, return_inverse=True)
    order = np.argsort(class_of + drawn, axis=1, kind="stable")
    first = np.searchsorted(labels[np.argsort(labels, kind="stable")], classes)
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(labels.size)[None, :], axis=1)
    return np.asarray(ranks - first[class_of])


def _beyond(values: Floats, usual: Sequence[Floats]) -> Floats:
    """Return values, float64 (m,), less their prediction by least squares from a constant and `usual`."""
    predictors = np.stack([np.ones(values.size), *usual], axis=1)
    best, *_ = np.linalg.lstsq(predictors, values, rcond=None)
    return np.asarray(values - predictors @ best)
