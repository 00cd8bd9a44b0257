"""One interpreter's part of benchmarks/shapley.py: what it measures, it prints as JSON, one line a cell.

Run by benchmarks/shapley.py in every Python that has libraries to compare.
"""

import argparse
import json
import time
import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import shapley_games
import shapley_peers

from valuation.coalitions import Coalitions
from valuation.game import Game, TableGame
from valuation.games import WeightedVotingGame
from valuation.shapley import design, estimate
from valuation.shapley.exact import exact
from valuation.shapley.methods import METHODS, find_method

SLOW = 2.0
"""Processor seconds a run at which a peer gets a quarter of the seeds; at ten times this it is left out."""

Values = npt.NDArray[np.float64]


class Counting:
    """A game that counts how many utilities it was asked for."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.n = self.n_players = game.n
        self.asked = 0

    def __call__(self, coalitions: Any) -> Values:
        rows: Coalitions = np.atleast_2d(np.asarray(coalitions)).astype(np.bool_)
        self.asked += len(rows)
        return self.game(rows)


class Free:
    """A game that costs nothing to ask, so that what is timed is the estimator."""

    def __init__(self, n: int) -> None:
        self.n = self.n_players = n

    def __call__(self, coalitions: Any) -> Values:
        return np.atleast_2d(coalitions)[:, 0].astype(np.float64)


def error(values: Values, truth: Values) -> float:
    return float(np.sum((values - truth) ** 2) / np.sum(truth**2))


def ours() -> dict[str, Callable[[Any, int, int], tuple[Values, Values | None]]]:
    """Return our estimators: values and, where there are any, standard errors."""

    def by(method: str) -> Callable[[Any, int, int], tuple[Values, Values | None]]:
        def run(game: Any, budget: int, seed: int) -> tuple[Values, Values | None]:
            found = estimate(game, budget=budget, rng=np.random.default_rng(seed), method=method)
            return found.values, found.standard_errors

        return run

    def fixed(game: Any, budget: int, seed: int) -> tuple[Values, Values | None]:
        drawn = design(game.n, budget, rng=np.random.default_rng(seed))
        return drawn.values(game(drawn.coalitions)), None

    def equal_split(game: Any, *_: int) -> tuple[Values, Values | None]:
        ends = game(np.array([[False] * game.n, [True] * game.n]))
        return np.full(game.n, (ends[1] - ends[0]) / game.n), None

    methods = [name for name, method in METHODS.items() if method.semivalue == "shapley"]
    return {name: by(name) for name in methods} | {"odd_gp fixed": fixed, "equal split": equal_split}


def theirs() -> dict[str, Callable[[Any, int, int], tuple[Values, Values | None]]]:
    def without_errors(estimator: shapley_peers.Estimator) -> Any:
        return lambda game, budget, seed: (estimator(game, budget, seed), None)

    return {name: without_errors(estimator) for name, estimator in shapley_peers.estimators().items()}


def accuracy(estimators: dict[str, Any], name: str, multiples: list[int], seeds: int, fewest: int) -> None:
    """Print the errors of every estimator on a game, at budgets of multiples of n; slow ones of few seeds."""
    game, truth = {**shapley_games.GAMES, **shapley_games.QUICK}[name]()
    for method, estimator in estimators.items():
        for multiple in multiples:
            budget = multiple * game.n
            if method in METHODS and find_method(method).minimum(game.n) > budget:
                continue
            cell = _cell(estimator, game, truth, budget, seeds, fewest)
            row = {"game": name, "n": game.n, "multiple": multiple, "budget": budget, "method": method}
            print(json.dumps(row | cell), flush=True)
            if "failed" in cell:
                break  # larger budgets would only take longer


def _cell(estimator: Any, game: Game, truth: Values, budget: int, seeds: int, fewest: int) -> dict[str, Any]:
    errors, covered, asked, took = [], [], [], []
    for seed in range(seeds):
        counting = Counting(game)
        start = time.process_time()
        try:
            values, standard_errors = estimator(counting, budget, seed)
        except Exception as failure:  # a peer that cannot do a cell is reported, not a reason to stop
            return {"failed": f"{type(failure).__name__}: {failure}"[:200]}
        took.append(time.process_time() - start)
        errors.append(error(values, truth))
        asked.append(counting.asked)
        if standard_errors is not None and np.isfinite(standard_errors).all():
            covered.append(float(np.mean(np.abs(values - truth) <= 1.96 * standard_errors)))
        # The least, since some compile at their first run.
        if min(took) > 10 * SLOW and len(took) > 1:
            return {"failed": f"a run takes {min(took):.0f} s"}
        if min(took) > SLOW and len(errors) >= fewest:
            break
    return {
        "errors": errors,
        "covered": float(np.mean(covered)) if covered else None,
        "asked": int(np.mean(asked)),
        "seconds": float(np.median(took)),
    }


def overhead(estimators: dict[str, Any], sizes: list[int], multiple: int) -> None:
    """Print the time a coalition of a game that costs nothing."""
    for n in sizes:
        for method, estimator in estimators.items():
            if method == "equal split":
                continue
            budget, game = multiple * n, Free(n)
            times = []
            for seed in range(3):
                start = time.perf_counter()
                try:
                    estimator(game, budget, seed)
                except Exception:  # it failed at accuracy as well, which says why
                    break
                times.append(time.perf_counter() - start)
                if times[-1] > 10 * SLOW:
                    break
            if times:
                row = {"n": n, "budget": budget, "method": method}
                print(json.dumps(row | {"microseconds": min(times) / budget * 1e6}), flush=True)


def exact_times(sizes: list[int], streamed: list[int], peers: bool) -> None:
    """Print what exact values take: ours and reading the table, or the peers'."""
    if peers:
        # One compiles at its first call.
        for action in _exact_peers(TableGame(np.arange(16.0))).values():
            action()
    for n in sizes:
        table = np.random.default_rng(n).random(2**n)
        game = TableGame(table)
        contenders: dict[str, Callable[[], Any]] = {}
        if not peers:
            contenders = {"table.sum()": table.sum, "weighhouse exact": lambda game=game: exact(game).values}
        else:
            contenders = _exact_peers(game)
        for method, action in contenders.items():
            row = {"n": n, "method": method} | _timed(action, 2 if peers else 9)
            print(json.dumps(row | _difference(action, game, peers)), flush=True)
    for n in streamed:
        voting = WeightedVotingGame(np.arange(1, n + 1), quota=n * (n + 1) // 4 + 1)
        row = {"n": n, "method": "weighhouse exact, no table"} | _timed(lambda game=voting: exact(game), 2)
        print(json.dumps(row), flush=True)


def _difference(action: Callable[[], Any], game: TableGame, peers: bool) -> dict[str, float]:
    """Return how far a peer's values are from ours, in the game's unit."""
    if not peers or game.n > 16:
        return {}
    found = action()
    values = (
        np.array([found[(i,)] for i in range(game.n)]) if hasattr(found, "interactions") else found.values
    )
    return {"difference": float(np.abs(np.asarray(values).ravel() - exact(game).values).max())}


def _timed(action: Callable[[], Any], repeats: int) -> dict[str, float]:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
        if times[-1] > SLOW:
            break
    tracemalloc.start()
    if times[-1] <= SLOW:
        action()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {"seconds": min(times), "megabytes": peak / 1e6 if times[-1] <= SLOW else None}


def _exact_peers(game: TableGame) -> dict[str, Callable[[], Any]]:
    contenders: dict[str, Callable[[], Any]] = {}
    if "shapiq" in shapley_peers.versions():
        from shapiq.game_theory.exact import ExactComputer

        contenders["shapiq ExactComputer"] = lambda: ExactComputer(game, n_players=game.n)("SV", 1)
    if "shap" in shapley_peers.versions():
        import shap

        def explain() -> Any:
            masker = shap.maskers.Independent(np.zeros((1, game.n)))
            explainer = shap.explainers.ExactExplainer(lambda rows: game(np.asarray(rows) > 0.5), masker)
            return explainer(np.ones((1, game.n)), max_evals=2**game.n)

        contenders["shap ExactExplainer"] = explain
    return contenders


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=["versions", "accuracy", "overhead", "exact"])
    parser.add_argument("--peers", action="store_true", help="measure the peers, not us")
    parser.add_argument("--game")
    parser.add_argument("--share", default="0/1", help="a part of the estimators: 2/4 is the third of four")
    parser.add_argument("--multiples", type=int, nargs="+", default=[10])
    parser.add_argument("--sizes", type=int, nargs="+", default=[16])
    parser.add_argument("--streamed", type=int, nargs="*", default=[])
    parser.add_argument("--seeds", type=int, default=2)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.task == "versions":
        print(json.dumps(shapley_peers.versions()))
    elif given.task == "exact":
        exact_times(given.sizes, given.streamed, given.peers)
    else:
        part, parts = map(int, given.share.split("/"))
        estimators = dict(list((theirs() if given.peers else ours()).items())[part::parts])
        if given.task == "accuracy":
            fewest = max(given.seeds // 4, 1) if given.peers else given.seeds
            accuracy(estimators, given.game, given.multiples, given.seeds, fewest)
        else:
            overhead(estimators, given.sizes, given.multiples[0])


if __name__ == "__main__":
    main()
