"""How cost grows with the number of peers: the payout tree, posting, proving, claiming, valuing, ingesting.

Times are of one core; "growth" is the exponent b of cost = a n^b, fitted to the largest two sizes, and
"at 1e9 peers" is that formula there. The chain is an Anvil on this machine.
"""

import math
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from report import arguments, emit
from scale_chain import Site, gas_of, site, submit_many, until_post
from scale_keccak import keccak_many

from chain.encoding import keccak
from chain.trees import payout_tree
from valuation.shapley.estimate import estimate

Row = dict[str, Any]
INTERNET = 10**9


def payouts_of(peers: int) -> list[tuple[str, int]]:
    """Return made-up payouts to addresses that are spread as real ones are, in their order."""
    rng = np.random.default_rng(peers)
    addresses = np.unique(rng.integers(0, 256, (peers, 20), dtype=np.uint8), axis=0)
    return [("0x" + row.tobytes().hex(), 1_000 + n % 997) for n, row in enumerate(addresses)]


def build(peers: int, distributor: str) -> Row:
    """Measure building a tree and proving from it. In a process of its own, whose memory starts small."""
    payouts = payouts_of(peers)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    tree = payout_tree(31337, distributor, payouts)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    places = np.random.default_rng(0).integers(0, tree.size, 1_000).tolist()
    started = time.process_time()
    for place in places:
        tree.proof(place)
    proof = (time.process_time() - started) / len(places)
    return {
        "peers": tree.size,
        "depth": tree.depth,
        "build s (cpu)": cpu,
        "build s (wall)": wall,
        "tree MB": max(0, peak - before) / 1e3,
        "process MB": peak / 1e3,
        "proof us": 1e6 * proof,
    }


def trees(sizes: Sequence[int], at: Site) -> list[Row]:
    rows = []
    context = multiprocessing.get_context("spawn")
    round = until_post(at)
    for peers in sizes:
        with context.Pool(1) as pool:
            row = pool.apply(build, (peers, at.project.distributor.address))
        payouts = payouts_of(peers)
        payouts = [(at.network.web3.to_checksum_address(a), x) for a, x in payouts[:1]] + payouts[1:]
        tree = payout_tree(at.network.chain_id, at.project.distributor.address, payouts)
        post, claim = gas_of(at, round, tree, 0, *payouts[0])
        rows.append({**row, "post gas": post, "claim gas": claim})
    return rows


def growth(rows: Sequence[Row]) -> list[Row]:
    """Fit cost = a n^b to the largest two sizes, and say what it comes to at internet scale."""
    if len(rows) < 2:
        return []
    found = []
    for column in ("build s (cpu)", "tree MB", "proof us", "post gas", "claim gas"):
        (n, low), (m, high) = ((row["peers"], row[column]) for row in rows[-2:])
        exponent = math.log(high / low) / math.log(m / n) if low > 0 and high > 0 else 0.0
        found.append(
            {
                "cost": column,
                "growth": exponent,
                "formula": f"{high:.4g} (n / {m:g})^{exponent:.3f}",
                "at 1e9 peers": high * (INTERNET / m) ** exponent,
            }
        )
    return found


def hashes(count: int) -> list[Row]:
    """Compare the C library, called once a message, with all messages at once over NumPy arrays."""
    messages = np.random.default_rng(0).integers(0, 256, (count, 89), dtype=np.uint8)
    singles = [row.tobytes() for row in messages]
    started = time.process_time()
    one_by_one = [keccak(message) for message in singles]
    library = time.process_time() - started
    started = time.process_time()
    together = keccak_many(messages)
    batched = time.process_time() - started
    if [row.tobytes() for row in together] != one_by_one:
        raise RuntimeError("the two do not agree on a digest")
    return [
        {"keccak-256 of 89 bytes": name, "us a hash": 1e6 * spent / count, "ratio": spent / library}
        for name, spent in (("C library (pysha3), one by one", library), ("NumPy, all at once", batched))
    ]


class Free:
    """A game that costs nothing, so that only the sampling is measured."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __call__(self, coalitions: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        return coalitions[:, 0].astype(np.float64)


def sampled(peers: int, budget: int) -> list[Row]:
    started = time.process_time()
    found = estimate(Free(peers), budget=budget, rng=np.random.default_rng(0), method="permutation")
    spent = time.process_time() - started
    return [
        {
            "peers": peers,
            "evaluations": found.evaluations,
            "s (cpu)": spent,
            "s per 1e6": 1e6 * spent / found.evaluations,
        }
    ]


def ingested(at: Site, count: int, folder: Path) -> list[Row]:
    before = at.network.rpc("evm_snapshot")
    round, sending = submit_many(at, count)
    rows = []
    indexed = at.project.indexed(folder / "index.sqlite")
    for how, project in (("from the node", at.project), ("into a new index", indexed), ("again", indexed)):
        started = time.perf_counter()
        found = project.submissions(round)
        spent = time.perf_counter() - started
        if len(found) != count:
            raise RuntimeError(f"{len(found)} submissions instead of {count}")
        rows.append(
            {"submissions": count, "read": how, "s": spent, "a second": count / spent, "sending s": sending}
        )
    at.network.rpc("evm_revert", before)
    return rows


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--most", type=int, default=10**6, help="the largest number of peers")
    chosen = parser.parse_args()
    sizes = [10**k for k in range(2, 4 if chosen.quick else 7) if 10**k <= chosen.most]
    with tempfile.TemporaryDirectory() as name, site(Path(name) / "deployments") as at:
        ingestion = ingested(at, 200 if chosen.quick else 10_000, Path(name))
        tree_rows = trees(sizes, at)
    emit(
        {
            "payout trees": tree_rows,
            "growth": growth(tree_rows),
            "hashing": hashes(2_000 if chosen.quick else 100_000),
            "sampled Shapley": sampled(1_000, 4_002 if chosen.quick else 1_000_000),
            "ingestion": ingestion,
        },
        chosen.json,
    )


if __name__ == "__main__":
    main()
