"""Three-sigma outlier removal: leave out who is unusually far from the running average.

A score is the distance of an update's features (usually its last layers) to the average of earlier rounds'
survivors, in the first round to the update that Krum picks. Scores above mean + width * deviation are
removed, and the survivors' average is the next round's reference. From the library of the authors of
"Proof-of- Contribution-based design" (2302.14031), whose default width is 0.5, not 3; none of its code is
used.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.integrity.krum import krum


class ThreeSigma(NamedTuple):
    """Who is kept, bool (n,); the distances, float64 (n,); and the next round's reference, float64 (d,)."""

    kept: npt.NDArray[np.bool_]
    distances: npt.NDArray[np.float64]
    reference: npt.NDArray[np.float64]


def three_sigma(
    features: npt.NDArray[np.floating],
    reference: npt.NDArray[np.floating] | None = None,
    *,
    width: float = 0.5,
    byzantine: int = 1,
) -> ThreeSigma:
    """Remove outliers from one round; somebody is always kept, since not all scores are above their mean.

    Args:
        features: a vector each, (n, d).
        reference: what the round before returned, (d,); None in the first round.
        width: lambda, in standard deviations.
        byzantine: how many updates may be arbitrary, for Krum in the first round.

    Raises:
        InputError: a shape does not fit, a number is not finite, or the width is negative.
        AssumptionError: in the first round, there are fewer than 2 * byzantine + 3 updates.

    >>> three_sigma(np.array([[1.0], [1.1], [0.9], [1.2], [50.0]])).kept.tolist()
    [True, True, True, True, False]
    """
    vectors = np.asarray(features, dtype=np.float64)
    if vectors.ndim != 2 or not len(vectors) or not np.isfinite(vectors).all() or not width >= 0:
        raise InputError(
            f"features of shape {vectors.shape} must be finite, and the width {width} not negative"
        )
    centre = krum(vectors, byzantine) if reference is None else np.asarray(reference, dtype=np.float64)
    if centre.shape != vectors.shape[1:]:
        raise InputError(f"a reference of shape {centre.shape} for features of shape {vectors.shape}")
    distances = np.linalg.norm(vectors - centre, axis=1)
    kept = distances <= distances.mean() + width * distances.std()
    # Equal distances can exceed their own mean by rounding.
    kept |= distances == distances.min()
    return ThreeSigma(kept, distances, vectors[kept].mean(axis=0))
