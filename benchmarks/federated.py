"""A round's coalitions in one batch, and every federated method on the same real run.

Twelve clients train softmax regression on the digits: a pair with the same data, two whose labels are partly
wrong, one who sends noise. First, all 2^12 coalitions of a round are measured at once and, for comparison,
one by one. BLAS is kept to one thread, because more of them mostly wait for each other on a busy machine.
Then every method values the run: with everybody in every round, and with half of them in every round
but the first. The rank correlation is with the Shapley values of full participation. Last, every method that
draws at random and gives standard errors values the first round again and again: how often do its 95 per cent
intervals hold the exact values?
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from report import arguments, emit, seconds
from scipy.stats import spearmanr
from threadpoolctl import threadpool_limits
from training_runs import MODEL, Run, identical, split, train_rounds

from valuation.coalitions import coalitions_of
from valuation.errors import AssumptionError
from valuation.federated.fedsv import fedsv
from valuation.federated.registry import accepts, methods, value_rounds
from valuation.federated.round import Round, RoundGame
from valuation.game import TableGame
from valuation.models.dataset import Dataset
from valuation.shapley import exact
from valuation.shapley.semivalues import banzhaf_weights

Floats = npt.NDArray[np.float64]

COPY, MISLABELLED, NOISY = 1, (2, 3), 4

PARAMETERS: dict[str, dict[str, Any]] = {
    "time-aware-cumulation": {"transform": "dual-cover"},
    "time-aware-valuation": {"transform": "dual-cover"},
}


ESTIMATORS = (
    "kernel-regression",
    "leverage-regression",
    "stratified",
    "owen",
    "permutation",
    "truncated-permutation",
    "banzhaf",
)
SAMPLED: dict[str, dict[str, float]] = {
    "fedsv": {"permutations": 200},
    "verfedsv": {"permutations": 200},
    "comfedsv": {"permutations": 200},
    "cosine-shapley": {"samples": 100},
    "sampled-leave-one-out": {"samples": 100, "truncation": 0.0},
    "gtg-shapley": {"between": 0.0, "within": 0.0, "fewest": 480, "most": 480},
}
"""Samples enough for the mean of skewed contributions to be about normal."""


def federated_run(clients: int, rounds: int, taking_part: int) -> Run:
    train, validation, rng = split(seed=0)
    parts = identical(train, clients)
    parts[COPY] = parts[0]
    for client, share in zip(MISLABELLED, (0.3, 0.6), strict=True):
        x, y = parts[client]
        wrong = rng.random(len(y)) < share
        parts[client] = Dataset(x, np.where(wrong, rng.integers(0, 10, len(y)), y))
    later = [np.sort(rng.choice(clients, taking_part, replace=False)).tolist() for _ in range(rounds - 1)]
    run = train_rounds(parts, validation, [list(range(clients)), *later], rng)
    return replace(run, rounds=tuple(with_noise(round, rng) for round in run.rounds))


def with_noise(round: Round, rng: np.random.Generator) -> Round:
    """Replace the noisy client's update by noise of the same length."""
    updates = round.updates.copy()
    noise = rng.normal(size=updates.shape[1])
    updates[NOISY] = noise * np.linalg.norm(updates[NOISY]) / np.linalg.norm(noise)
    return replace(round, updates=updates)


def measure_batch(round: Round) -> dict[str, Any]:
    n = len(round.players)
    coalitions = coalitions_of(np.arange(2**n), n)
    game = RoundGame(round)
    together = seconds(lambda: game(coalitions), repeats=3)
    sample = coalitions[:: max(1, len(coalitions) // 512)]
    alone = seconds(lambda: [game(row[None]) for row in sample], repeats=2) / len(sample) * len(coalitions)
    return {
        "clients": n,
        "coalitions": len(coalitions),
        "all at once, s": together,
        "one by one, s": alone,
        "ratio": alone / together,
    }


def per_client(run: Run, method: str) -> dict[str, Any]:
    """Return what a method asks of the clients' own data."""
    offered = {
        "peer_losses": {
            name: lambda models, own=own: MODEL.losses(models, own.x, own.y)
            for name, own in zip(run.rounds[0].players, run.clients, strict=True)
        },
        "metrics": {
            name: lambda models, own=own: MODEL.accuracy(models, own.x, own.y)
            for name, own in zip(run.rounds[0].players, run.clients, strict=True)
        },
    }
    return {name: value for name, value in offered.items() if accepts(method, name)}


def measure_method(run: Run, method: str, truth: Floats) -> dict[str, Any]:
    correlations, refusal, evaluations, elapsed = [], None, None, None
    for rounds in (list(run.rounds), run.partial):
        start = time.perf_counter()
        try:
            parameters = PARAMETERS.get(method, {}) | per_client(run, method)
            result = value_rounds(rounds, method, rng=np.random.default_rng(0), **parameters)
        except AssumptionError as error:
            correlations.append(None)
            refusal = refusal or str(error)
            continue
        if evaluations is None:
            elapsed, evaluations = time.perf_counter() - start, result.evaluations
        correlations.append(rank_correlation(result.values, truth))
    return {
        "method": method,
        "seconds": elapsed,
        "evaluations": evaluations,
        "full": correlations[0],
        "partial": correlations[1],
        "refused": refusal and refusal.split(";")[0],
    }


def measure_coverage(run: Run, runs: int, budget: int) -> list[dict[str, Any]]:
    """Return how often the intervals of each method hold the exact values of the first round."""
    first = run.rounds[0]
    n = len(first.players)
    coalitions = coalitions_of(np.arange(2**n), n)
    table = RoundGame(first)(coalitions)
    # Measured once: the mean update of a coalition is not zero exactly where its members are.
    known = Round(
        first.players,
        np.eye(n, dtype=np.float32),
        np.zeros(n, dtype=np.float32),
        lambda models: -table[(models < 0) @ (1 << np.arange(n))],
        learning_rate=1.0,
    )
    shapley = exact(TableGame(table)).values
    singles = table[1 << np.arange(n)]
    pairs = table[(1 << np.arange(n))[:, None] | 1 << np.arange(n)]
    truths = {
        "banzhaf": exact(TableGame(table), weights=banzhaf_weights(n)).values,
        "cosine-shapley": value_rounds([first], "cosine-shapley").values,
        "sampled-leave-one-out": (pairs - singles).sum(axis=1) / (n - 1),
    }
    rows = []
    budgets = {name: {"budget": budget} for name in ESTIMATORS} | {"odd-gp": {"budget": 20 * n}}
    for method, parameters in (SAMPLED | budgets).items():
        truth = truths.get(method, shapley)
        rounds = [first if method == "cosine-shapley" else known]
        found = [
            value_rounds(rounds, method, rng=np.random.default_rng(seed), **parameters)
            for seed in range(runs)
        ]
        ends = np.array([each.interval() for each in found])
        covered = (ends[:, 0] <= truth) & (truth <= ends[:, 1])
        errors = np.array([each.values for each in found]) - truth
        stated = np.sqrt(np.mean([each.standard_errors**2 for each in found]))
        rows.append(
            {
                "method": method,
                "parameters": ", ".join(f"{name}={value:g}" for name, value in parameters.items()),
                "evaluations": round(float(np.mean([each.evaluations for each in found]))),
                "runs": runs,
                "coverage": float(covered.mean()),
                "stated error": float(stated),
                "true error": float(np.sqrt(np.mean(errors**2))),
            }
        )
    return rows


def rank_correlation(values: Floats, truth: Floats) -> float | None:
    """Return Spearman's correlation, or None where all values are equal."""
    return None if np.ptp(values) == 0 else float(spearmanr(values, truth).statistic)


def measure_all(run: Run, names: Sequence[str]) -> list[dict[str, Any]]:
    truth = fedsv(run.rounds).values
    return [measure_method(run, name, truth) for name in names]


def main() -> None:
    options = arguments(__doc__.splitlines()[0]).parse_args()
    run = federated_run(6, 3, 4) if options.quick else federated_run(12, 6, 6)
    with threadpool_limits(limits=1, user_api="blas"):
        batch = [measure_batch(run.rounds[0])]
        rows = measure_all(run, list(methods()))
        coverage = measure_coverage(run, 20, 50) if options.quick else measure_coverage(run, 500, 2000)
    emit({"batch": batch, "methods": rows, "coverage": coverage}, options.json)


if __name__ == "__main__":
    main()
