"""Who has earned what, with the proofs: read from the headers on chain and the reports behind them."""

from __future__ import annotations

from dataclasses import dataclass

from chain.contracts.types import Claim, Header, Root
from chain.errors import VerificationError
from chain.project import Project
from chain.roles.report import MAX_BYTES, Report
from chain.store import Store
from chain.trees import SumTree, payout_tree


@dataclass(frozen=True)
class Tree:
    """The payout tree of one header, checked against it.

    Attributes:
        root: As it was posted.
        payouts: Address and cumulative amount of each leaf, in the tree's order.
        tree: The Merkle-sum tree.
    """

    root: Root
    payouts: tuple[tuple[str, int], ...]
    tree: SumTree

    def claim(self, address: str) -> Claim | None:
        """The leaf of an address with its path; None when it never earned anything."""
        for index, (account, cumulative) in enumerate(self.payouts):
            if account == address:
                return Claim(account, index, cumulative, self.tree.proof(index).path)
        return None


def report_of(store: Store, header: Header) -> Report:
    """The report behind a header.

    Raises:
        StoreError: It is missing or corrupt.
        MalformedReport: It is not a report.
    """
    return Report.from_bytes(store.get(header.report_digest, MAX_BYTES))


def report_before(project: Project, store: Store, round: int) -> Report | None:
    """The report of the last round before this one whose header stands; None when there is none."""
    earlier = [header for header in project.headers() if header.round < round]
    return report_of(store, earlier[-1]) if earlier else None


def payouts_of(project: Project, store: Store, header: Header) -> Tree:
    """The payout tree of a standing header, rebuilt from its report.

    Raises:
        VerificationError: The report does not have the header's payout root.
    """
    report = report_of(store, header)
    payouts = tuple((payee.address, payee.cumulative) for payee in report.payouts)
    tree = payout_tree(project.network.chain_id, project.distributor.address, payouts)
    if (tree.root.node, tree.root.sum, tree.depth) != (header.payout_root, header.sum, header.depth):
        raise VerificationError(f"the report of round {header.round} does not have the header's payout root")
    root = project.payout_root(header.round)
    if root is None:
        raise VerificationError(f"the distributor has no payout root of round {header.round}")
    return Tree(root, payouts, tree)


def active_payouts(project: Project, store: Store) -> Tree | None:
    """The payout tree that can be claimed against now; None before the first header is active."""
    header = active_header(project)
    return payouts_of(project, store, header) if header else None


def active_header(project: Project) -> Header | None:
    """The latest header that is final; None before the first is."""
    round = project.active_round()
    return project.header(round) if round is not None else None


def open_claim(project: Project, store: Store, address: str) -> tuple[int, Claim] | None:
    """What an address can claim now: the root's number and the leaf; None when there is nothing."""
    tree = active_payouts(project, store)
    claim = tree.claim(address) if tree else None
    if tree is None or claim is None or claim.cumulative <= project.distributor.claimed(address):
        return None
    return tree.root.sequence, claim
