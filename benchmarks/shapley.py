"""Shapley estimators: how far off they are for a budget, against other libraries, and what they cost to run.

The error is |estimate - values|^2 / |values|^2, the mean over seeds; budgets count every utility asked for,
nobody and everybody included. Every Python given by --python is run with its libraries as peers (shapiq,
shap, pyDVL); this one too, if it has any. Their pins clash, so that each has an environment of its own:

    tools/environment .venv-bench bench                               # Python 3.11: shapiq 1.4.1, shap
    tools/environment .venv-bench-pydvl bench-pydvl                   # pyDVL 0.10
    PYTHON=python3.12 tools/environment .venv-bench-newest bench      # the newest shapiq needs Python 3.12
    .venv-bench/bin/python benchmarks/shapley.py --python .venv-bench-pydvl/bin/python \\
        --python .venv-bench-newest/bin/python

The full run takes about an hour on two cores, and writes docs/benchmarks/shapley.md with its plots and
docs/benchmarks/shapley-speed.md. Times want a quiet machine: `--only speed` measures them by themselves.
`--quick` takes seconds, and writes only where --out says.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import shapley_games
from report import arguments, emit
from shapley_report import acceptance, cells, coverage, methods_table, write_accuracy, write_speed

HERE = Path(__file__).parent
SHARES = 4
"""Processes among which the peers of one interpreter are shared out for one game."""

Rows = list[dict[str, Any]]
Job = tuple[object, ...]
Peers = dict[str, dict[str, str]]
"""The versions of an interpreter's libraries, by its path."""


def worker(python: str, *options: object) -> Rows:
    """Run the worker in an interpreter, on one thread, and return what it printed."""
    environment = os.environ | {"PYTHONPATH": str(HERE.parent)}
    environment |= dict.fromkeys(["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"], "1")
    command = [python, str(HERE / "shapley_worker.py"), *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def accuracy_jobs(peers: Peers, games: Iterable[str], multiples: list[int], seeds: int) -> list[Job]:
    """Return what is to be run: an interpreter and the worker's options, for every game's estimators."""
    jobs: list[Job] = []
    # The long ones first, so that no process is left alone with one at the end.
    for game in sorted(games, key=players_in, reverse=True):
        common = ["accuracy", "--game", game, "--seeds", seeds, "--multiples", *multiples]
        jobs.append((sys.executable, *common))
        for python in peers:
            jobs += [(python, *common, "--peers", "--share", f"{part}/{SHARES}") for part in range(SHARES)]
    return jobs


def measure_accuracy(jobs: list[Job], peers: Peers, at_once: int, kept: Path | None) -> Rows:
    """Run the jobs; what stands in the file of kept rows is not measured again.

    Rows are kept by the versions of the peers, so that a run can be shared out between machines.
    """
    done = recall(kept)
    lock = Lock()

    def measure(job: Job) -> Rows:
        versions = peers[str(job[0])] if "--peers" in job else {}
        name = json.dumps([versions, *map(str, job[1:])], sort_keys=True)
        if name not in done:
            rows = worker(str(job[0]), *job[1:])
            with lock:
                done[name] = rows
                if kept is not None:
                    with kept.open("a", encoding="utf-8") as file:
                        file.write(json.dumps([name, rows]) + "\n")
        return done[name]

    with ThreadPoolExecutor(at_once) as pool:
        return [row for rows in pool.map(measure, jobs) for row in rows]


def recall(kept: Path | None) -> dict[str, Rows]:
    if kept is None or not kept.exists():
        return {}
    return dict(json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines())


def players_in(game: str) -> int:
    return int("".join(filter(str.isdigit, game.split("_")[0])))


def measure_exact(pythons: list[str], ours: list[int], streamed: list[int], theirs: list[int]) -> Rows:
    rows = worker(sys.executable, "exact", "--sizes", *ours, "--streamed", *streamed)
    for python in pythons:
        rows += worker(python, "exact", "--peers", "--sizes", *theirs)
    by_size = {(row["n"], row["method"]): row["seconds"] for row in rows}
    return [
        {
            "n": row["n"],
            "method": row["method"],
            "seconds": row["seconds"],
            "over table.sum()": _ratio(row["seconds"], by_size.get((row["n"], "table.sum()"))),
            "over ours": _ratio(row["seconds"], by_size.get((row["n"], "weighhouse exact"))),
            "megabytes beside the table": row["megabytes"],
            "largest difference from ours": row.get("difference"),
        }
        for row in sorted(rows, key=lambda row: row["n"])
    ]


def _ratio(seconds: float, other: float | None) -> float | None:
    return seconds / other if other else None


def measure_overhead(pythons: list[str], sizes: list[int], multiple: int) -> Rows:
    common = ["overhead", "--sizes", *sizes, "--multiples", multiple]
    rows = worker(sys.executable, *common)
    for python in pythons:
        rows += worker(python, *common, "--peers")
    return rows


def command_line() -> argparse.Namespace:
    parser = arguments(__doc__.partition("\n")[0])
    parser.add_argument(
        "--python", action="append", default=[], help="another Python whose libraries are peers"
    )
    parser.add_argument("--out", type=Path, help="where the pages go; docs/benchmarks in a full run")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--at-once", type=int, default=2, help="how many processes measure accuracy at once")
    parser.add_argument("--games", nargs="+", choices=list(shapley_games.GAMES))
    parser.add_argument("--keep", type=Path, help="a file of rows, from which a run that was stopped goes on")
    parser.add_argument("--only", choices=["accuracy", "speed"], help="one of the two pages")
    return parser.parse_args()


def accuracy_tables(given: argparse.Namespace, peers: Peers) -> tuple[dict[str, Rows], Rows]:
    games, multiples = given.games or list(shapley_games.GAMES), [5, 10, 20, 40]
    if given.quick:
        games, multiples = list(shapley_games.QUICK), [5, 10]
    seeds = 2 if given.quick else given.seeds
    jobs = accuracy_jobs(peers, games, multiples, seeds)
    raw = measure_accuracy(jobs, peers, given.at_once, given.keep)
    measured = [row for row in raw if "errors" in row]
    tables = {
        "accuracy": cells(measured),
        "methods": methods_table(measured),
        "coverage": coverage(measured),
        "acceptance": acceptance(measured),
        "left out": [row for row in raw if "failed" in row],
    }
    return tables, measured


def speed_tables(quick: bool, pythons: list[str]) -> dict[str, Rows]:
    if quick:
        return {
            "overhead": measure_overhead(pythons, [16], 10),
            "exact": measure_exact(pythons, [12], [12], [12]),
        }
    return {
        "overhead": measure_overhead(pythons, [16, 100], 50),
        "exact": measure_exact(pythons, [12, 16, 20, 24, 28], [20, 24, 26], [12, 16, 20]),
    }


def main() -> None:
    given = command_line()
    found = {
        python: worker(python, "versions")[0] for python in dict.fromkeys([sys.executable, *given.python])
    }
    peers = {python: versions for python, versions in found.items() if versions}
    libraries = [
        {"library": name, "version": version} for each in found.values() for name, version in each.items()
    ]
    tables: dict[str, Rows] = {
        "peers": libraries or [{"library": "none installed: peers are skipped", "version": None}]
    }
    out = given.out or (None if given.quick else HERE.parent / "docs" / "benchmarks")
    if given.only != "speed":
        accuracy, measured = accuracy_tables(given, peers)
        tables |= accuracy
        if out is not None:
            left_out = [name for name in shapley_games.GAMES if name not in {row["game"] for row in measured}]
            write_accuracy(out, tables, measured, given.seeds, left_out)
    if given.only != "accuracy":
        tables |= speed_tables(given.quick, list(peers))
        if out is not None:
            write_speed(out, tables)
    emit(tables, given.json)


if __name__ == "__main__":
    main()
