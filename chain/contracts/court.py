"""Who faults, slashes and keeps the bonds of one project, on chain. Its judges check proofs (`judges`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from chain.contracts.abi import build
from chain.contracts.handle import Call, Contract
from chain.contracts.proofs import CourtCase, Evaluator, Request, RevealWords, ScoreLeaf
from chain.contracts.types import Claim, CourtConfig, Header, Judges, Part, Rules


class ScoreCourt(Contract):
    """`ScoreCourt`: contracts/interfaces/IScoreCourt.sol says what each function refuses."""

    artifact_name: ClassVar[str] = "ScoreCourt"

    def register(self, policy_hash: bytes, rules: Rules) -> Call:
        """Fix the rules of a mechanism for ever. The owner only."""
        return self._write("register", policy_hash, rules)

    def object(self, round: int, evaluator: str, own: RevealWords) -> Call:
        """Say that an evaluator's measurement is not in the store, or not what it revealed."""
        return self._write("object", round, evaluator, own)

    def request(self, header: Header, rules: Rules, part: Part, index: int) -> Call:
        """F8: ask for one piece of a standing header, with a bond."""
        return self._write("request", header, rules, part, index)

    def answer_value(
        self,
        header: Header,
        rules: Rules,
        part: Part,
        index: int,
        value: int,
        siblings: Sequence[bytes],
    ) -> Call:
        """Answer a request for a utility or a leaf of the trace."""
        return self._write("answerValue", header, rules, part, index, value, list(siblings))

    def answer_score(self, header: Header, leaf: ScoreLeaf) -> Call:
        """Answer a request for a score."""
        return self._write("answerScore", header, leaf)

    def answer_payout(self, header: Header, leaf: Claim) -> Call:
        """Answer a request for a payout."""
        return self._write("answerPayout", header, leaf)

    def answer_players(self, header: Header, players: Sequence[str]) -> Call:
        """Answer a request for the agreed peers."""
        return self._write("answerPlayers", header, list(players))

    def answer_evaluators(self, header: Header, evaluators: Sequence[Evaluator]) -> Call:
        """Answer a request for the list of evaluators."""
        return self._write("answerEvaluators", header, list(evaluators))

    def expire(self, header: Header, part: Part, index: int) -> Call:
        """F8: fault a header of which a piece was not answered for in time."""
        return self._write("expire", header, part, index)

    def reclaim(self, header: Header, part: Part, index: int) -> Call:
        """Return the bond of a request whose header no longer stands, or has become active."""
        return self._write("reclaim", header, part, index)

    def settle(self, id: int) -> Call:
        """Close a case: by the arbiter's verdict, or without one after its deadline."""
        return self._write("settle", id)

    def collect(self, to: str) -> Call:
        """Pay what the sender is credited to `to`."""
        return self._write("collect", to)

    def rules_of(self, policy_hash: bytes) -> bytes:
        """Hash of the rules of a mechanism; zero when they were not registered."""
        return bytes(self._read("rulesOf", policy_hash))

    def objections(self, round: int, evaluator: str) -> int:
        """Weight of those who objected to an evaluator's measurement."""
        return int(self._read("objections", round, evaluator))

    def request_of(self, id: bytes) -> Request:
        """A request for a piece."""
        return build(Request, self._read("requestOf", id))

    def request_id(self, header_hash: bytes, part: Part, index: int) -> bytes:
        """The name of a request."""
        return bytes(self._read("requestId", header_hash, part, index))

    def credit(self, account: str) -> int:
        """What an account can collect."""
        return int(self._read("credit", account))

    def case_of(self, id: int) -> CourtCase:
        """A case before the arbiter; all zero when it is closed."""
        return build(CourtCase, self._read("caseOf", id))

    def cases(self) -> int:
        """How many cases were opened; they are numbered from 1."""
        return int(self._read("cases"))

    def book(self) -> str:
        """The project's RoundBook."""
        return str(self._read("book"))

    def registry(self) -> str:
        """The project's PeerRegistry."""
        return str(self._read("registry"))

    def distributor(self) -> str:
        """The project's RewardDistributor."""
        return str(self._read("distributor"))

    def config(self) -> CourtConfig:
        """Bonds, slashes and periods."""
        return build(CourtConfig, self._read("config"))

    def judges(self) -> Judges:
        """Who checks proofs."""
        return build(Judges, self._read("judges"))
