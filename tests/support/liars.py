"""Posters who lie: one way for each link of a header, told as what the header's roots are then made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from chain.contracts.proofs import UNCOVERED, WITHHELD, WITHIN, Evaluator
from chain.contracts.types import Fault, Header
from chain.encoding import address_bytes, sha256
from chain.roles.derivation import Derived
from chain.roles.evaluator import Evaluator as Poster
from chain.roles.working import NOBODY, PayoutLine, Working, grow, head

STRANGER = "0x000000000000000000000000000000000000dEaD"

Bend = Callable[[Working], Working]


@dataclass(frozen=True)
class Lie:
    """A lie and the link that it breaks."""

    name: str
    fault: Fault
    bend: Bend
    modes: tuple[str, ...] = (
        "shapley-exact",
        "shapley-sampled",
        "shapley-design",
        "loss-delta",
        "leave-one-out",
    )


def post_lie(poster: Poster, derived: Derived, bend: Bend, *, publish: bool = True) -> Header:
    """Posts a header over a bent working; its report and working go to the store unless withheld."""
    project = poster.project
    working = bend(derived.working)
    report = replace(derived.report, working=sha256(working.to_bytes()).hex())
    blob = report.to_bytes()
    poster.store.put(derived.model_bytes)
    if publish:
        poster.store.put(blob)
        poster.store.put(working.to_bytes())
    trees = grow(working, project.network.chain_id, project.distributor.address)
    header = head(working, trees, derived.header.model_digest, sha256(blob))
    poster.sender.send(project.book.post(header))
    return header


def put(items: tuple, index: int, item: object) -> tuple:  # type: ignore[type-arg]
    """The items with another one at a place."""
    return (*items[:index], item, *items[index + 1 :])


def bend_trace(at: int, by: int) -> Bend:
    """One sum of the trace is wrong, with all after it: only one step is."""

    def bend(working: Working) -> Working:
        sums = [total + by if t >= at else total for t, total in enumerate(working.trace)]
        return replace(working, trace=tuple(sums))

    return bend


def bend_last_sum(working: Working) -> Working:
    return replace(working, trace=(*working.trace[:-1], working.trace[-1] - 1))


def bend_score(by: int) -> Bend:
    def bend(working: Working) -> Working:
        last = working.scores[-1]
        return replace(working, scores=(*working.scores[:-1], replace(last, score=last.score + by)))

    return bend


def bend_total(at: int) -> Bend:
    def bend(working: Working) -> Working:
        line = working.scores[at]
        return replace(working, scores=put(working.scores, at, replace(line, prefix=line.prefix + 7)))

    return bend


def bend_utility(at: int, by: int) -> Bend:
    def bend(working: Working) -> Working:
        return replace(working, utilities=put(working.utilities, at, working.utilities[at] + by))

    return bend


def absurd_utility(working: Working) -> Working:
    return replace(working, utilities=put(working.utilities, 1, 2**46 + 1))


def swap_players(working: Working) -> Working:
    first, second, *others = working.players
    return replace(working, players=(second, first, *others))


def add_stranger(working: Working) -> Working:
    players = tuple(sorted((*working.players, STRANGER), key=address_bytes))
    return replace(working, players=players)


def drop_player(working: Working) -> Working:
    return replace(working, players=working.players[1:])


def swap_evaluators(working: Working) -> Working:
    return replace(working, evaluators=working.evaluators[::-1])


def drop_evaluator(working: Working) -> Working:
    return replace(working, evaluators=working.evaluators[:-1])


def add_evaluator(working: Working) -> Working:
    lines = (*working.evaluators, Evaluator(STRANGER, 5, WITHIN))
    return replace(working, evaluators=tuple(sorted(lines, key=lambda line: address_bytes(line.account))))


def weigh_more(working: Working) -> Working:
    first = working.evaluators[0]
    return replace(working, evaluators=put(working.evaluators, 0, replace(first, weight=first.weight + 1)))


def stand(at: int, standing: int) -> Bend:
    def bend(working: Working) -> Working:
        line = working.evaluators[at]
        return replace(working, evaluators=put(working.evaluators, at, replace(line, standing=standing)))

    return bend


def rename_score(working: Working) -> Working:
    line = working.scores[0]
    return replace(working, scores=put(working.scores, 0, replace(line, account=STRANGER)))


def pay(account: str | None, by: int) -> Bend:
    """Pays an account, the first of the payees when none is given, so much more."""

    def bend(working: Working) -> Working:
        paid = {line.account: line.cumulative for line in working.payouts}
        who = account or working.payouts[0].account
        paid[who] = paid.get(who, 0) + by
        lines = sorted(paid.items(), key=lambda line: address_bytes(line[0]))
        return replace(working, payouts=tuple(PayoutLine(*line) for line in lines))

    return bend


def pay_stranger(working: Working) -> Working:
    """From what the last payee has earned."""
    last = working.payouts[-1].account
    return pay(STRANGER, 10**18)(pay(last, -(10**18))(working))


def shift(working: Working) -> Working:
    """Takes from the last payee what it gives to the first."""
    first, *others, last = working.payouts
    return replace(
        working,
        payouts=(
            replace(first, cumulative=first.cumulative + 1),
            *others,
            replace(last, cumulative=last.cumulative - 1),
        ),
    )


def forget_payee(at: int) -> Bend:
    def bend(working: Working) -> Working:
        kept = [line for place, line in enumerate(working.payouts) if place != at % len(working.payouts)]
        return replace(working, payouts=tuple(kept))

    return bend


def swap_payouts(working: Working) -> Working:
    first, second, *others = working.payouts
    return replace(working, payouts=(second, first, *others))


def double_payee(working: Working) -> Working:
    first, *others = working.payouts
    halves = (replace(first, cumulative=first.cumulative // 2),) * 2
    return replace(working, payouts=(*halves, *others))


def leave_a_gap(working: Working) -> Working:
    return replace(working, payouts=(NOBODY, *working.payouts))


def state_sums(level: int, place: int, by: int) -> Bend:
    """A node of the payout tree, counted from the top, is said to sum to more; those above it follow."""

    def bend(working: Working) -> Working:
        levels = [[line.cumulative for line in working.payouts]]
        while len(levels[-1]) > 1:
            below = levels[-1]
            levels.append([sum(below[i : i + 2]) for i in range(0, len(below), 2)])
        height = len(levels) - 1 - level
        at = place % len(levels[height])
        levels[height][at] += by
        for above in range(height + 1, len(levels)):
            at >>= 1
            levels[above][at] += by
        return replace(working, sums=tuple(map(tuple, levels)))

    return bend


SUMMED = ("shapley-exact", "shapley-sampled", "shapley-design")
LIES = (
    Lie("a player twice", Fault.PLAYERS, lambda w: replace(w, players=(w.players[0], *w.players))),
    Lie("players out of order", Fault.PLAYERS, swap_players),
    Lie("a stranger is valued", Fault.STRANGER, add_stranger),
    Lie("a peer is left out", Fault.ACCEPTANCE, drop_player),
    Lie("evaluators out of order", Fault.EVALUATORS, swap_evaluators),
    Lie("an evaluator is left out", Fault.EVALUATORS, drop_evaluator),
    Lie("an evaluator is invented", Fault.EVALUATORS, add_evaluator),
    Lie("an evaluator weighs more", Fault.EVALUATORS, weigh_more),
    Lie("an evaluator is withheld", Fault.STANDING, stand(0, WITHHELD)),
    Lie("an evaluator is uncovered", Fault.STANDING, stand(1, UNCOVERED)),
    Lie("an evaluator is outside", Fault.STANDING, stand(0, 2)),
    Lie("a utility is too high", Fault.UTILITY, bend_utility(1, 10**6)),
    Lie("a utility is too low", Fault.UTILITY, bend_utility(2, -1)),
    Lie("a utility is absurd", Fault.UTILITY, absurd_utility),
    Lie("the first step is wrong", Fault.STEP, bend_trace(0, 5), SUMMED),
    Lie("a later step is wrong", Fault.STEP, bend_trace(3, -(10**12)), SUMMED),
    Lie("the last step is wrong", Fault.STEP, bend_last_sum, SUMMED),
    Lie("a score is too high", Fault.SCORE, bend_score(1)),
    Lie("a score is too low", Fault.SCORE, bend_score(-1)),
    Lie("a score is another's", Fault.ACCOUNT, rename_score),
    Lie("the first total is wrong", Fault.TOTAL, bend_total(0)),
    Lie("a later total is wrong", Fault.TOTAL, bend_total(2)),
    Lie("payouts out of order", Fault.ORDER, swap_payouts),
    Lie("a payee twice", Fault.ORDER, double_payee),
    Lie("a gap in the payouts", Fault.ORDER, leave_a_gap),
    Lie("the whole sum is wrong", Fault.SUM, state_sums(0, 0, -1)),
    Lie("a sum is wrong", Fault.SUM, state_sums(1, 1, -(10**18))),
    Lie("a leaf's sum is wrong", Fault.SUM, state_sums(3, 1, -1)),
    Lie("a payee gets less", Fault.PAYOUT, pay(None, -1)),
    Lie("a stranger is paid", Fault.PAYOUT, pay_stranger),
    Lie("money is moved", Fault.PAYOUT, shift),
    Lie("the first payee gets nothing", Fault.PAYOUT, forget_payee(0)),
    Lie("a payee gets nothing", Fault.PAYOUT, forget_payee(2)),
    Lie("the last payee gets nothing", Fault.PAYOUT, forget_payee(-1)),
)
"""Every link of a header, broken."""
