"""Two clients with the same data: how differently are they paid when few take part in each round?

The experiment of ComFedSV (Fan et al., 2109.09046): ten clients, three of whom are selected in each of ten
rounds, everybody in the first; the last client's data is a copy of the first's. d is the difference of the
two values relative to the larger. FedSV pays for luck in being selected; ComFedSV completes what was not
seen. The correlation is with the Shapley values of everybody taking part in every round, which are computed
too. Rank and penalty are chosen on held-out coalitions, as by default; the fixed rank 3 shows what the choice
is worth.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from report import arguments, emit
from threadpoolctl import threadpool_limits
from training_runs import Run, identical, shards, split, train_rounds

from valuation.federated.comfedsv import comfedsv
from valuation.federated.fedsv import fedsv
from valuation.result import Valuation

CLIENTS, SELECTED = 10, 3
FIRST, COPY = 0, CLIENTS - 1

METHODS: dict[str, Callable[[Run], Valuation]] = {
    "FedSV": lambda run: fedsv(run.partial),
    "ComFedSV": lambda run: comfedsv(run.partial, rng=np.random.default_rng(0)),
    "ComFedSV, rank 3": lambda run: comfedsv(run.partial, rank=3, penalty=0.01),
}


def run_of(seed: int, non_iid: bool, rounds: int) -> Run:
    train, validation, rng = split(seed)
    clients = shards(train, CLIENTS, rng) if non_iid else identical(train, CLIENTS)
    clients[COPY] = clients[FIRST]
    later = [np.sort(rng.choice(CLIENTS, SELECTED, replace=False)).tolist() for _ in range(rounds - 1)]
    return train_rounds(clients, validation, [list(range(CLIENTS)), *later], rng)


def difference(values: npt.NDArray[np.float64]) -> float:
    """Return d of the two clients with the same data."""
    one, other = values[FIRST], values[COPY]
    return float(abs(one - other) / max(abs(one), abs(other)))


def measure(split_name: str, non_iid: bool, seeds: Sequence[int], rounds: int) -> list[dict[str, Any]]:
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in METHODS}
    reasons: Counter[str] = Counter()
    for seed in seeds:
        run = run_of(seed, non_iid, rounds)
        truth = fedsv(run.rounds).values
        for name, method in METHODS.items():
            result = method(run)
            correlation = float(np.corrcoef(result.values, truth)[0, 1])
            found[name].append((difference(result.values), correlation))
            if name == "ComFedSV":
                reasons[result.reason.split(" and ")[0]] += 1
    chosen = ", ".join(f"{reason} {count} times" for reason, count in sorted(reasons.items()))
    return [
        row(split_name, name, np.array(pairs), chosen if name == "ComFedSV" else None)
        for name, pairs in found.items()
    ]


def row(split_name: str, name: str, pairs: npt.NDArray[np.float64], chosen: str | None) -> dict[str, Any]:
    differences, correlations = pairs.T
    return {
        "split": split_name,
        "method": name,
        "seeds": len(pairs),
        "median d": float(np.median(differences)),
        "d > 0.5": float((differences > 0.5).mean()),
        "median correlation": float(np.median(correlations)),
        "mean correlation": float(correlations.mean()),
        "chosen": chosen,
    }


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=24, help="how many runs of each split")
    options = parser.parse_args()
    seeds, rounds = (range(2), 3) if options.quick else (range(options.seeds), 10)
    # The products are small: with more threads, BLAS mostly waits on a busy machine.
    with threadpool_limits(limits=1, user_api="blas"):
        rows = [*measure("IID", False, seeds, rounds), *measure("2 shards", True, seeds, rounds)]
    emit({"comfedsv": rows}, options.json)


if __name__ == "__main__":
    main()
