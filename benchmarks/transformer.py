"""A character-level transformer, trained by eight peers alone and with three saboteurs among eleven.

The text is Python's own help, from the standard library. The mechanism is the default one: exact Shapley
values, norms held to the round's, and proof of computation. What counts is the validation loss at the end; at
most 3 % above that of the same eight peers alone is the aim. `--attacks` also plays every attack of the bench
on it, with four honest peers and three rounds (half an hour a core); `weighhouse bench attacks --mechanism
transformer` plays them in the bench's full size.
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from report import aligned, arguments, emit

from valuation.attacks.catalogue import SABOTAGE
from valuation.attacks.game import Outcome, Setting, play, rejected
from valuation.attacks.mechanisms import transformer_mechanism
from valuation.attacks.tables import Size, attack_rows, named
from valuation.problem import problem_of

Rows = list[dict[str, Any]]
SMALL = Size(honest=4, rounds=3, remembering=3, seeds=1, identities=2)


def row(name: str, outcome: Outcome, alone: Outcome) -> dict[str, Any]:
    loss = outcome.losses[-1]
    honest = [reason for who, reason in outcome.refused if who not in outcome.attackers[0]]
    return {
        "peers": name,
        "first loss": outcome.losses[0],
        "last loss": loss,
        "above alone": loss / alone.losses[-1] - 1,
        "attackers' part of the pay": outcome.attackers_pay()
        / max(1, outcome.attackers_pay() + outcome.honest_pay()),
        "refused": ", ".join(f"{count} {reason}" for reason, count in rejected(outcome).items()) or None,
        "honest refused": len(honest),
    }


def page(tables: dict[str, Rows]) -> str:
    """Return the tables as the page of the documentation."""
    command = "python benchmarks/transformer.py --seeds 4 --attacks --out docs/transformer.md"
    parts = [f"# A transformer among saboteurs\n\n{__doc__}\nWritten by `{command}`.\n"]
    for rows in tables.values():
        body = "\n".join(aligned(rows))
        parts.append(f"```\n{body}\n```\n")
    return "\n".join(parts)


def played(task: tuple[int, int, int]) -> Rows:
    """Return the two rows of a seed: the seed, the honest peers and the rounds are given."""
    seed, honest, rounds = task
    torch.set_num_threads(1)
    setting = Setting(problem_of(transformer_mechanism()), honest=honest, rounds=rounds)
    alone = play(setting, None, seed)
    attacked = play(setting, SABOTAGE, seed)
    return [
        {"seed": seed, **row(f"{honest} alone", alone, alone)},
        {"seed": seed, **row(f"{honest} and 3 saboteurs", attacked, alone)},
    ]


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=1, help="runs")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--attacks", action="store_true", help="play every attack on it as well")
    parser.add_argument("--out", type=Path, help="write the table there, as a page")
    options = parser.parse_args()
    honest, rounds = (3, 2) if options.quick else (8, 8)
    tasks = [(seed, honest, rounds) for seed in range(options.seeds)]
    with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
        rows = [row for both in pool.map(played, tasks) for row in both]
    tables = {"transformer": rows}
    if options.attacks:
        size = replace(SMALL, seeds=options.seeds)
        tables["attacks"] = attack_rows(named(["transformer"]), size, options.jobs)
    if options.out:
        options.out.write_text(page(tables))
    emit(tables, options.json)


if __name__ == "__main__":
    main()
