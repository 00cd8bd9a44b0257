"""A round's coalitions in one batch, and every federated method on the same real run.

Twelve clients train softmax regression on the digits: a pair with the same data, two whose labels are partly
wrong, one who sends noise. First, all 2^12 coalitions of a round are measured at once and, for comparison,
one by one. BLAS is kept to one thread, because more of them mostly wait for each other on a busy machine.
Then every method values the run: with everybody in every round, and with half of them in every round
but the first. The rank correlation is with the Shapley values of full participation.
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
from valuation.models.dataset import Dataset

Floats = npt.NDArray[np.float64]

COPY, MISLABELLED, NOISY = 1, (2, 3), 4

PARAMETERS: dict[str, dict[str, Any]] = {
    "time-aware-cumulation": {"transform": "cover"},
    "time-aware-valuation": {"transform": "cover"},
}


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
    emit({"batch": batch, "methods": rows}, options.json)


if __name__ == "__main__":
    main()
