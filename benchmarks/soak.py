"""Round after round with everything going wrong: is anything lost, is anything paid twice, does memory grow?

A keeper and three evaluators are services of the command line (`weighhouse watch`), the trainers are one
process; all reach an Anvil through a proxy that fails at random. Most rounds are struck by a fault: a process
killed, blocks reorganised, requests lost or answered wrongly, no blocks for a while, a jump of the fees, an
object of the store lost or spoilt. At the end the auditor recomputes every round from chain and store. One
evaluator is never killed: it is the one whose memory is watched.
"""

import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from report import arguments, emit

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT))

from chain.contracts.types import Phase, ProjectConfig  # noqa: E402
from chain.errors import ChainError  # noqa: E402
from chain.network import Network, connect  # noqa: E402
from chain.networks.anvil import start_anvil  # noqa: E402
from chain.project import Project  # noqa: E402
from chain.roles.rounds import advance_to  # noqa: E402
from tests.support.proxy import KINDS, Fault, Proxy, proxied  # noqa: E402
from tests.support.world import BUDGET, World, build_world  # noqa: E402
from valuation.mechanism import default_mechanism  # noqa: E402
from valuation.shapley import design  # noqa: E402

KEEPER, FIRST = 1, 2
EVALUATORS = 3
PATIENCE = 300
DEPTH = 5
METHODS = (
    "eth_sendRawTransaction",
    "eth_getTransactionReceipt",
    "eth_call",
    "eth_getLogs",
    "eth_estimateGas",
    "eth_getBlockByNumber",
)
Row = dict[str, Any]


@dataclass
class Service:
    """A process that is started again whenever it has ended."""

    name: str
    command: list[str]
    folder: Path
    starts: int = 0
    process: subprocess.Popen[bytes] | None = None
    memory: list[float] = field(default_factory=list)

    def keep(self) -> None:
        if self.process is None or self.process.poll() is not None:
            log = (self.folder / f"{self.name}.log").open("ab")
            self.process = subprocess.Popen(self.command, cwd=self.folder, stdout=log, stderr=log)
            self.starts += 1

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def said(self) -> list[str]:
        """The last lines of its log."""
        return (self.folder / f"{self.name}.log").read_text().splitlines()[-3:]

    def measure(self) -> None:
        """Notes the memory that the process holds now, in MB."""
        if self.process is not None:
            with contextlib.suppress(OSError, StopIteration):
                lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
                held = next(line for line in lines if line.startswith("VmRSS"))
                self.memory.append(int(held.split()[1]) / 1024)


@dataclass
class Soak:
    """Everything of one run."""

    world: World
    project: Project
    proxy: Proxy
    services: tuple[Service, ...]
    rng: np.random.Generator
    struck: Counter[str] = field(default_factory=Counter)
    floor: int = 0

    @property
    def network(self) -> Network:
        return self.world.network

    def wait(self, what: str, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.holds(reached):
            for service in self.services:
                service.keep()
            if time.monotonic() > deadline:
                said = {service.name: service.said() for service in self.services}
                raise RuntimeError(f"waited {PATIENCE} s for {what}: {said}")
            time.sleep(0.1)

    def holds(self, reached: Callable[[], bool]) -> bool:
        with contextlib.suppress(ChainError):  # blocks come and go between two questions
            return reached()
        return False

    def advance(self, round: int, phase: Phase) -> None:
        advance_to(self.project, round, phase)
        self.floor = self.network.block().number

    def play(self, round: int) -> None:
        """Takes a round to its end; in one of its phases something happens."""
        project, trainers = self.project, len(self.world.trainers)
        steps: list[tuple[str, Callable[[], bool], Phase | None]] = [
            ("the opening", lambda: project.current_round() == round, None),
            ("submissions", lambda: len(project.submissions(round)) == trainers, Phase.PUBLISH),
            ("publications", lambda: self.published(round), Phase.SEAL),
            ("a seed", lambda: project.phase(round) is Phase.MEASURE, None),
            ("measurements", lambda: len(project.commitments(round)) == EVALUATORS, Phase.REVEAL),
            ("reveals", lambda: len(project.reveals(round)) == EVALUATORS, Phase.POST),
            ("a header", lambda: project.header(round) is not None, Phase.ACTIVE),
        ]
        struck = int(self.rng.integers(len(steps) + 1))
        for place, (what, reached, following) in enumerate(steps):
            if place == struck:
                self.strike()
            self.wait(f"{what} of round {round}", reached)
            if place == struck and self.rng.random() < 0.5:
                self.reorganise()
                self.wait(f"{what} of round {round}, again", reached)
            if following is not None:
                self.advance(round, following)
        for service in self.services:
            service.measure()

    def published(self, round: int) -> bool:
        store = self.world.store
        return all(store.has(each.digest) for each in self.project.submissions(round))

    def strike(self) -> None:
        kinds = [self.kill, self.disturb, self.stop_blocks, self.raise_fees, self.spoil]
        kinds[int(self.rng.integers(len(kinds)))]()

    def kill(self) -> None:
        mortal = [service for service in self.services if service.name != "evaluator 1"]
        victim = mortal[int(self.rng.integers(len(mortal)))]
        victim.kill()
        self.struck[f"kill -9 of the {victim.name.rstrip(' 0123456789')}"] += 1

    def disturb(self) -> None:
        for _ in range(3):
            kind = KINDS[int(self.rng.integers(len(KINDS)))]
            method = METHODS[int(self.rng.integers(len(METHODS)))]
            if kind == "chain id":
                method = "eth_chainId"
            if kind == "genesis":
                method = "eth_getBlockByNumber"
            fault = Fault(kind, method, times=int(self.rng.integers(1, 4)), after=int(self.rng.integers(5)))
            with self.proxy.lock:
                self.proxy.faults[:] = [f for f in self.proxy.faults if f.hit < f.times] + [fault]
        self.struck["requests lost, late, refused or answered wrongly"] += 3

    def stop_blocks(self) -> None:
        self.network.rpc("evm_setAutomine", False)
        time.sleep(1.5)
        self.network.rpc("evm_setAutomine", True)
        self.network.mine()
        self.struck["no blocks for a while"] += 1

    def raise_fees(self) -> None:
        fee = int(self.network.web3.eth.get_block("latest").get("baseFeePerGas", 10**9))
        self.network.rpc("anvil_setNextBlockBaseFeePerGas", hex(min(5 * fee, 50 * 10**9)))
        self.network.mine()
        self.struck["fees times five"] += 1

    def reorganise(self) -> None:
        depth = min(DEPTH, self.network.block().number - self.floor)
        if depth > 0:
            depth = int(self.rng.integers(1, depth + 1))
            # Anvil loses blocks when a transaction comes while it reorganises them.
            self.network.rpc("evm_setAutomine", False)
            time.sleep(0.5)
            self.network.rpc("anvil_reorg", depth, [])
            self.network.rpc("evm_setAutomine", True)
            self.network.mine()
            self.struck["reorganisations of 1 to 5 blocks"] += 1

    def spoil(self) -> None:
        """An object in the first of two mirrors is lost or has other bytes."""
        held = sorted(path for path in (self.world.root / "store").rglob("*") if path.is_file())
        for _ in range(3):
            path = held[int(self.rng.integers(len(held)))]
            if self.rng.random() < 0.5:
                path.unlink(missing_ok=True)
            elif path.is_file():
                path.write_bytes(path.read_bytes()[:-1] + b"?")
        self.struck["objects lost or spoilt in a mirror"] += 3


@contextmanager
def started(folder: Path, trainers: int, rounds: int, seed: int) -> Iterator[Soak]:
    rng = np.random.default_rng(seed)
    drawn = design(trainers + 2, 4 * trainers, "odd_gp", rng=rng).rounded(2**32)
    mechanism = default_mechanism(method="shapley-design", design=drawn, decoys=0)
    node = start_anvil(accounts=FIRST + trainers + EVALUATORS + 1, arguments=("--gas-limit", "100000000"))
    services: tuple[Service, ...] = ()
    try:
        with connect(node.url, timeout=60) as network, proxied(node.url, hang_seconds=6.0) as proxy:
            world = build_world(
                network,
                folder,
                trainers=trainers,
                evaluators=EVALUATORS,
                mechanism=mechanism,
                design=drawn,
                adapt=unhurried,
            )
            more = max(0, rounds - 5) * BUDGET
            if more:
                world.owner.sender.send(world.project.token.mint(world.owner.sender.address, more))
                world.owner.fund(more)
            shutil.copytree(folder / "store", folder / "mirror")
            services = tuple(_services(folder, proxy.url, trainers))
            project = world.project.indexed(folder / "soak.index.sqlite")
            yield Soak(world, project, proxy, services, rng, floor=network.block().number)
    finally:
        for service in services:
            service.kill()
        node.stop()


def unhurried(config: ProjectConfig) -> ProjectConfig:
    """Phases as long as the slowest restart: time moves on when everybody is through."""
    return replace(
        config,
        schedule=replace(config.schedule, commit=3600, publish=3600, measure=3600),
        unbonding_period=100_000,
    )


def _services(folder: Path, url: str, trainers: int) -> Iterator[Service]:
    store = f"file://{folder}/store file://{folder}/mirror"
    watch = [sys.executable, "-c", "from chain.cli import main; main(prog_name='weighhouse')", "watch"]
    where = ["--network", url, "--store", store, "--state", str(folder / "state"), "--failures", "1000000"]
    roles = [("keeper", KEEPER)] + [("evaluator", FIRST + trainers + i) for i in range(EVALUATORS)]
    for number, (role, account) in enumerate(roles):
        name = role if role == "keeper" else f"evaluator {number}"
        own = ["--role", role, "--dev-account", str(account), "--pause", "0.3"]
        yield Service(name, [*watch, *own, *where], folder)
    script = str(ROOT / "benchmarks" / "soak_trainers.py")
    people = ["--network", url, "--store", store, "--first", str(FIRST), "--count", str(trainers)]
    yield Service("trainers", [sys.executable, script, *people], folder)


def settle(soak: Soak) -> None:
    """Waits until everything that was earned is claimed, and stops everybody."""
    project, people = soak.project, {trainer.address for trainer in soak.world.trainers}

    def all_claimed() -> bool:
        money = project.money()
        return money.claimable == 0 and money.pending == 0 and people <= {c.account for c in project.claims()}

    soak.wait("the last claims", all_claimed)
    for service in soak.services:
        service.kill()


def verdict(soak: Soak, rounds: int) -> list[Row]:
    """What is left to compare: the auditor's own derivation of every round, and the money."""
    world, project = soak.world, soak.project
    mirrored = replace(world.auditor, project=project, store=open_mirrors(world))
    audit = mirrored.audit()
    money, trainers = project.money(), len(world.trainers)
    sent = sum(len(project.submissions(number)) for number in range(1, rounds + 1))
    claims = project.claims()
    transactions = sum(soak.network.nonce(trainer.address) for trainer in world.trainers)
    rows = {
        "rounds played": rounds,
        "rounds that the auditor recomputes to the same bytes": sum(r.passed for r in audit.rounds),
        "first difference": audit.first_difference or "none",
        "submissions missing": rounds * trainers - sent,
        "measurements missing": sum(EVALUATORS - len(project.reveals(n)) for n in range(1, rounds + 1)),
        "earned and not claimed, token units": money.owed - money.claimed,
        "claimed beyond what was earned, token units": max(0, money.claimed - money.owed),
        "funded - claimed - remaining, token units": money.funded - money.claimed - money.remaining,
        "audit of the money passes": all(check.passed for check in audit.money_checks),
        "claims": len(claims),
        "trainers' transactions beyond registering, submitting and claiming": transactions
        - sent
        - len(claims)
        + claims_of_evaluators(claims, world)
        - 2 * trainers,
    }
    return [{"what": what, "found": found} for what, found in rows.items()]


def open_mirrors(world: World) -> Any:
    return type(world.store).open(f"file://{world.root}/store file://{world.root}/mirror")


def claims_of_evaluators(claims: Any, world: World) -> int:
    judges = {evaluator.address for evaluator in world.evaluators}
    return sum(claim.account in judges for claim in claims)


def memory(soak: Soak) -> list[Row]:
    """Memory of each process at the end of the rounds, in MB: means of the second and the last quarter."""
    rows = []
    for service in soak.services:
        held = np.array(service.memory)
        quarter = max(1, len(held) // 4)
        early, late = held[quarter : 2 * quarter], held[-quarter:]
        rows.append(
            {
                "process": service.name,
                "starts": service.starts,
                "second quarter, MB": float(early.mean()) if len(early) else None,
                "last quarter, MB": float(late.mean()),
                "most, MB": float(held.max()),
            }
        )
    return rows


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, help="how many [200]")
    parser.add_argument("--trainers", type=int, help="how many [30]")
    parser.add_argument("--seed", type=int, default=0, help="of the faults")
    chosen = parser.parse_args()
    rounds = chosen.rounds or (3 if chosen.quick else 200)
    trainers = chosen.trainers or (4 if chosen.quick else 30)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name, started(Path(name), trainers, rounds, chosen.seed) as soak:
        for round in range(1, rounds + 1):
            if round == rounds:
                soak.wait("the last round", lambda: soak.project.current_round() == rounds)
                soak.world.owner.close()
                soak.floor = soak.network.block().number
            soak.play(round)
            if not chosen.json:
                print(f"round {round}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        settle(soak)
        faults = [{"fault": kind, "times": times} for kind, times in sorted(soak.struck.items())]
        found = {"nothing lost": verdict(soak, rounds), "faults": faults, "memory": memory(soak)}
    emit({**found, "time": [{"minutes": (time.monotonic() - began) / 60}]}, chosen.json)


if __name__ == "__main__":
    main()
