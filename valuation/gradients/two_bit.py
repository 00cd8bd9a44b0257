"""Values as one of four levels: the quantiser of Gauntlet's code, at two bits a value.

The values are cut into four bins of one and a half standard deviations around their mean, and each bin stands
for the mean of what fell into it. (The code itself stores a byte a value; `sparseloco` packs the bits.)
"""

import numpy as np
import numpy.typing as npt

LEVELS = 4
_RANGE = 6.0
"""Standard deviations that the bins span."""


def quantise(values: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.float32]]:
    """Return each value's bin, uint32 (n,) below 4, and the bins' levels, float32 (4,).

    The level of an empty bin is the mean of all values.

    Args:
        values: Finite, float32 (n,), n at least 1.

    >>> codes, levels = quantise(np.array([-3, -2.5, 2.5, 3], dtype=np.float32))
    >>> codes.tolist(), levels.tolist()
    ([1, 1, 3, 3], [0.0, -2.75, 0.0, 2.75])
    """
    exact = values.astype(np.float64)
    shift = exact.mean()
    centred = exact - shift
    deviation = np.sqrt(np.sum(centred**2) / max(1, exact.size - 1))
    scale = _RANGE * deviation / LEVELS if deviation > 0 else 1.0
    codes = np.clip(np.rint(centred / scale + LEVELS // 2), 0, LEVELS - 1).astype(np.int64)
    counts = np.bincount(codes, minlength=LEVELS)
    sums = np.bincount(codes, weights=centred, minlength=LEVELS)
    levels = sums / np.maximum(counts, 1) + shift
    return codes.astype(np.uint32), levels.astype(np.float32)
