"""One deployed project: everything that can be read of it, always from the chain.

Nothing is remembered between two questions, so no answer is older than the chain. What contracts no longer
store, their events still tell.

Example:
    >>> import tempfile
    >>> from pathlib import Path
    >>> from chain.accounts import dev_account
    >>> from chain.contracts.types import ZERO_ADDRESS, CourtConfig, Emission, EmissionKind, Schedule
    >>> from chain.deployments import deploy_system, deploy_token
    >>> from chain.network import connect
    >>> with connect("embedded") as network:
    ...     owner, folder = Sender(network, dev_account(network, 0)), Path(tempfile.mkdtemp())
    ...     config = ProjectConfig(
    ...         token=deploy_token(network, owner, folder).address,
    ...         owner=owner.address,
    ...         guardian=ZERO_ADDRESS,
    ...         court=CourtConfig(ZERO_ADDRESS, 25, 25, bond=5, answer_period=30, arbiter_period=60),
    ...         rules=NO_RULES,
    ...         policy_hash=b"\\x01" * 32,
    ...         schedule=Schedule(commit=60, publish=30, measure=60, reveal=30, challenge=60),
    ...         emission=Emission(EmissionKind.FIXED, first=1_000, period=0),
    ...         trainer_stake=10,
    ...         evaluator_stake=50,
    ...         unbonding_period=600,
    ...         quorum=1,
    ...     )
    ...     project = create_project(owner, deploy_system(network, owner, folder), config)
    ...     receipt = owner.send(project.book.open())
    ...     project.current_round(), project.phase(1).name, project.config() == config
    (1, 'COMMIT', True)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from chain.contracts import errors
from chain.contracts.abi import build, plain
from chain.contracts.book import RoundBook
from chain.contracts.court import ScoreCourt
from chain.contracts.distributor import RewardDistributor
from chain.contracts.factory import ProjectFactory
from chain.contracts.lens import ProjectLens
from chain.contracts.registry import PeerRegistry
from chain.contracts.token import Token
from chain.contracts.types import (
    NO_RULES,
    Header,
    Money,
    Phase,
    ProjectConfig,
    ProjectContracts,
    Role,
    Root,
    Round,
    Rules,
    Status,
)
from chain.deployments import System
from chain.encoding import header_hash
from chain.errors import NetworkError, VerificationError, WindowError
from chain.events import Event, events, events_of
from chain.history import History, header_in
from chain.index import EventIndex
from chain.network import Network
from chain.records import (
    ClaimEvent,
    Commitment,
    Funding,
    MechanismChange,
    PeerInfo,
    PieceRequest,
    Refund,
    Reveal,
    Submission,
)
from chain.sender import Sender

_PEERS_AT_ONCE = 200
_LOOKS = 3
"""Times that two answers of a node are compared before it is said that they do not agree."""


@dataclass(frozen=True)
class Project:
    """A project on a chain.

    Attributes:
        network: The chain.
        id: Its number at its factory, from 1.
        registry: Membership and stake.
        book: Rounds.
        distributor: Escrow and payouts.
        token: What stakes and payouts are in.
        lens: Views.
        court: Bonds and slashes.
        created_block: The block in which it was created: where its events begin.
        index: Its events on this machine, which follow the chain; without one, the node is asked each time.
    """

    network: Network
    id: int
    registry: PeerRegistry
    book: RoundBook
    distributor: RewardDistributor
    token: Token
    lens: ProjectLens
    court: ScoreCourt
    created_block: int
    index: EventIndex | None = None

    @classmethod
    def at(cls, network: Network, system: System, id: int) -> Project:
        """The project of this number.

        Raises:
            Reverted: There is none (`UnknownProject`).
            NetworkError: No answer, or no such factory.
        """
        factory = ProjectFactory(network, system.factory)
        contracts = factory.project(id)
        created = events(network, factory, "ProjectCreated", system.block, id=id)
        if not created:
            raise NetworkError(f"{network.endpoint} has no record of the creation of project {id}")
        return cls._of(network, system, id, contracts, created[0])

    @classmethod
    def _of(
        cls, network: Network, system: System, id: int, contracts: ProjectContracts, created: Event
    ) -> Project:
        return cls(
            network=network,
            id=id,
            registry=PeerRegistry(network, contracts.registry),
            book=RoundBook(network, contracts.book),
            distributor=RewardDistributor(network, contracts.distributor),
            token=Token(network, created.arguments["token"]),
            lens=ProjectLens(network, system.lens),
            court=ScoreCourt(network, contracts.court),
            created_block=created.block,
        )

    @property
    def history(self) -> History:
        """The project's events."""
        return History(self.book, self.created_block, self.index)

    def indexed(self, path: Path) -> Project:
        """The same project, its events read through an index in this file."""
        addresses = [self.registry.address, self.book.address, self.distributor.address]
        return replace(self, index=EventIndex(path, self.network, addresses, self.created_block))

    @property
    def identity(self) -> str:
        """The project's name among all projects of all chains: chain id and the address of its RoundBook."""
        return f"{self.network.chain_id}:{self.book.address}"

    def config(self) -> ProjectConfig:
        """What the project was created with; owner and mechanism as they are now."""
        return ProjectConfig(
            token=self.token.address,
            owner=self.book.owner(),
            guardian=self.book.guardian(),
            court=self.court.config(),
            rules=self.rules(self.book.policy_hash()),
            policy_hash=self.book.policy_hash(),
            schedule=self.book.schedule(),
            emission=self.distributor.emission(),
            trainer_stake=self.registry.minimum_stake(Role.TRAINER),
            evaluator_stake=self.registry.minimum_stake(Role.EVALUATOR),
            unbonding_period=self.registry.unbonding_period(),
            quorum=self.book.quorum(),
        )

    # Rounds

    def current_round(self) -> int:
        """The latest round; zero before the first."""
        return self.book.current_round()

    def round(self, round: int) -> Round:
        """A round's record: all zero when it was never opened.

        A round that the contract has forgotten is told from its events.

        Raises:
            NetworkError: No answer.
        """
        try:
            return self.book.round(round)
        except errors.RoundForgotten:
            return self.history.round(round)

    def rounds(self) -> tuple[Round, ...]:
        """All rounds, from the first: round r at place r - 1."""
        return tuple(self.round(r) for r in range(1, self.current_round() + 1))

    def phase(self, round: int) -> Phase:
        """Where a round stands for a transaction sent now."""
        try:
            return self.book.phase(round)
        except errors.RoundForgotten:
            return Phase.ACTIVE if self.history.headers(round) else Phase.VOID

    def submissions(self, round: int) -> tuple[Submission, ...]:
        """A round's submissions in the order of the chain, the earliest first."""
        return tuple(map(Submission.of, self.history.of(self.book, "Submitted", round=round)))

    def first_submissions(self) -> dict[str, int]:
        """The round in which each trainer submitted for the first time, by address."""
        first: dict[str, int] = {}
        for event in self.history.of(self.book, "Submitted"):
            first.setdefault(event.arguments["trainer"], event.arguments["round"])
        return first

    def commitments(self, round: int) -> tuple[Commitment, ...]:
        """A round's commitments of evaluators, in the order of the chain."""
        return tuple(map(Commitment.of, self.history.of(self.book, "UtilitiesCommitted", round=round)))

    def reveals(self, round: int) -> tuple[Reveal, ...]:
        """A round's reveals of evaluators, in the order of the chain."""
        return tuple(map(Reveal.of, self.history.of(self.book, "UtilitiesRevealed", round=round)))

    def drawn(self, round: int) -> tuple[int, int]:
        """Block and log index of the draw of a round's seed.

        Raises:
            WindowError: It is not drawn.
        """
        found = self.history.of(self.book, "SeedDrawn", round=round)
        if not found:
            raise WindowError(f"the seed of round {round} is not drawn yet")
        return found[-1].place

    def header(self, round: int) -> Header | None:
        """The header that stands; None when there is none.

        Raises:
            VerificationError: The contract keeps the hash of another header than the events tell.
            NetworkError: No answer.
        """
        for _ in range(_LOOKS):
            stored = self.round(round).header_hash
            event = self.history.headers(round).get(round)
            header = header_in(event) if event else None
            if stored == (header_hash(plain(header)) if header else bytes(32)):
                return header
            # A block may have come, or gone, between the two answers.
        raise VerificationError(f"round {round}: the events tell of another header than RoundBook keeps")

    def headers(self) -> tuple[Header, ...]:
        """All headers that stand, by round. As the events tell; `header` checks one against the contract."""
        return tuple(header_in(event) for _, event in sorted(self.history.headers().items()))

    def active_round(self) -> int | None:
        """The latest round whose payouts can be claimed; None before the first."""
        for round in sorted(self.history.headers(), reverse=True):
            if self.phase(round) is Phase.ACTIVE:
                return round
        return None

    def payout_root(self, round: int) -> Root | None:
        """The payout tree that stands for a round; None when there is none.

        Its number at the distributor is how many headers stand up to the round.
        """
        standing = self.history.headers()
        if round not in standing:
            return None
        header = header_in(standing[round])
        sequence = sum(earlier <= round for earlier in standing)
        return Root(round, sequence, header.depth, header.sum, header.payout_root)

    def mechanism_history(self) -> tuple[MechanismChange, ...]:
        """Which mechanism was in force from which round on, and what is announced for a round to come."""
        return self.history.mechanisms()

    # The court

    def rules(self, policy_hash: bytes) -> Rules:
        """What the court was told of a mechanism; `NO_RULES` when nothing."""
        found = self.history.of(self.court, "RulesRegistered", policyHash=policy_hash)
        return build(Rules, found[-1].arguments["rules"]) if found else NO_RULES

    def objections(self, round: int) -> dict[str, int]:
        """The weight of the objections against each evaluator's measurement."""
        return {
            event.arguments["evaluator"]: event.arguments["objections"]
            for event in self.history.of(self.court, "Objected", round=round)
        }

    def objected(self, round: int, objector: str) -> tuple[str, ...]:
        """The evaluators whose measurements an address has objected to."""
        found = self.history.of(self.court, "Objected", round=round, objector=objector)
        return tuple(event.arguments["evaluator"] for event in found)

    def requests(self, round: int) -> tuple[PieceRequest, ...]:
        """The pieces of a round's headers that were asked for and neither answered for nor reclaimed."""
        closed = {
            event.arguments["id"]
            for name in ("Answered", "Reclaimed")
            for event in self.history.of(self.court, name, round=round)
        }
        asked = map(PieceRequest.of, self.history.of(self.court, "Requested", round=round))
        return tuple(request for request in asked if request.id not in closed)

    # Peers and money

    def peers(self, role: Role | None = None) -> tuple[PeerInfo, ...]:
        """Who registered, in the order of the chain, as they are now; of one role when it is given."""
        chosen = {} if role is None else {"role": role}
        joined = {
            e.arguments["peer"]: e.block for e in self.history.of(self.registry, "Registered", **chosen)
        }
        found: list[PeerInfo] = []
        for some in _chunks(list(joined), _PEERS_AT_ONCE):
            for address, now in zip(some, self.lens.peers(self.book.address, some), strict=True):
                found.append(PeerInfo.of(address, now, joined[address]))
        return tuple(found)

    def joined(self, role: Role) -> tuple[str, ...]:
        """Everyone who ever registered in a role, in the order of the chain, the earliest first."""
        events = self.history.of(self.registry, "Registered", role=role)
        return tuple(dict.fromkeys(event.arguments["peer"] for event in events))

    def claims(self) -> tuple[ClaimEvent, ...]:
        """Every payout, in the order of the chain."""
        return tuple(map(ClaimEvent.of, self.history.of(self.distributor, "Claimed")))

    def funding(self) -> tuple[Funding, ...]:
        """Every payment into the escrow, in the order of the chain."""
        return tuple(map(Funding.of, self.history.of(self.distributor, "Funded")))

    def refunds(self) -> tuple[Refund, ...]:
        """Every payment back to the owner, in the order of the chain."""
        return tuple(map(Refund.of, self.history.of(self.distributor, "Refunded")))

    def sweeps(self) -> tuple[Refund, ...]:
        """Every payment of what nobody claimed, in the order of the chain."""
        return tuple(map(Refund.of, self.history.of(self.distributor, "Swept")))

    def money(self) -> Money:
        """Where the money is."""
        return self.lens.money(self.distributor.address, self._claimers())

    def status(self) -> Status:
        """Owner, round, phase and money in one answer."""
        return self.lens.status(self.book.address, self._claimers())

    def _claimers(self) -> list[str]:
        return sorted({claim.account for claim in self.claims()})


def create_project(
    sender: Sender, system: System, config: ProjectConfig, *, key: str | None = None
) -> Project:
    """Deploys a project and returns it.

    Args:
        sender: Who pays for it; need not be the owner.
        system: Where the factory is.
        config: The project.
        key: As for `Sender.send`.

    Raises:
        Reverted: The factory refuses the configuration.
        ChainError: As `Sender.send`.
    """
    factory = ProjectFactory(sender.network, system.factory)
    receipt = sender.send(factory.create(config), key=key)
    (created,) = events_of(receipt, factory, "ProjectCreated")
    contracts = ProjectContracts(
        *(created.arguments[k] for k in ("registry", "book", "distributor", "court"))
    )
    return Project._of(sender.network, system, created.arguments["id"], contracts, created)


def _chunks(items: list[str], size: int) -> Iterable[list[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))
