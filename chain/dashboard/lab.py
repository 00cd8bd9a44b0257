"""The valuation lab: one round's updates under several methods."""

from __future__ import annotations

import numpy as np

from chain.dashboard.rows import Page
from chain.roles.gathering import Gathered
from valuation.federated.compare import compare

LAB_METHODS = ("shapley-exact", "leave-one-out", "loss-delta", "gtg-shapley", "fedsv")
LAB_MOST_PEERS = 12


def side_by_side(gathered: Gathered, players: tuple[str, ...]) -> tuple[list[Page], dict[str, str]]:
    """A column for each method: its cost, its agreement with the first, values with intervals, and shares.
    And why other methods could not value the round.

    What is drawn at random follows from the round's seed: everybody sees the same page.
    """
    x, y = gathered.ground.problem.evaluation(gathered.seed)
    model = gathered.ground.model
    found = compare(
        gathered.matrix(players),
        gathered.ground.base,
        lambda models: model.losses(models, x, y),
        LAB_METHODS,
        learning_rate=gathered.ground.mechanism.aggregation.learning_rate,
        players=players,
        rng=np.random.default_rng(int.from_bytes(gathered.seed[:8], "big")),
    )
    columns: list[Page] = []
    for place, each in enumerate(found.valuations):
        low, high = each.interval()
        columns.append(
            {
                "method": each.method,
                "evaluations": each.evaluations,
                "correlation": f"{found.rank_correlation[0, place]:.3f}",
                "cells": [
                    f"{value:+.4f} [{a:+.4f}, {b:+.4f}]" if np.isfinite(a) and a < b else f"{value:+.4f}"
                    for value, a, b in zip(each.values.tolist(), low.tolist(), high.tolist(), strict=True)
                ],
                "shares": [f"{100 * share:.1f} %" for share in found.shares[place].tolist()],
            }
        )
    return columns, dict(found.refused)
