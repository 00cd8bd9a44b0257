"""How long the dashboard takes for its pages: a project of 1,000 peers and 100 rounds on a real chain.

The contracts, the index of events and the store are real; the scores in the reports are made up. Each page is
asked of a new process: it is ready once it has read what it shows, and only then answers.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from report import arguments, emit
from scale_chain import Site, site, submit_many, until_post

from chain.contracts.types import Phase
from chain.encoding import sha256
from chain.roles.report import EvaluatorLine, Payee, PlayerLine, Report
from chain.roles.rounds import advance_to
from chain.roles.working import PayoutLine, ScoreLine, Working, grow, head
from chain.store import Store
from valuation.mechanism import default_mechanism
from valuation.models.serial import model_bytes
from valuation.problem import problem_of

PAGES = ("index.html", "leaderboard.html", "payouts.html", "disputes.html")
FIRST = """
import sys, time
from pathlib import Path
from starlette.testclient import TestClient
from chain.dashboard.app import application
from chain.dashboard.pages import Dashboard
from chain.network import connect
from chain.project import Project
from chain.store import Store
url, folder, store, path = sys.argv[1:]
from chain.deployments import load_system
with connect(url) as network:
    project = Project.at(network, load_system(network, Path(folder)), 1).indexed(Path(folder) / "dash.sqlite")
    pages = Dashboard(project, Store.open(store))
    started = time.perf_counter()
    pages.prepare()
    times = [time.perf_counter() - started]
    client = TestClient(application(pages), base_url="http://127.0.0.1")
    for _ in range(6):
        started = time.perf_counter()
        assert client.get(f"/{path}").status_code == 200
        times.append(time.perf_counter() - started)
    print(*times)
"""


def play(at: Site, store: Store, peers: list[str], rounds: int, rng: np.random.Generator) -> None:
    """Post so many headers, with a report, a working and a model behind each."""
    mechanism = default_mechanism(method="leave-one-out")
    model = problem_of(mechanism).model
    earned = dict.fromkeys([*peers, at.evaluator.address], 0)
    order = sorted(earned, key=str.lower)
    policy = store.put(mechanism.to_json())
    for _ in range(rounds):
        if at.project.current_round() and at.project.book.idle():
            at.owner.send(at.project.book.open())
        round = until_post(at)
        scores = rng.integers(-(10**7), 10**8, len(peers)).tolist()
        pays = [max(0, score) * 10**9 for score in scores]
        for peer, pay in zip(peers, pays, strict=True):
            earned[peer] += pay
        earned[at.evaluator.address] += 10**17
        payouts = [(peer, earned[peer]) for peer in order if earned[peer]]
        params = rng.standard_normal(model.layout.size).astype(np.float32) / 10
        blob = model_bytes(params, model.layout)
        working = Working(
            round=round,
            players=tuple(peers),
            evaluators=(),
            utilities=(),
            trace=(),
            scores=tuple(ScoreLine(*line, 0) for line in zip(peers, scores, strict=True)),
            payouts=tuple(PayoutLine(*line) for line in payouts),
        )
        report = Report(
            project=at.project.identity,
            round=round,
            policy=policy,
            seed=at.project.round(round).seed.hex(),
            base="00" * 32,
            model=sha256(blob).hex(),
            working=sha256(working.to_bytes()).hex(),
            state="",
            budget=10**22,
            players=tuple(PlayerLine(*line) for line in zip(peers, scores, pays, strict=True)),
            rejections=(),
            evaluators=(EvaluatorLine(at.evaluator.address, 10, "within", "", 10**17),),
            payouts=tuple(Payee(*line) for line in payouts),
        )
        for each in (blob, working.to_bytes(), report.to_bytes()):
            store.put(each)
        trees = grow(working, at.network.chain_id, at.project.distributor.address)
        header = head(working, trees, sha256(blob), sha256(report.to_bytes()))
        at.evaluator.send(at.project.book.post(header))
        advance_to(at.project, round, Phase.ACTIVE)


def measured(at: Site, folder: Path, store: str, path: str) -> dict[str, Any]:
    """The times of a page in a process of its own: the first, and those after it."""
    command = [sys.executable, "-c", FIRST, at.network.endpoint, str(folder), store, path]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(ran.stderr[-2000:])
    ready, first, *rest = (1000 * float(word) for word in ran.stdout.split())
    times = {"ready, ms": ready, "first, ms": first, "again, median ms": sorted(rest)[2]}
    return {"page": path, **times, "again, most ms": max(rest)}


def main() -> None:
    chosen = arguments(__doc__).parse_args()
    count, rounds = (20, 3) if chosen.quick else (1_000, 100)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "deployments"
        store = Store.open(f"file://{name}/store")
        policy = sha256(default_mechanism(method="leave-one-out").to_json())
        with site(folder, policy) as at:
            started = time.perf_counter()
            submit_many(at, count)
            joined = [peer.address for peer in at.project.peers()]
            peers = sorted((peer for peer in joined if peer != at.evaluator.address), key=str.lower)
            indexed = at.project.indexed(folder / "dash.sqlite")
            play(replace(at, project=indexed), store, peers, rounds, np.random.default_rng(0))
            built = time.perf_counter() - started
            pages = [*PAGES, f"peer/{peers[0]}.html", f"round/{rounds}.html"]
            rows = [measured(at, folder, store.url, path) for path in pages]
    size = [{"peers": count, "rounds": rounds, "built in, s": built}]
    emit({"project": size, "pages": rows}, chosen.json)


if __name__ == "__main__":
    main()
