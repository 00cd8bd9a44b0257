"""What evaluators measure in a round, and how scores, agreement and the next model follow from it.

An evaluator turns a round's data into integers (`measure`). Everything after that is exact: the agreed
utilities are medians, scores are integer sums, and the next model is summed in a fixed order, so that
posters, auditors and contracts arrive at the same bytes.
"""

from valuation.round_data import RoundData, canonical_order
from valuation.scoring.aggregation import next_model
from valuation.scoring.agreement import agree, within_tolerance
from valuation.scoring.methods import measure, restrict, scores, utilities_length

__all__ = [
    "RoundData",
    "agree",
    "canonical_order",
    "measure",
    "next_model",
    "restrict",
    "scores",
    "utilities_length",
    "within_tolerance",
]
