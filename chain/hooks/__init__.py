"""From an update in memory to a submission, and from each round to a tracker."""

from chain.hooks.trackers import JsonLines, MLflow, TensorBoard, Tracker, track
from chain.hooks.updates import submit_update, write_update

__all__ = ["JsonLines", "MLflow", "TensorBoard", "Tracker", "submit_update", "track", "write_update"]
