"""The compressor that a Gauntlet's settings name."""

from valuation.gauntlet.rules import Compression
from valuation.gradients.compressor import Compressor
from valuation.gradients.demo import DeMo
from valuation.gradients.layout import Layout
from valuation.gradients.sparseloco import CHUNK, SparseLoCo


def compressor(layout: Layout, rule: Compression) -> Compressor:
    """Return the compressor of updates with a layout.

    >>> import numpy as np
    >>> found = compressor(Layout(("w",), ((64, 64),)), Compression("sparseloco", kept=64))
    >>> len(found.encode(np.zeros(64 * 64, dtype=np.float32)))
    136
    """
    if rule.codec == "demo":
        return DeMo(layout, kept=rule.kept)
    return SparseLoCo(layout, density=rule.kept / CHUNK)
