"""An auditor: trusts nobody, recomputes every round from chain and store, and says where the first
difference is.

Each round is measured again from the submissions, derived again from the reveals, and compared with the
header word by
word; then every claim and the escrow are reconciled to the last token unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

import numpy as np

from chain.contracts.abi import plain
from chain.contracts.types import NO_RULES, Header, Phase
from chain.encoding import rules_hash, seed_of
from chain.errors import StoreError, VerificationError
from chain.project import Project
from chain.roles.derivation import Derived
from chain.roles.gathering import Gathered, gather, mechanism_of
from chain.roles.measuring import measure_round
from chain.roles.payouts import active_header, report_of
from chain.roles.posting import derive_round
from chain.roles.rules import rules_of
from chain.store import Store
from valuation.errors import WeighhouseError
from valuation.scoring import restrict


@dataclass(frozen=True)
class Check:
    """One thing that must hold."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True)
class RoundAudit:
    """What became of one round.

    Attributes:
        round: The round.
        phase: Where it stands; only a round whose header stands has checks.
        checks: What was compared.
        verifiable: Whether every score and payout could be proved wrong on chain, by its mechanism; None
            when nothing was compared.
    """

    round: int
    phase: Phase
    checks: tuple[Check, ...]
    verifiable: bool | None = None

    @property
    def passed(self) -> bool:
        """Whether all checks passed."""
        return all(check.passed for check in self.checks)


@dataclass(frozen=True)
class Reconciliation:
    """The escrow from events: funded = claimed + claimable + pending + expired + remaining + refunded."""

    funded: int
    claimed: int
    claimable: int
    pending: int
    expired: int
    remaining: int
    refunded: int


@dataclass(frozen=True)
class Audit:
    """The result of an audit.

    Attributes:
        rounds: One entry a round.
        money: The escrow.
        money_checks: What was compared of it.
        earned: What every address has earned, recomputed, in token units.
    """

    rounds: tuple[RoundAudit, ...]
    money: Reconciliation
    money_checks: tuple[Check, ...]
    earned: dict[str, int]

    @property
    def passed(self) -> bool:
        """Whether everything held."""
        return self.first_difference is None

    @property
    def first_difference(self) -> str | None:
        """Where the first difference is; None when there is none."""
        for audited in self.rounds:
            for check in audited.checks:
                if not check.passed:
                    return f"round {audited.round}: {check.name}: {check.detail}"
        for check in self.money_checks:
            if not check.passed:
                return f"money: {check.name}: {check.detail}"
        return None


@dataclass(frozen=True)
class Auditor:
    """Reads one project. Has no key."""

    project: Project
    store: Store

    def audit(self, only: int | None = None) -> Audit:
        """Audits every round, or only one, and the money.

        Raises:
            NetworkError: The node does not answer.
        """
        rounds = range(1, self.project.current_round() + 1)
        audited = tuple(self.audit_round(number) for number in rounds if only in (None, number))
        earned = self._earned()
        money = self._money()
        return Audit(audited, money, tuple(self._money_checks(money, earned)), earned)

    def audit_round(self, round: int) -> RoundAudit:
        """Recomputes one round. What cannot be recomputed is a difference, not an exception."""
        phase, header = self.project.phase(round), self.project.header(round)
        if header is None:
            return RoundAudit(round, phase, ())
        checks, verifiable = [], None
        try:
            verifiable = mechanism_of(self.store, self.project.round(round).policy_hash).verifiable
            for check in self._checks(round, header):
                checks.append(check)
                if not check.passed:
                    break
        except (StoreError, VerificationError) as error:
            checks.append(Check("recomputation", False, f"{type(error).__name__}: {error}"))
        return RoundAudit(round, phase, tuple(checks), verifiable)

    def _checks(self, round: int, header: Header) -> Iterator[Check]:
        project = self.project
        seed = project.round(round).seed
        sealed = project.network.block(project.round(round).sealed_block).hash
        drawn = seed_of(sealed, project.network.chain_id, project.book.address, round)
        yield _same("seed", seed.hex(), drawn.hex())

        gathered = gather(project, self.store, round)
        rules = rules_of(gathered.ground.problem)
        expected = rules_hash(plain(rules)) if rules != NO_RULES else bytes(32)
        yield _same("rules", project.court.rules_of(gathered.ground.policy).hex(), expected.hex())
        derived = derive_round(project, self.store, round, gathered)
        report = report_of(self.store, header)
        yield _same(
            "accepted peers", _words(line.address for line in report.players), _words(gathered.players)
        )
        yield self._utilities(gathered, derived)
        for field in fields(Header):
            yield _same(
                field.name, _word(getattr(header, field.name)), _word(getattr(derived.header, field.name))
            )
        self.store.get(header.model_digest, len(derived.model_bytes))
        yield Check("next model", True, "in the store")
        if derived.state_bytes:
            self.store.get(derived.report.state, len(derived.state_bytes))
            yield Check("method's memory", True, "in the store")

    def _utilities(self, gathered: Gathered, derived: Derived) -> Check:
        """Measured again, the agreed utilities must be within the mechanism's tolerance."""
        mechanism, players = gathered.ground.mechanism, tuple(line.address for line in derived.report.players)
        own = measure_round(self.project, self.store, gathered, "")
        measured = restrict(mechanism, own.utilities, own.players, players)
        worst = int(np.abs(measured - derived.utilities).max(initial=0))
        detail = f"{len(measured)} measured again, the largest difference is {worst} nano-nats"
        return Check("utilities", worst <= mechanism.tolerance, detail)

    def _earned(self) -> dict[str, int]:
        """What the latest standing report says, recomputed where that is possible."""
        headers = self.project.headers()
        if not headers:
            return {}
        try:
            report = derive_round(self.project, self.store, headers[-1].round).report
        except WeighhouseError:
            return {}
        return {payee.address: payee.cumulative for payee in report.payouts}

    def _money(self) -> Reconciliation:
        project = self.project
        funded = sum(payment.amount for payment in project.funding())
        refunded = sum(refund.amount for refund in project.refunds())
        claimed = sum(claim.amount for claim in project.claims())
        headers, active = project.headers(), active_header(project)
        owed = headers[-1].sum if headers else 0
        payable = active.sum if active else 0
        unclaimed, swept = payable - claimed, bool(project.sweeps())
        return Reconciliation(
            funded=funded,
            claimed=claimed,
            claimable=0 if swept else unclaimed,
            pending=owed - payable,
            expired=unclaimed if swept else 0,
            remaining=funded - refunded - owed,
            refunded=refunded,
        )

    def _money_checks(self, money: Reconciliation, earned: dict[str, int]) -> Iterator[Check]:
        project = self.project
        paid: dict[str, int] = {}
        for claim in project.claims():
            paid[claim.account] = paid.get(claim.account, 0) + claim.amount
        for account, amount in paid.items():
            name = f"claims of {account}"
            yield _same(name, str(project.distributor.claimed(account)), str(amount))
            allowed = earned.get(account, 0)
            yield Check(name, amount <= allowed, f"claimed {amount} of {allowed}")
        on_chain = project.distributor
        yield _same("funded", str(on_chain.funded()), str(money.funded))
        yield _same("refunded", str(on_chain.refunded()), str(money.refunded))
        yield _same("owed", str(on_chain.owed()), str(sum(earned.values())))
        held = project.token.balance_of(on_chain.address)
        needed = money.claimable + money.pending + money.remaining
        # Anyone can send tokens to the escrow without funding it: more than the books say is no difference.
        yield Check("escrow", held >= needed, f"holds {held}, the books say {needed}")
        parts = money.claimed + money.claimable + money.pending + money.expired + money.remaining
        yield _same("sum of the parts", str(parts + money.refunded), str(money.funded))


def _same(name: str, found: str, expected: str) -> Check:
    detail = found if found == expected else f"the chain has {found}, recomputed is {expected}"
    return Check(name, found == expected, detail)


def _word(value: object) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


def _words(values: Iterable[str]) -> str:
    return ", ".join(values)
