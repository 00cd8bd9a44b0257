"""Rows and figures of pages, as the templates print them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from chain.amounts import tokens
from chain.contracts.types import Header, Role
from chain.errors import StoreError
from chain.project import Project
from chain.roles.gathering import mechanism_of, problem_at, read_model
from chain.roles.ledger import PeerLine, RoundScore
from chain.roles.report import Report
from chain.roles.rounds import validation_loss
from chain.store import Store
from chain.trees import SumProof
from valuation.fixed_point import NANO

Page = dict[str, Any]
_SUMS = ("earned", "pending", "claimable", "claimed")


def leaf_row(
    index: int,
    address: str,
    earned: int,
    claimed: int,
    proof: SumProof,
    here: tuple[str, str],
    decimals: int,
) -> Page:
    """A leaf of the payout tree with the proof that the page checks; `here` is chain id and distributor."""
    status = "claimed" if claimed == earned else "open" if claimed < earned else "above its leaf"
    chain, distributor = here
    checked = {
        "chain": chain,
        "distributor": distributor,
        "index": index,
        "account": address,
        "cumulative": str(earned),
        "siblings": [sibling.hex() for sibling in proof.siblings],
        "sums": [str(amount) for amount in proof.sums],
    }
    return {
        "address": address,
        "index": index,
        "cumulative": tokens(earned, decimals),
        "claimed": tokens(claimed, decimals),
        "status": status,
        "proof": json.dumps(checked),
    }


def loss_of(store: Store, policy: bytes, digest: bytes) -> float:
    """The validation loss in nats of a model, under a mechanism; both by their sha256.

    Raises:
        StoreError: One is missing or corrupt.
    """
    problem = problem_at(store, policy)
    return validation_loss(problem, read_model(store, problem.model, digest))


def runway_of(paid: Sequence[tuple[int, int]], remaining: int) -> float | None:
    """How many rounds the escrow lasts at the pace of the last ten."""
    recent = [amount for _, amount in paid[-11:]]
    if len(recent) == 1 and paid[0][1]:
        return remaining / paid[0][1]
    if len(recent) < 2 or recent[-1] == recent[0]:
        return None
    return remaining * (len(recent) - 1) / (recent[-1] - recent[0])


def cumulative(said: Sequence[RoundScore], decimals: int) -> list[tuple[int, float]]:
    """What a peer had earned after each round, in tokens, to be drawn."""
    total, points = 0, []
    for each in said:
        total += each.payout
        points.append((each.round, total / 10**decimals))
    return points


def peer_row(place: int, line: PeerLine, decimals: int) -> Page:
    """A peer's line of the ledger."""
    return {
        "place": place,
        "address": line.address,
        "role": line.role.name.lower(),
        "trainer": line.role is Role.TRAINER,
        "rounds": line.rounds,
        "value": f"{line.value / NANO:+.4f}",
        "share": f"{100 * line.share:.2f} %",
        "reason": line.reason,
        **{
            name: tokens(getattr(line, name), decimals)
            for name in ("earned", "pending", "claimable", "claimed")
        },
    }


def digests_of(report: Report, header: Header) -> list[tuple[str, str]]:
    """What a round was made from, and the roots of what came of it, in hex."""
    return [
        ("seed", report.seed),
        ("mechanism", report.policy),
        ("base model", report.base),
        ("next model", report.model),
        ("report", header.report_digest.hex()),
        ("working", report.working),
        ("payout root", header.payout_root.hex()),
        ("score root", header.score_root.hex()),
    ]


def word(value: object) -> str:
    """An event's argument in short."""
    if isinstance(value, bytes):
        return f"0x{value.hex()[:16]}..." if len(value) > 8 else f"0x{value.hex()}"
    if isinstance(value, Mapping | tuple | list):
        return "..."
    return str(value)


def mechanism_row(store: Store, policy: bytes) -> Page:
    """What a mechanism is, in a few words; its digest alone when the store does not hold it."""
    try:
        mechanism = mechanism_of(store, policy)
    except StoreError:
        return {"policy": policy.hex()}
    return {
        "policy": policy.hex(),
        "method": mechanism.method.name,
        "model": mechanism.model.name,
        "power": mechanism.reward.power,
        "evaluators": f"{mechanism.evaluator_share / 100:.2f} %",
        "verifiable": mechanism.verifiable,
    }


def dispute_rows(project: Project) -> list[Page]:
    """What was vetoed, faulted, asked for and brought before the arbiter, the latest first."""
    sources = [
        (project.book, ("HeaderFaulted", "HeaderVetoed", "RoundVoided")),
        (project.court, ("Requested", "Answered", "Reclaimed", "Accused", "Settled", "Objected")),
    ]
    found = [
        event for contract, names in sources for name in names for event in project.history.of(contract, name)
    ]
    return [
        {
            "name": event.name,
            "block": event.block,
            "transaction": event.transaction,
            "arguments": ", ".join(f"{k} {word(v)}" for k, v in event.arguments.items()),
        }
        for event in sorted(found, key=lambda event: event.place, reverse=True)
    ]
