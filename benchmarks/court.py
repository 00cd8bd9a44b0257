"""What it takes to prove a wrong header wrong: seconds to build and to find, bytes to send, gas to pay.

A row is one lie about a round of random utilities, posted to a real project on the embedded chain and proved
there: a wrong step, score or total, or wrong scores of which nothing is shown (recomputed). "build" is to
make the trace and all trees of a round, as everybody does; "prove" to make the poster's as well, to find the
first wrong leaf and to make the call; "gas" what the transaction took, the slashing included, where the
challenger held tokens before. Nobody else proves contribution scores on chain: one column compares with the
verification of a succinct proof (Groth16), about 207,000 gas and 7,160 for a public input (OrbiterResearch).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import numpy as np
from eth_utils.address import to_checksum_address
from report import arguments, emit

from chain.accounts import dev_account
from chain.contracts.types import (
    ZERO_ADDRESS,
    CourtConfig,
    Emission,
    EmissionKind,
    Phase,
    ProjectConfig,
    Role,
    Schedule,
)
from chain.deployments import deploy_system, deploy_token
from chain.encoding import commitment_of
from chain.network import Network, connect
from chain.project import Project, create_project
from chain.roles.derivation import Derived
from chain.roles.gathering import Gathered, Ground
from chain.roles.member import register
from chain.roles.owner import policy_of
from chain.roles.proving.case import Case, Finding
from chain.roles.proving.values import broken_score, broken_step, broken_total, recomputed
from chain.roles.report import Report
from chain.roles.rounds import advance_to, open_round, seal_and_draw
from chain.roles.rules import design_tree, rules_of
from chain.roles.working import ScoreLine, Trees, Working, grow, head
from chain.sender import Sender
from valuation.mechanism import default_mechanism
from valuation.problem import Problem, problem_of
from valuation.rewards.payouts import reward_weights
from valuation.rules import Method
from valuation.scoring import scores, trace, utilities_length
from valuation.shapley import design

GROTH16 = 207_000 + 7_160
TOKEN = 10**18
WORDS = (b"\1" * 32, b"\2" * 32)
"""Digests of a model and a report that no proof looks at."""
QUICK = [("exact", 4, 0), ("sampled", 8, 20), ("design", 8, 40)]
FULL = [
    *(("exact", n, 0) for n in (4, 6, 8, 10, 12)),
    *(("sampled", n, draws) for n, draws in ((16, 64), (64, 200), (100, 1000))),
    *(("design", n, draws) for n, draws in ((16, 300), (100, 2000))),
]
LIMITS = {("exact", 12): 98_000, ("sampled", 100): 120_000, ("design", 100): 120_000}
"""The most gas that a dispute about a step may take (issue 6)."""

Bend = Callable[[Working], Working]


@dataclass(frozen=True)
class Round:
    """A round that waits for a header: who may post one, who proves it wrong, and what it should be over."""

    project: Project
    posters: list[Sender]
    challenger: Sender
    gathered: Gathered
    working: Working
    trees: Trees
    seconds: float


def measure(mode: str, n: int, draws: int) -> Iterator[dict[str, Any]]:
    """Yield a row for each kind of lie about one round."""
    kinds: list[tuple[str, Callable[[Case], Finding | None], Bend]] = [
        ("step", broken_step, wrong_step),
        ("score", broken_score, wrong_score),
        ("total", broken_total, wrong_total),
    ]
    if mode == "exact" and n <= 9:
        kinds.append(("recomputed", recomputed, wrong_score))
    with TemporaryDirectory() as folder, connect("embedded") as network:
        round = set_up(network, Path(folder), problem(mode, n, draws), n)
        for poster, (kind, link, bend) in zip(round.posters, kinds, strict=False):
            limit = LIMITS.get((mode, n)) if kind == "step" else None
            told = dispute(round, poster, link, bend, shown=kind != "recomputed")
            yield {"mode": mode, "players": n, "draws": draws or None, "lie": kind, **told, "limit": limit}


def dispute(
    round: Round, poster: Sender, link: Callable[[Case], Finding | None], bend: Bend, *, shown: bool
) -> dict[str, Any]:
    """Post a lie and prove it wrong."""
    project, problem = round.project, round.gathered.ground.problem
    lied = bend(round.working)
    header = head(lied, _grow(project, lied), *WORDS)
    poster.send(project.book.post(header))
    started = time.perf_counter()
    honest = head(round.working, round.trees, *WORDS)
    derived = Derived(honest, cast(Report, None), b"", b"", b"", round.working, b"", round.trees)
    case = Case(
        project=project,
        header=header,
        rules=rules_of(problem),
        gathered=round.gathered,
        revealed=(),
        objections={},
        derived=derived,
        working=lied if shown else None,
        trees=_grow(project, lied) if shown else None,
        previous=None,
    )
    finding = link(case)
    proved = time.perf_counter() - started
    if finding is None:
        raise AssertionError("the lie was not found")
    gas = round.challenger.send(finding.call).gas_used
    return {
        "steps": len(round.working.trace),
        "build s": round.seconds,
        "prove s": proved,
        "calldata": len(finding.call.data),
        "gas": gas,
        "of Groth16": gas / GROTH16,
    }


def wrong_step(working: Working) -> Working:
    """One step adds one too much; all sums of its player after it follow, as they would."""
    at = 2 * len(working.trace) // 3
    end = at + 1 + (-at - 1) % (len(working.trace) // len(working.players))
    bent = tuple(total + 1 if at <= t < end else total for t, total in enumerate(working.trace))
    return replace(working, trace=bent)


def wrong_score(working: Working) -> Working:
    """The last score is one too high."""
    *others, last = working.scores
    return replace(working, scores=(*others, replace(last, score=last.score + 1)))


def wrong_total(working: Working) -> Working:
    """The last total is one too high."""
    *others, last = working.scores
    return replace(working, scores=(*others, replace(last, prefix=last.prefix + 1)))


def problem(mode: str, n: int, draws: int) -> Problem:
    """Return the rules of a project that is paid by a method."""
    if mode == "exact":
        return problem_of(default_mechanism())
    if mode == "sampled":
        method = Method("shapley-sampled", {"permutations": draws})
        return problem_of(replace(default_mechanism(), method=method, verifiable=None))
    drawn = design(n, draws, "permutation", rng=np.random.default_rng(0)).rounded(2**32)
    return problem_of(default_mechanism(method="shapley-design", design=drawn), drawn.to_bytes())


def set_up(network: Network, folder: Path, problem: Problem, n: int) -> Round:
    """Take a project to where a header is due, with evaluators who revealed something."""
    boss, challenger, *posters = (Sender(network, dev_account(network, index)) for index in range(6))
    system, token = deploy_system(network, boss, folder), deploy_token(network, boss, folder)
    policy = policy_of(problem.mechanism)
    config = ProjectConfig(
        token=token.address,
        owner=boss.address,
        guardian=ZERO_ADDRESS,
        court=CourtConfig(ZERO_ADDRESS, TOKEN, TOKEN, TOKEN, answer_period=30, arbiter_period=60),
        rules=rules_of(problem),
        policy_hash=policy,
        schedule=Schedule(60, 60, 60, 60, 60),
        emission=Emission(EmissionKind.FIXED, TOKEN, 0),
        trainer_stake=TOKEN,
        evaluator_stake=TOKEN,
        unbonding_period=3_600,
        quorum=1,
    )
    project = create_project(boss, system, config)
    for poster in posters:
        boss.send(token.mint(poster.address, 10 * TOKEN))
        register(project, poster, Role.EVALUATOR, 10 * TOKEN, None)
    boss.send(token.mint(challenger.address, 1))
    seed = drawn_round(project, boss, posters)
    ground = Ground(project.identity, 1, policy, problem, np.zeros(0, dtype=np.float32), b"", b"")
    players = sorted(
        (to_checksum_address(bytes([1, *i.to_bytes(19, "big")])) for i in range(n)), key=str.lower
    )
    gathered = Gathered(ground, seed, tuple(players), {}, ())
    if problem.design is not None:
        design_tree(problem.design)  # once a project, not once a round
    started = time.perf_counter()
    working = derive(problem, players, seed)
    trees = _grow(project, working)
    seconds = time.perf_counter() - started
    return Round(project, posters, challenger, gathered, working, trees, seconds)


def drawn_round(project: Project, boss: Sender, posters: list[Sender]) -> bytes:
    """Open, seal and draw a round, let the evaluators reveal, and return the seed."""
    book, chain_id = project.book, project.network.chain_id
    number, words = open_round(project, boss), [bytes([word]) * 32 for word in range(1, 5)]
    advance_to(project, number, Phase.SEAL)
    seal_and_draw(project, boss, number)
    for poster in posters:
        made = commitment_of(chain_id, book.address, number, poster.address, *words)
        poster.send(book.commit_utilities(number, made))
    advance_to(project, number, Phase.REVEAL)
    for poster in posters:
        poster.send(book.reveal_utilities(number, *words))
    advance_to(project, number, Phase.POST)
    return project.round(number).seed


def derive(problem: Problem, players: tuple[str, ...], seed: bytes) -> Working:
    """Return what follows from random utilities."""
    mechanism, chosen, n = problem.mechanism, problem.design, len(players)
    drawn = np.random.default_rng(0).integers(-(10**9), 10**9, utilities_length(mechanism, n))
    values = scores(mechanism, drawn, n, seed=seed, design=chosen)
    totals = accumulate(reward_weights(values, mechanism.reward.power))
    return Working(
        round=1,
        players=players,
        evaluators=(),
        utilities=tuple(drawn.tolist()),
        trace=tuple(trace(mechanism, drawn, n, seed=seed, design=chosen)),
        scores=tuple(ScoreLine(*line) for line in zip(players, values, totals, strict=True)),
        payouts=(),
    )


def _grow(project: Project, working: Working) -> Trees:
    return grow(working, project.network.chain_id, project.distributor.address)


if __name__ == "__main__":
    options = arguments(__doc__ or "").parse_args()
    sizes = QUICK if options.quick else FULL
    emit({"disputes": [row for size in sizes for row in measure(*size)]}, options.json)
