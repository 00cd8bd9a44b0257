"""Pictures of valuations with Matplotlib (extra `plots`), each in one call; `save` writes SVG, PNG or PDF.

Figures are made without pyplot: nothing is global, and no window opens. Colours are those of Okabe and Ito,
which people of any colour vision tell apart.
"""

from valuation.plots.figures import (
    plot_agreement,
    plot_attacks,
    plot_convergence,
    plot_cumulative,
    plot_values,
    save,
)

__all__ = ["plot_agreement", "plot_attacks", "plot_convergence", "plot_cumulative", "plot_values", "save"]
