"""Gauntlet: scoring pseudo-gradients over many rounds by the loss that each saves, among strangers.

`evaluate_round` is the door: from what peers submitted to the next state, the scores and the reasons for
them. `step` is its second half, which follows from agreed observations alone.
"""

from valuation.gauntlet.evaluation import Exam, evaluate_round, observe
from valuation.gauntlet.fast_evaluation import Submissions
from valuation.gauntlet.normalisation import Shares, normalise
from valuation.gauntlet.observations import Observations
from valuation.gauntlet.presets import PRESETS, preset
from valuation.gauntlet.reasons import Reason
from valuation.gauntlet.settings import Settings
from valuation.gauntlet.state import PeerState, State
from valuation.gauntlet.step import step

__all__ = [
    "PRESETS",
    "Exam",
    "Observations",
    "PeerState",
    "Reason",
    "Settings",
    "Shares",
    "State",
    "Submissions",
    "evaluate_round",
    "normalise",
    "observe",
    "preset",
    "step",
]
