"""Typed handles of the contracts. Reads answer at once; writes return a `Call`, which a `Sender` sends.

Example:
    >>> from chain.network import connect
    >>> with connect("embedded") as network:
    ...     book = RoundBook(network, "0x5FbDB2315678afecb367f032d93F642f64180aa3")
    ...     book.submit(1, bytes(32)).description[:28]
    'RoundBook.submit(id=1, diges'
"""

from chain.contracts.arbiter import MultisigArbiter
from chain.contracts.book import RoundBook
from chain.contracts.court import ScoreCourt
from chain.contracts.distributor import RewardDistributor
from chain.contracts.factory import ProjectFactory
from chain.contracts.handle import Call
from chain.contracts.judges import AgreementJudge, PayoutJudge, ScoreJudge
from chain.contracts.lens import ProjectLens
from chain.contracts.registry import PeerRegistry
from chain.contracts.token import Token

__all__ = [
    "AgreementJudge",
    "Call",
    "MultisigArbiter",
    "PayoutJudge",
    "PeerRegistry",
    "ProjectFactory",
    "ProjectLens",
    "RewardDistributor",
    "RoundBook",
    "ScoreCourt",
    "ScoreJudge",
    "Token",
]
