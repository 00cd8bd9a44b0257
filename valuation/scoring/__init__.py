"""What evaluators measure in a round, and how scores, agreement and the next model follow from it.

An evaluator checks a round's updates (`accept`) and turns its data into integers (`measure`). Everything
after that is exact: the agreed utilities are medians, scores are integer sums, and the next model is summed
in a fixed order, so that posters, auditors and contracts arrive at the same bytes.
"""

from valuation.round_data import RoundData, canonical_order
from valuation.scoring.acceptance import Accepted, accept
from valuation.scoring.aggregation import next_model
from valuation.scoring.agreement import agree, agreed_players, within_tolerance
from valuation.scoring.methods import measure, restrict, score_round, scores, utilities_length
from valuation.scoring.payment import RoundPay, round_pay, trainer_payouts
from valuation.scoring.seen import Seen
from valuation.scoring.steps import divisor, step_count, term, trace

__all__ = [
    "Accepted",
    "RoundData",
    "RoundPay",
    "Seen",
    "accept",
    "agree",
    "agreed_players",
    "canonical_order",
    "divisor",
    "measure",
    "next_model",
    "restrict",
    "round_pay",
    "score_round",
    "scores",
    "step_count",
    "term",
    "trace",
    "trainer_payouts",
    "utilities_length",
    "within_tolerance",
]
