"""The door to all estimators: a game and a budget in, values with error bars out.

The source of each method stands with it in `valuation.shapley.methods`; docs/valuation.md compares them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt

from valuation.draws import random_seed
from valuation.errors import InputError
from valuation.game import Game, player_count
from valuation.result import Label, Valuation
from valuation.shapley.exact import exact
from valuation.shapley.methods import find_method
from valuation.shapley.record import Record, record_of
from valuation.shapley.run import Options, Run
from valuation.stopping import StoppingRule


def estimate(
    game: Game,
    *,
    budget: int,
    rng: np.random.Generator | None = None,
    method: str = "auto",
    players: Sequence[Label] | None = None,
    stop: StoppingRule | None = None,
    continue_from: Valuation | None = None,
    noisy: bool = False,
    max_pairs: int = 2000,
    truncation: float = 0.01,
    batch_size: int = 8192,
) -> Valuation:
    """Estimate the Shapley value of every player from at most `budget` utilities.

    The budget counts everything that is asked of the game, the empty and the full coalition included. What is
    asked for, and so the result, depends on the seed, never on the batch size.

    Players are sorted by their labels before anything is drawn: with the same labels on the same players, a
        game
    whose columns come in another order gives the same values, bit for bit.

    Args:
        game: the game.
        budget: how many utilities may be asked for, all in all when a run is continued.
        rng: where the seed is drawn from; needed unless a run is continued.
        method: "auto" is exact if 2^n utilities fit the budget, else "odd_gp", the most accurate at every
            budget that was measured. For the others see `valuation.shapley.methods`; "banzhaf" estimates
            Banzhaf values.
        players: the players' labels; 0 to n - 1 by default.
        stop: a rule that may end the run before the budget is spent (see `valuation.stopping`).
        continue_from: a valuation, perhaps loaded from a file, whose run goes on. What it measured is not
            measured again; seed, method, labels and settings are its own, and the result is that of one
            uninterrupted run.
        noisy: utilities are measurements that vary. "odd_gp" then spends about n + 4 pairs of evaluations on
            repeats to learn the noise, taken to be equal for all coalitions, and accounts for it; "auto" is
            never exact. The errors of all other methods contain the noise anyway. A game not declared noisy
            must answer the same coalition alike.
        max_pairs: "odd_gp" conditions on this many pairs at most, in O(max_pairs^3) work; later pairs correct
            it.
        truncation: "truncated_permutation" leaves an order within this part of the total.
        batch_size: the most coalitions in one call of the game.

    Raises:
        InputError: the budget is below the method's minimum, an argument makes no sense, or the saved run is
            one of another game or method.
        GameError: the game answered badly, or a game not declared noisy answered a coalition in two ways.

    >>> from valuation.games import AirportGame
    >>> game = AirportGame(np.sqrt(np.arange(1.0, 21.0)))
    >>> result = estimate(game, budget=400, rng=np.random.default_rng(7))
    >>> result.evaluations, bool(np.abs(result.values - game.shapley()).max() < 0.05)
    (400, True)
    """
    n = player_count(game)
    if continue_from is None:
        plan, past = _new_plan(n, rng, method, players, Options(noisy, max_pairs, truncation)), None
    else:
        plan, past = _saved_plan(n, rng, method, players, continue_from), record_of(continue_from.state, n)
    if n == 1 or (plan.method == "auto" and not noisy and 1 << n <= budget):
        return _exactly(game, budget, plan.players)
    reason = ""
    if plan.method == "auto":
        why = "the utilities are noisy" if noisy else f"2**{n} utilities do not fit the budget of {budget}"
        plan, reason = replace(plan, method=_BEST), f"auto: {why}, and {_BEST} needs the fewest"
    least = find_method(plan.method).minimum(n)
    if budget < least:
        raise InputError(f"{plan.method} needs a budget of at least {least} for {n} players, not {budget}")
    return _spend(game, budget, plan, reason, stop, batch_size, past)


_BEST = "odd_gp"


@dataclass(frozen=True)
class _Plan:
    """What a run is a function of, beside the game and the budget."""

    method: str
    players: tuple[Label, ...]
    seed: int
    options: Options

    def order(self) -> npt.NDArray[np.intp] | None:
        """Return the players by their labels, numbers before names, or None if they are in order."""
        labels = self.players
        order = sorted(
            range(len(labels)), key=lambda player: (isinstance(labels[player], str), labels[player])
        )
        return None if order == list(range(len(labels))) else np.array(order)


def _new_plan(
    n: int, rng: np.random.Generator | None, method: str, players: Sequence[Label] | None, options: Options
) -> _Plan:
    if rng is None:
        raise InputError("an estimate needs a generator, rng")
    if options.max_pairs < 1:
        raise InputError(f"max_pairs must be at least 1, not {options.max_pairs}")
    if not 0 <= options.truncation < 1:
        raise InputError(f"the truncation must lie in [0, 1), not {options.truncation}")
    labels = tuple(range(n)) if players is None else tuple(players)
    if len(labels) != n:
        raise InputError(f"{n} players need {n} labels, not {len(labels)}")
    return _Plan(method, labels, random_seed(rng), options)


def _saved_plan(
    n: int, rng: np.random.Generator | None, method: str, players: Sequence[Label] | None, saved: Valuation
) -> _Plan:
    if rng is not None:
        raise InputError("a run is continued with its own seed, without rng")
    if "plan" not in saved.state or saved.seed is None:
        raise InputError("this valuation holds no run that could be continued")
    settings = json.loads(str(saved.state["plan"]))
    if len(saved.players) != n or (players is not None and tuple(players) != saved.players):
        raise InputError("the saved run is one of other players")
    if method not in ("auto", settings["method"]):
        raise InputError(f"the saved run is one of {settings['method']}, not {method}")
    return _Plan(settings["method"], saved.players, saved.seed, Options(**settings["options"]))


def _exactly(game: Game, budget: int, players: tuple[Label, ...]) -> Valuation:
    if budget < 1 << len(players):
        raise InputError(f"the value of one player needs a budget of at least 2, not {budget}")
    reason = f"all {1 << len(players)} utilities fit the budget of {budget}"
    return replace(exact(game, players=players), reason=reason)


def _spend(
    game: Game,
    budget: int,
    plan: _Plan,
    reason: str,
    stop: StoppingRule | None,
    batch_size: int,
    past: Record | None,
) -> Valuation:
    method, order = find_method(plan.method), plan.order()
    run = Run(
        game,
        budget=budget,
        seed=plan.seed,
        options=plan.options,
        order=order,
        stop=stop,
        batch_size=batch_size,
        past=past,
    )
    estimate = method.estimate(run)
    if run.continuing:
        raise InputError("the saved run is not one of this game and method: it measured other coalitions")
    record = run.record()
    if not plan.options.noisy:
        record.require_deterministic()
    columns = slice(None) if order is None else np.argsort(order)
    settings = {"method": plan.method, "options": asdict(plan.options)}
    return Valuation(
        players=plan.players,
        values=estimate.values[columns],
        standard_errors=estimate.standard_errors[columns],
        total=run.total,
        evaluations=len(record.utilities),
        unique_evaluations=record.unique(),
        method=f"{plan.method} {method.semivalue}",
        reason="; ".join(filter(None, [reason, f"stopped at {stop}" if run.stopped else ""])),
        efficiency_gap=estimate.gap,
        noise=record.noise() if plan.options.noisy else 0.0,
        seed=plan.seed,
        assumptions=estimate.assumptions,
        state={
            "coalitions": record.packed,
            "utilities": record.utilities,
            "plan": np.array(json.dumps(settings)),
        },
    )
