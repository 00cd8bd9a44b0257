"""Wrong lists: who is valued, who measured, and how each evaluator stands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from chain.contracts.proofs import NO_REVEAL, NO_UTILITY, UNCOVERED, WITHHELD, Evaluator, Opening, Utility
from chain.contracts.types import Fault, Mode, Part
from chain.encoding import UTILITIES, address_bytes
from chain.roles.agreement import Revealed, covering, standing_of
from chain.roles.proving.case import Case, Finding, Missing
from chain.trees import index_tree


def broken_players(case: Case) -> Finding | None:
    """The valued peers are miscounted, too many, out of order, or did not submit."""
    players, judge = case.players(), case.agreement_judge
    keys = [address_bytes(player) for player in players]
    wrong = ""
    if len(players) != case.n:
        wrong = f"{len(players)} peers are listed, the header says {case.n}"
    elif len(players) > case.rules.max_peers:
        wrong = f"{len(players)} peers are listed, the most are {case.rules.max_peers}"
    elif any(first >= second for first, second in pairwise(keys)):
        wrong = "the peers are not in ascending order"
    if wrong:
        return Finding(Fault.PLAYERS, wrong, judge.prove_players(case.trial, players))
    for position, player in enumerate(players):
        if player not in case.gathered.submitters:
            call = judge.prove_stranger(case.trial, players, position)
            return Finding(Fault.STRANGER, f"{player} submitted nothing", call)
    return None


def broken_evaluators(case: Case) -> Finding | None:
    """The list of evaluators is not that of those who revealed."""
    lines, judge = case.evaluators(), case.agreement_judge
    told = {line.account: line for line in lines}
    shown = {revealed.evaluator: revealed.reveal for revealed in case.revealed}
    keys = [address_bytes(line.account) for line in lines]
    account, where = "", ""
    if any(first >= second for first, second in pairwise(keys)):
        account, where = lines[0].account, "the evaluators are not in ascending order"
    for revealer, reveal in shown.items():
        if not where and (revealer not in told or told[revealer].weight != reveal.weight):
            account, where = revealer, f"{revealer} revealed with a weight of {reveal.weight}"
    for line in lines:
        if not where and line.account not in shown:
            account, where = line.account, f"{line.account} did not reveal"
    if not where:
        return None
    words = shown[account].words if account in shown else NO_REVEAL
    return Finding(Fault.EVALUATORS, where, judge.prove_evaluators(case.trial, lines, account, words))


def broken_objections(case: Case) -> Finding | None:
    """An evaluator counts as withheld against the objections, or does not."""
    lines, total = case.evaluators(), sum(revealed.weight for revealed in case.revealed)
    for position, line in enumerate(lines):
        withheld = 2 * case.objections.get(line.account, 0) > total
        if withheld != (line.standing == WITHHELD):
            where = f"{line.account} {'was' if withheld else 'was not'} objected to by a majority"
            return _standing(case, where, _opening(case, position), NO_UTILITY)
    return None


def broken_acceptance(case: Case) -> Finding | None:
    """A peer is valued that no majority accepted, or one is not that a majority did."""
    players, honest = case.players(), case.honest.working.players
    counted = [
        (position, line) for position, line in enumerate(case.evaluators()) if line.standing != WITHHELD
    ]
    total = sum(line.weight for _, line in counted)
    for peer in sorted({*players} ^ {*honest}, key=address_bytes):
        there = peer in players
        shown = [
            (position, line) for position, line in counted if (peer in _accepted(case, line.account)) != there
        ]
        openings = [_opening(case, position) for position in enough(shown, total, strictly=not there)]
        where = f"{peer} was {'not ' if there else ''}accepted by a majority"
        call = case.agreement_judge.prove_acceptance(case.trial, case.agreement(), peer, openings)
        return Finding(Fault.ACCEPTANCE, where, call)
    return None


def broken_coverage(case: Case) -> Finding | None:
    """An evaluator counts as not covering the agreed peers though it does, or the other way round."""
    players = case.players()
    for position, line in enumerate(case.evaluators()):
        if line.standing == WITHHELD:
            continue
        uncovered = isinstance(covering(case.gathered, _revealed(case, line.account), players), str)
        if uncovered != (line.standing == UNCOVERED):
            where = f"{line.account} {'does not cover' if uncovered else 'covers'} the agreed peers"
            return _standing(case, where, _opening(case, position), NO_UTILITY)
    return None


def broken_tolerance(case: Case) -> Finding | None:
    """An evaluator is out of tolerance elsewhere than is said, or not at all."""
    values, tree = case.utilities()
    agreed = np.array(values, dtype=np.int64)
    for position, line in enumerate(case.evaluators()):
        if line.standing in (WITHHELD, UNCOVERED):
            continue
        measured = covering(case.gathered, _revealed(case, line.account), case.players())
        assert not isinstance(measured, str)
        right = standing_of(measured, agreed, case.rules.tolerance)
        if right == line.standing:
            continue
        index = min(right, line.standing)
        utility = Utility(index, values[index], tree.proof(index))
        opening = opened(case, position, index)
        return _standing(case, f"{line.account} measured utility {index} otherwise", opening, utility)
    return None


def opened(case: Case, position: int, index: int) -> Opening:
    """An evaluator's reveal with what it measured of an agreed utility."""
    revealed = _revealed(case, case.evaluators()[position].account)
    assert revealed.measurement is not None
    values = revealed.measurement.utilities.tolist()
    own = _own_index(case, revealed.measurement.players, index)
    tree = index_tree(UTILITIES, case.header.round, values)
    plain = _opening(case, position)
    return Opening(position, plain.reveal, plain.list, values[own], tree.proof(own))


def enough(shown: Sequence[tuple[int, Evaluator]], total: int, *, strictly: bool) -> list[int]:
    """The fewest of the evaluators that hold half of a weight together, or more than that; ascending.

    Raises:
        Missing: They do not.
    """
    held, positions = 0, []
    for position, line in sorted(shown, key=lambda item: -item[1].weight):
        if 2 * held > total or (2 * held == total and not strictly):
            break
        held += line.weight
        positions.append(position)
    if 2 * held < total or (2 * held == total and strictly):
        raise Missing(Part.EVALUATORS, 0)
    return sorted(positions)


def _standing(case: Case, where: str, opening: Opening, utility: Utility) -> Finding:
    call = case.agreement_judge.prove_standing(case.trial, case.agreement(), opening, utility)
    return Finding(Fault.STANDING, where, call)


def _opening(case: Case, position: int) -> Opening:
    """An evaluator's reveal, with its list of peers where that is known and is not the agreed one."""
    revealed = _revealed(case, case.evaluators()[position].account)
    words, measurement = revealed.reveal.words, revealed.measurement
    listed = words.players != case.header.players and measurement is not None
    return Opening(position, words, measurement.players if listed and measurement else ())


def _accepted(case: Case, account: str) -> tuple[str, ...]:
    measurement = _revealed(case, account).measurement
    return measurement.players if measurement else ()


def _revealed(case: Case, account: str) -> Revealed:
    return next(revealed for revealed in case.revealed if revealed.evaluator == account)


def _own_index(case: Case, own: Sequence[str], index: int) -> int:
    """Where an evaluator that accepted these peers has the agreed utility of an index."""
    places = [own.index(player) for player in case.players()] if case.rules.mode is not Mode.REPORTED else []
    if case.rules.mode is Mode.EXACT:
        return sum(1 << place for i, place in enumerate(places) if index >> i & 1)
    if case.rules.mode is Mode.LOSS_DELTA:
        return 4 * places[index // 4] + index % 4
    return index
