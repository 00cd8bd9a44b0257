"""From an update in memory to a submission, from each round to a tracker, from a project to a picture."""

from chain.hooks.pictures import plot_payouts, plot_scores
from chain.hooks.trackers import JsonLines, MLflow, TensorBoard, Tracker, track
from chain.hooks.updates import submit_update, write_update

__all__ = [
    "JsonLines",
    "MLflow",
    "TensorBoard",
    "Tracker",
    "plot_payouts",
    "plot_scores",
    "submit_update",
    "track",
    "write_update",
]
