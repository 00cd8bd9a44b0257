"""What each page says, read from chain and store: plain values for the templates, and nothing else.

Reports are content-addressed and never change, so that what was read of one is kept; everything else is asked
anew for each page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from chain.amounts import tokens
from chain.contracts.types import Header, Phase, Role
from chain.dashboard.charts import line_chart, stacked_bars
from chain.dashboard.lab import LAB_MOST_PEERS, side_by_side
from chain.dashboard.rows import (
    Page,
    cumulative,
    digests_of,
    dispute_rows,
    leaf_row,
    loss_of,
    mechanism_row,
    peer_row,
    runway_of,
)
from chain.errors import StoreError
from chain.project import Project
from chain.roles.auditor import Auditor
from chain.roles.gathering import gather
from chain.roles.ledger import PeerLine, RoundScore, ledger_of, scores_by_peer
from chain.roles.payouts import payouts_of, report_of
from chain.roles.receipt import receipt_of
from chain.roles.receipt_terms import ScoreTerm, score_terms
from chain.roles.report import Report
from chain.store import Store
from valuation.errors import WeighhouseError
from valuation.fixed_point import NANO

_KEPT = 4096
_BARS = 6
"""Rounds whose terms are drawn: a receipt of a thousand peers takes a while to make."""
Said = dict[tuple[str, Role], tuple[RoundScore, ...]]
_MONEY = ("funded", "claimed", "claimable", "pending", "expired", "remaining", "refunded")


@dataclass(frozen=True)
class Dashboard:
    """A project's pages.

    Attributes:
        project: The project.
        store: Where its blobs are.
    """

    project: Project
    store: Store
    _report: Callable[[Header], Report] = field(init=False, repr=False)
    _loss: Callable[[Header], float] = field(init=False, repr=False)
    _said: Callable[[tuple[Header, ...]], Said] = field(init=False, repr=False)
    _terms: Callable[[int, str], tuple[ScoreTerm, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        project, store = self.project, self.store

        def loss(header: Header) -> float:
            return loss_of(store, project.round(header.round).policy_hash, header.model_digest)

        def said(headers: tuple[Header, ...]) -> Said:
            return scores_by_peer(tuple(map(self._report, headers)))

        def terms(round: int, address: str) -> tuple[ScoreTerm, ...]:
            return score_terms(receipt_of(project, store, round, address))

        for name, made, kept in (
            ("_report", lambda header: report_of(store, header), _KEPT),
            ("_loss", loss, _KEPT),
            ("_said", said, 1),
            ("_terms", terms, _KEPT),
        ):
            object.__setattr__(self, name, lru_cache(kept)(made))

    def prepare(self) -> None:
        """Reads what pages are made of and never changes, so that the first page does not wait for it.

        Raises:
            NetworkError: No answer.
        """
        for header in self.project.headers():
            self._loss_of(header)
            with suppress(StoreError):
                self._report(header)

    def overview(self) -> Page:
        """Loss curve, pool and runway, the latest rounds."""
        project, headers = self.project, self.project.headers()
        money, decimals, current = project.money(), project.token.decimals(), project.current_round()
        losses = [(header.round, self._loss_of(header)) for header in headers]
        known = [(round, loss) for round, loss in losses if loss is not None]
        paid = [(header.round, header.sum) for header in headers]
        runway = runway_of(paid, money.remaining)
        return self._page(
            "overview",
            money=[(name, tokens(getattr(money, name), decimals)) for name in _MONEY],
            runway="-" if runway is None else f"{runway:.1f}",
            loss_chart=line_chart(known, "Validation loss after each round", "nats") if known else "",
            pool_chart=line_chart(
                [(round, sum / 10**decimals) for round, sum in paid], "Earned by all peers so far", "tokens"
            )
            if paid
            else "",
            rounds=[self._round_line(n, headers, decimals) for n in range(current, max(0, current - 20), -1)],
            mechanism=mechanism_row(self.store, project.book.policy_hash()),
        )

    def leaderboard(self) -> Page:
        """Every peer, trainers first, by what they earned."""
        decimals = self.project.token.decimals()
        lines = self._ledger()
        rows = [peer_row(place, line, decimals) for place, line in enumerate(lines, start=1)]
        return self._page("leaderboard", peers=rows)

    def peer(self, address: str) -> Page | None:
        """One peer: what each round said; None when there is no such peer."""
        line = next((each for each in self._ledger() if each.address == address), None)
        if line is None:
            return None
        decimals = self.project.token.decimals()
        said = self._said(self.project.headers()).get((address, line.role), ())
        bars, terms = self._bars(said, address)
        return self._page(
            "peer",
            line=peer_row(0, line, decimals),
            rounds=[
                {
                    "round": each.round,
                    "value": f"{each.score / NANO:+.6f}",
                    "payout": tokens(each.payout, decimals),
                    "reason": each.reason,
                }
                for each in reversed(said)
            ],
            chart=line_chart(cumulative(said, decimals), "Earned so far", "tokens") if said else "",
            terms_chart=bars,
            terms=terms,
        )

    def round(self, number: int) -> Page | None:
        """One round: scores, refusals, evaluators' agreement, payouts with their proofs."""
        if not 1 <= number <= self.project.current_round():
            return None
        decimals, header = self.project.token.decimals(), self._header(number)
        report = self._report(header) if header else None
        return self._page(
            "round",
            round=self._round_line(number, self.project.headers(), decimals),
            seed=report.seed if report else "",
            digests=digests_of(report, header) if report and header else [],
            players=[
                {
                    "address": p.address,
                    "value": f"{p.score / NANO:+.6f}",
                    "payout": tokens(p.payout, decimals),
                }
                for p in (sorted(report.players, key=lambda p: -p.score) if report else ())
            ],
            refused=[vars(refusal) for refusal in report.rejections] if report else [],
            evaluators=[
                {
                    "address": e.address,
                    "weight": tokens(e.weight, decimals),
                    "standing": e.standing,
                    "detail": e.detail,
                    "payout": tokens(e.payout, decimals),
                }
                for e in (report.evaluators if report else ())
            ],
            lab=number if report and 2 <= len(report.players) <= LAB_MOST_PEERS else None,
        )

    def payouts(self) -> Page:
        """Every payee under the latest standing header, with its proof and what it has claimed."""
        headers, decimals = self.project.headers(), self.project.token.decimals()
        if not headers:
            return self._page("payouts", leaves=[], header=None)
        header = headers[-1]
        tree = payouts_of(self.project, self.store, header)
        claimed: dict[str, int] = {}
        for claim in self.project.claims():
            claimed[claim.account] = claimed.get(claim.account, 0) + claim.amount
        here = (str(self.project.network.chain_id), self.project.distributor.address)
        leaves = [
            leaf_row(index, address, earned, claimed.get(address, 0), tree.tree.proof(index), here, decimals)
            for index, (address, earned) in enumerate(tree.payouts)
        ]
        active = self.project.phase(header.round) is Phase.ACTIVE
        root = {
            "round": header.round,
            "node": header.payout_root.hex(),
            "sum": str(header.sum),
            "active": active,
        }
        return self._page("payouts", leaves=leaves, header={**root, "active": active})

    def disputes(self) -> Page:
        """What was vetoed, faulted, asked for and brought before the arbiter."""
        return self._page("disputes", events=dispute_rows(self.project))

    def audit(self) -> Page:
        """Everything recomputed from chain and store, now: as long as that takes."""
        found = Auditor(self.project, self.store).audit()
        return self._page(
            "audit",
            passed=found.passed,
            difference=found.first_difference or "",
            rounds=[
                {
                    "round": audited.round,
                    "passed": audited.passed,
                    "checks": [(c.name, c.passed, c.detail) for c in audited.checks],
                }
                for audited in reversed(found.rounds)
            ],
            money=[(check.name, check.passed, check.detail) for check in found.money_checks],
        )

    def lab(self, number: int) -> Page | None:
        """A round's updates under several methods, side by side, with intervals; None where it cannot be."""
        header = self._header(number)
        if header is None or len(self._report(header).players) < 2:
            return None
        players = tuple(line.address for line in self._report(header).players)[:LAB_MOST_PEERS]
        columns, refused = side_by_side(gather(self.project, self.store, number), players)
        return self._page("lab", number=number, players=players, columns=columns, refused=refused)

    def paths(self) -> list[str]:
        """Every page that there is now, as its path."""
        peers = [f"peer/{peer.address}.html" for peer in self.project.peers()]
        numbers = range(1, self.project.current_round() + 1)
        standing = {header.round for header in self.project.headers()}
        labs = [f"lab/{n}.html" for n in sorted(standing) if len(self._report_of(n).players) >= 2]
        fixed = ["index.html", "leaderboard.html", "payouts.html", "disputes.html", "audit.html"]
        return [*fixed, *peers, *(f"round/{n}.html" for n in numbers), *labs]

    # What the pages are made of

    def _page(self, name: str, **content: Any) -> Page:
        status = self.project.status()
        return {
            "page": name,
            "project": self.project.id,
            "network": f"{self.project.network.name}, chain {self.project.network.chain_id}",
            "book": self.project.book.address,
            "phase": status.phase.name.lower(),
            "current": status.round,
            **content,
        }

    def _ledger(self) -> tuple[PeerLine, ...]:
        headers = self.project.headers()
        told = self._report(headers[-1]) if headers else None
        return ledger_of(self.project, self.store, told, self._said(headers), len(headers))

    def _header(self, number: int) -> Header | None:
        return next((header for header in self.project.headers() if header.round == number), None)

    def _report_of(self, number: int) -> Report:
        header = self._header(number)
        assert header is not None
        return self._report(header)

    def _round_line(self, number: int, headers: tuple[Header, ...], decimals: int) -> Page:
        header = next((each for each in headers if each.round == number), None)
        loss = self._loss_of(header) if header else None
        before = max((each.sum for each in headers if each.round < number), default=0)
        # Rounds do not overlap: one that is over is final, or nobody posted it.
        over = number < self.project.current_round()
        phase = (Phase.ACTIVE if header else Phase.VOID) if over else self.project.phase(number)
        return {
            "number": number,
            "phase": phase.name.lower(),
            "peers": header.peers if header else "-",
            "paid": tokens(header.sum - before, decimals) if header else "-",
            "loss": "-" if loss is None else f"{loss:.4f}",
        }

    def _loss_of(self, header: Header) -> float | None:
        try:
            return self._loss(header)
        except WeighhouseError:
            return None

    def _bars(self, said: Sequence[RoundScore], address: str) -> tuple[str, list[Page]]:
        """The stacked terms of the last rounds' scores, and those of the latest as a table."""
        stacks: list[tuple[str, list[tuple[str, float]]]] = []
        latest: list[Page] = []
        for each in said[-_BARS:]:
            try:
                terms = self._terms(each.round, address)
            except WeighhouseError:
                continue
            stacks.append((str(each.round), [(term.name, term.value / NANO) for term in terms]))
            latest = [
                {"name": t.name, "inputs": t.inputs, "weight": t.weight, "value": f"{t.value / NANO:+.6f}"}
                for t in terms
            ]
        filled = [stack for stack in stacks if stack[1]]
        return (stacked_bars(filled, "Terms of the score by round", "nats") if filled else ""), latest
