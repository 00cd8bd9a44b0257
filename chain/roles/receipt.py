"""A receipt: what a round said of one peer, with everything that the payout was computed from.

It is one JSON document that can be kept, shown and disputed with. With the chain alone, without any store,
`chain.roles.receipt_check` recomputes the payout from it. Whoever makes it signs it (EIP-191 over the sha256
of the document without its signature): its words are then theirs, and its numbers need nobody's word.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from chain.contracts.proofs import Evaluator
from chain.contracts.types import Header, Role
from chain.encoding import canonical_json, sha256
from chain.errors import NothingToDo, VerificationError
from chain.project import Project
from chain.roles.gathering import MAX_DESIGN_BYTES, MAX_MECHANISM_BYTES
from chain.roles.ledger import scores_of
from chain.roles.payouts import payouts_of, report_of
from chain.roles.posting import MAX_STATE_BYTES
from chain.roles.receipt_words import parse, words
from chain.roles.report import EvaluatorLine, PlayerLine, Report
from chain.roles.working import MAX_BYTES as MAX_WORKING
from chain.roles.working import ScoreLine, Working, grow, is_behind
from chain.signers import sign_text
from chain.store import Store
from chain.trees import SumTree
from valuation.gauntlet import state as memories
from valuation.mechanism import from_json

SCHEMA = "weighhouse/receipt/1"
MOST_UTILITIES = 2**16
"""Above so many, a receipt has no utilities: the score is then taken from the score tree."""
MOST_DESIGN_BYTES = 2**21


@dataclass(frozen=True)
class Leaf:
    """A leaf of a payout tree with its path.

    Attributes:
        round: The round whose header has the tree.
        index: The leaf's place.
        cumulative: All that was ever earned, in token units.
        siblings: Hashes on the path, from the leaf up.
        sums: What they sum to.
    """

    round: int
    index: int
    cumulative: int
    siblings: tuple[bytes, ...]
    sums: tuple[int, ...]


@dataclass(frozen=True)
class Sources:
    """sha256 digests of the blobs that the receipt was made from."""

    report: bytes
    working: bytes
    base: bytes
    model: bytes
    state: bytes


@dataclass(frozen=True)
class Receipt:
    """What a round said of one peer. Money in token units, scores and utilities in nano-nats.

    Attributes:
        chain_id: The chain.
        project: The project's identity.
        distributor: Whose payout tree it is.
        round: The round.
        account: The peer.
        role: `trainer` or `evaluator`.
        mechanism: The rules in force, as their canonical JSON.
        design: The mechanism's design, in base64; empty where there is none or it is too large.
        seed: The round's seed.
        header: The header that stands.
        poster: Who posted it.
        budget: What the round could pay.
        submission: sha256 of what the trainer sent; empty when it sent nothing.
        reason: Why it was not paid, as a code; empty when nothing stood against it.
        detail: The same in words.
        scores: Every valued peer's score, in the order of the score tree.
        evaluators: Everyone who revealed, as the header has them.
        utilities: The agreed utilities; none where there are too many.
        memory: What the method remembers of the peer after the round, as names and numbers; often nothing.
        rank: Its place among the scores, from 1; 0 when it was not valued.
        rank_before: Its place in the round before; 0 when it had none.
        payout: What it earned in this round.
        before: Its leaf under the header before; None when it had never earned anything.
        leaf: Its leaf under this header; None when it has never earned anything.
        sources: What it was made from.
        signer: Who signed.
        signature: 65 bytes; empty when nobody did.
    """

    chain_id: int
    project: str
    distributor: str
    round: int
    account: str
    role: str
    mechanism: str
    design: str
    seed: bytes
    header: Header
    poster: str
    budget: int
    submission: bytes
    reason: str
    detail: str
    scores: tuple[ScoreLine, ...]
    evaluators: tuple[Evaluator, ...]
    utilities: tuple[int, ...]
    memory: tuple[tuple[str, str], ...]
    rank: int
    rank_before: int
    payout: int
    before: Leaf | None
    leaf: Leaf | None
    sources: Sources
    signer: str = ""
    signature: bytes = b""

    def to_bytes(self) -> bytes:
        """The receipt as canonical JSON; big numbers are decimal strings."""
        return canonical_json({"schema": SCHEMA, **words(self)})

    @classmethod
    def from_bytes(cls, blob: bytes) -> Receipt:
        """Reads a receipt back. What it says is not checked.

        Raises:
            MalformedReceipt: The bytes are not a receipt in canonical form.
        """
        receipt: Receipt = parse(cls, SCHEMA, blob)
        return receipt

    @property
    def signed_text(self) -> bytes:
        """What its signer signs."""
        bare = replace(self, signer="", signature=b"")
        return b"Weighhouse receipt " + sha256(bare.to_bytes()).hex().encode()


def receipt_of(project: Project, store: Store, round: int, account: str) -> Receipt:
    """What a round whose header stands said of a peer, unsigned.

    Raises:
        NothingToDo: No header of that round stands, or the account is no peer.
        StoreError: The report, the working or the mechanism is missing or corrupt.
        VerificationError: The working is not what the header's roots are made of.
    """
    header = project.header(round)
    peer = next((peer for peer in project.peers() if peer.address == account), None)
    if header is None:
        raise NothingToDo(f"no header of round {round} stands")
    if peer is None:
        raise NothingToDo(f"{account} is not registered in project {project.id}")
    report, state = report_of(store, header), project.round(round)
    working = Working.from_bytes(store.get(bytes.fromhex(report.working), MAX_WORKING))
    mechanism = store.get(state.policy_hash, MAX_MECHANISM_BYTES)
    earlier = [each for each in project.headers() if each.round < round]
    trees = grow(working, project.network.chain_id, project.distributor.address)
    if not is_behind(working, trees, header):
        raise VerificationError(f"the working of round {round} is not what its header's roots are made of")
    last = payouts_of(project, store, earlier[-1]) if earlier else None
    line = _line(report, account)
    told = scores_of((report,), account, peer.role)
    reason, _, detail = (told[0].reason if told else "").partition(": ")
    sent = [each.digest for each in project.submissions(round) if each.trainer == account]
    many = len(working.utilities) > MOST_UTILITIES
    return Receipt(
        chain_id=project.network.chain_id,
        project=project.identity,
        distributor=project.distributor.address,
        round=round,
        account=account,
        role=peer.role.name.lower(),
        mechanism=mechanism.decode("ascii"),
        design=_design(store, mechanism),
        seed=state.seed,
        header=header,
        poster=state.poster,
        budget=report.budget,
        submission=sent[0] if sent else b"",
        reason=reason if told else ("absent" if not sent else "unknown"),
        detail=detail if told else _absent(peer.role),
        scores=working.scores,
        evaluators=working.evaluators,
        utilities=() if many else working.utilities,
        memory=_memory(store, report, account),
        rank=_rank(report, account),
        rank_before=_rank(report_of(store, earlier[-1]), account) if earlier else 0,
        payout=line.payout if line else 0,
        before=_leaf(last.tree, last.root.round, last.payouts, account) if last else None,
        leaf=_leaf(trees.payouts, round, [(p.account, p.cumulative) for p in working.payouts], account),
        sources=Sources(
            report=header.report_digest,
            working=bytes.fromhex(report.working),
            base=bytes.fromhex(report.base),
            model=header.model_digest,
            state=bytes.fromhex(report.state),
        ),
    )


def sign_receipt(receipt: Receipt, account: Any) -> Receipt:
    """The receipt with the signature of an account of eth-account, or of an external signer.

    Raises:
        WrongSignature: The external signer returned something else.
    """
    signer = str(account.address)
    return replace(receipt, signer=signer, signature=sign_text(account, receipt.signed_text))


def _line(report: Report, account: str) -> PlayerLine | EvaluatorLine | None:
    found: Sequence[PlayerLine | EvaluatorLine] = (*report.players, *report.evaluators)
    return next((line for line in found if line.address == account), None)


def _absent(role: Role) -> str:
    return "submitted nothing" if role is Role.TRAINER else "revealed nothing"


def _rank(report: Report, account: str) -> int:
    own = next((line.score for line in report.players if line.address == account), None)
    return 0 if own is None else 1 + sum(line.score > own for line in report.players)


def _leaf(tree: SumTree, round: int, payouts: Sequence[tuple[str, int]], account: str) -> Leaf | None:
    for index, (address, cumulative) in enumerate(payouts):
        if address == account:
            proof = tree.proof(index)
            return Leaf(round, index, cumulative, proof.siblings, proof.sums)
    return None


def _design(store: Store, mechanism: bytes) -> str:
    digest = from_json(mechanism).method.design
    if digest is None:
        return ""
    blob = store.get(bytes.fromhex(digest), MAX_DESIGN_BYTES)
    return b64encode(blob).decode("ascii") if len(blob) <= MOST_DESIGN_BYTES else ""


def _memory(store: Store, report: Report, account: str) -> tuple[tuple[str, str], ...]:
    """What a Gauntlet remembers of the peer; other methods remember nothing."""
    if not report.state:
        return ()
    state = memories.from_json(store.get(bytes.fromhex(report.state), MAX_STATE_BYTES))
    record = state.peers.get(account)
    if record is None:
        return ()
    return tuple((name, repr(value)) for name, value in sorted(vars(record).items()))
