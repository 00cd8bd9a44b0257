"""An evaluator that posts a lie: everything that was ever earned is said to be a friend's."""

from __future__ import annotations

from dataclasses import replace

from chain.encoding import sha256
from chain.roles.evaluator import Evaluator
from chain.roles.working import PayoutLine, grow, head


def post_lie(liar: Evaluator, round: int, friend: str) -> None:
    """Posts a header whose payouts are the friend's alone, and publishes what is behind it, as posters do."""
    derived, project = liar.derive(round), liar.project
    working = replace(derived.working, payouts=(PayoutLine(friend, derived.header.sum),))
    report = replace(derived.report, working=sha256(working.to_bytes()).hex()).to_bytes()
    for blob in (working.to_bytes(), report, derived.model_bytes):
        liar.store.put(blob)
    trees = grow(working, project.network.chain_id, project.distributor.address)
    header = head(working, trees, derived.header.model_digest, sha256(report))
    liar.sender.send(project.book.post(header))
