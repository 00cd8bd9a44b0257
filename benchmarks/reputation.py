"""MeritRank: how fast it ranks, what Sybils gain under it, and what epoch decay does to that.

The MakerDAO part attacks a graph made of the weekly SourceCred scores of that project's 1,582 contributors.
The data hold scores, not who gave them, so each week everybody is taken to vouch for everybody else in
proportion to their scores; seed and attack are those of the paper: a seed that follows each week's ten
best, an attacker among the contributors who from week 20 to 50 feeds 50 Sybils with edges of weight 20.
"""

import csv
import itertools
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from report import arguments, emit, seconds

from valuation.reputation.epochs import EpochDecayWarning, fade
from valuation.reputation.graph import Graph, feedback_graph
from valuation.reputation.meritrank import meritrank, sybil_gain
from valuation.reputation.walks import reputation, rewalk, walk

DATA = Path(__file__).parents[2] / "shared/data/makerdao_sourcecred_weekly.csv"
ATTACK_FROM, ATTACK_UNTIL, SYBILS, EDGE = 20, 51, 50, 20.0
Rows = list[dict[str, Any]]


def speed(nodes: int, edges: int) -> Rows:
    rng = np.random.default_rng(0)
    sources, weights = rng.integers(0, nodes, edges), rng.uniform(0.1, 5.0, edges)
    # Feedback is skewed: the popular are few.
    targets = (nodes * rng.random(edges) ** 3).astype(np.int64)
    graph = feedback_graph(nodes, sources, targets, weights)
    walks = walk(graph, 0, count=10_000, rng=rng)
    changed = rng.integers(0, nodes, 100)
    steps = {
        "build the graph": lambda: feedback_graph(nodes, sources, targets, weights),
        "walk 10,000 times": lambda: walk(graph, 0, count=10_000, rng=rng),
        "rank all nodes": lambda: reputation(walks, nodes),
        "rank with connectivity decay": lambda: reputation(walks, nodes, connectivity_decay=0.5),
        "walk again after 100 nodes changed": lambda: rewalk(walks, graph, changed, rng),
    }
    rows: Rows = [
        {"step": name, "nodes": nodes, "edges": edges, "seconds": seconds(step, repeats=3)}
        for name, step in steps.items()
    ]
    total = sum(row["seconds"] for row in rows[:4])
    return [*rows, {"step": "full ranking, from edges", "nodes": nodes, "edges": edges, "seconds": total}]


def attack_edges(kind: str, attacker: int, first: int, sybils: int) -> list[tuple[int, int]]:
    """Return the edges of the paper's three attacks."""
    members = [attacker, *range(first, first + sybils)]
    if kind == "parallel":
        return [edge for sybil in members[1:] for edge in ((attacker, sybil), (sybil, attacker))]
    path = list(itertools.pairwise(members))
    return path if kind == "path" else [*path, (members[-1], attacker)]


def bounds(sizes: Sequence[int]) -> Rows:
    """Return measured gains of an attacker whom two honest peers vouch for, and the closed form of a path."""
    rows: Rows = []
    honest = [(0, 1), (0, 2), (1, 3), (2, 3)]
    for kind in ("path", "cycle", "parallel"):
        for decay in (0.2, 0.4, 0.6, 0.8):
            for sybils in sizes:
                sources, targets = zip(*honest, *attack_edges(kind, 3, 4, sybils), strict=True)
                graph = feedback_graph(4 + sybils, sources, targets, np.ones(len(sources)))
                ranked = meritrank(graph, 0, transitivity_decay=decay)
                row = {"attack": kind, "decay": decay, "sybils": sybils}
                row["gain"] = sybil_gain(ranked, 3, np.arange(4, 4 + sybils))
                closed = sum((1 - decay) ** step for step in range(1, sybils + 1))
                row["closed form"] = closed if kind == "path" else None
                row["bound"] = (1 - decay) / decay
                rows.append(row)
    return rows


def load(path: Path) -> np.ndarray:
    """Return the cred, float64 (weeks, participants), of the first 51 weeks."""
    with path.open(newline="") as file:
        entries = [
            (int(row["week"]), int(row["participant"]), float(row["cred"])) for row in csv.DictReader(file)
        ]
    cred = np.zeros((ATTACK_UNTIL, 1 + max(participant for _, participant, _ in entries)))
    for week, participant, amount in entries:
        if week < ATTACK_UNTIL:
            cred[week, participant] = amount
    return cred[:, cred.any(axis=0)]


def weekly_graphs(cred: np.ndarray, kind: str) -> tuple[list[Graph], int]:
    """Return each week's feedback with the attack in it, and the attacker: the median of those who led."""
    weeks, people = cred.shape
    led = np.unique(np.argsort(-cred[:ATTACK_FROM], axis=1, kind="stable")[:, :10])
    attacker = int(led[np.argsort(cred[:ATTACK_FROM, led].sum(axis=0), kind="stable")[len(led) // 2]])
    edges = attack_edges(kind, attacker + 1, people + 1, SYBILS)
    graphs = []
    for week in range(weeks):
        active = np.flatnonzero(cred[week])
        top = active[np.argsort(-cred[week, active], kind="stable")[:10]]
        giver, taker = (side.ravel() for side in np.meshgrid(active, active))
        other = giver != taker
        giver, taker = giver[other], taker[other]
        sources = [np.zeros(len(top), dtype=np.int64), giver + 1]
        targets = [top + 1, taker + 1]
        weights = [cred[week, top], cred[week, giver] * cred[week, taker] / cred[week].sum()]
        if week >= ATTACK_FROM:
            sources.append(np.array([source for source, _ in edges]))
            targets.append(np.array([target for _, target in edges]))
            weights.append(np.full(len(edges), EDGE))
        parts = (np.concatenate(part) for part in (sources, targets, weights))
        graphs.append(feedback_graph(1 + people + SYBILS, *parts))
    return graphs, attacker + 1


def makerdao(cred: np.ndarray, epoch_decays: Sequence[float]) -> Rows:
    rows: Rows = []
    for kind in ("path", "cycle", "parallel"):
        graphs, attacker = weekly_graphs(cred, kind)
        sybils = np.arange(graphs[0].shape[0] - SYBILS, graphs[0].shape[0])
        for epoch_decay in epoch_decays:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", EpochDecayWarning)
                graph = fade(graphs, epoch_decay)
            for connectivity in (0.0, 0.99):
                for decay in (0.2, 0.4, 0.6, 0.8):
                    ranked = meritrank(graph, 0, transitivity_decay=decay, connectivity_decay=connectivity)
                    rows.append(
                        {
                            "attack": kind,
                            "transitivity decay": decay,
                            "connectivity decay": connectivity,
                            "epoch decay": epoch_decay,
                            "gain": sybil_gain(ranked, attacker, sybils),
                            "attacker's reputation": float(ranked[attacker]),
                        }
                    )
    return rows


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="the weekly SourceCred scores")
    options = parser.parse_args()
    quick = options.quick
    tables = {
        "speed": speed(2_000, 20_000) if quick else speed(100_000, 1_000_000),
        "bounds": bounds((1, 5) if quick else (1, 5, 50)),
        "makerdao": [],
    }
    if quick:
        # Invented scores of 40 people: the quick run shows that everything runs, and needs no file.
        cred = np.random.default_rng(0).pareto(1.5, size=(ATTACK_UNTIL, 40)) * 10
        tables["makerdao"] = makerdao(cred, (0.0, 0.1))
    elif options.data.exists():
        tables["makerdao"] = makerdao(load(options.data), (0.0, 0.02, 0.1, 0.5))
    emit(tables, options.json)


if __name__ == "__main__":
    main()
