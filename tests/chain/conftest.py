"""Real chains for the tests of `chain`: the embedded one and an Anvil, behind the same fixture."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from chain.accounts import dev_account
from chain.contracts.types import (
    NO_RULES,
    ZERO_ADDRESS,
    CourtConfig,
    Emission,
    EmissionKind,
    ProjectConfig,
    Role,
    Schedule,
)
from chain.deployments import System, deploy_system, deploy_token
from chain.network import Network, connect
from chain.project import Project, create_project
from chain.sender import Sender

TOKENS = 10**18
SCHEDULE = Schedule(commit=60, publish=30, measure=60, reveal=30, challenge=60)


@pytest.fixture(params=["embedded", "anvil"])
def network(request: pytest.FixtureRequest) -> Iterator[Network]:
    with connect(request.param) as network:
        yield network


@pytest.fixture
def embedded() -> Iterator[Network]:
    with connect("embedded") as network:
        yield network


@pytest.fixture
def anvil() -> Iterator[Network]:
    with connect("anvil") as network:
        yield network


@dataclass(frozen=True)
class Stage:
    """A funded project: an owner, a guardian, three trainers and two evaluators with their stakes in."""

    network: Network
    system: System
    project: Project
    config: ProjectConfig
    owner: Sender
    guardian: Sender
    trainers: tuple[Sender, ...]
    evaluators: tuple[Sender, ...]

    def to_measure(self) -> int:
        """Opens a round, lets the trainers submit, seals and draws; returns the round."""
        book = self.project.book
        self.owner.send(book.open())
        round = book.current_round()
        for index, trainer in enumerate(self.trainers):
            trainer.send(book.submit(round, bytes([round, index + 1]) * 16))
        self.network.advance(SCHEDULE.commit + SCHEDULE.publish + 1)
        self.owner.send(book.seal(round))
        self.owner.send(book.draw(round))
        return round

    def to_post(self) -> int:
        """As `to_measure`, and lets the evaluators commit and reveal: the round waits for a header."""
        round = self.to_measure()
        book = self.project.book
        root, players, data, salt = (bytes([number]) * 32 for number in (0x11, 0x44, 0x22, 0x33))
        for evaluator in self.evaluators:
            commitment = book.commitment_of(round, evaluator.address, root, players, data, salt)
            evaluator.send(book.commit_utilities(round, commitment))
        self.network.advance(SCHEDULE.measure)
        for evaluator in self.evaluators:
            evaluator.send(book.reveal_utilities(round, root, players, data, salt))
        self.network.advance(SCHEDULE.reveal)
        return round


@pytest.fixture
def stage(network: Network, tmp_path: Path) -> Stage:
    owner, guardian = (Sender(network, dev_account(network, index)) for index in (0, 1))
    trainers = tuple(Sender(network, dev_account(network, index)) for index in (2, 3, 4))
    evaluators = tuple(Sender(network, dev_account(network, index)) for index in (5, 6))
    system = deploy_system(network, owner, tmp_path / "deployments")
    token = deploy_token(network, owner, tmp_path / "deployments")
    config = ProjectConfig(
        token=token.address,
        owner=owner.address,
        guardian=guardian.address,
        court=CourtConfig(ZERO_ADDRESS, TOKENS, TOKENS, TOKENS, answer_period=30, arbiter_period=60),
        rules=NO_RULES,
        policy_hash=b"\x01" * 32,
        schedule=SCHEDULE,
        emission=Emission(EmissionKind.FIXED, 100 * TOKENS, 0),
        trainer_stake=TOKENS,
        evaluator_stake=5 * TOKENS,
        unbonding_period=600,
        quorum=2,
    )
    project = create_project(owner, system, config)
    owner.send(token.mint(owner.address, 10_000 * TOKENS))
    owner.send(token.approve(project.distributor.address, 1_000 * TOKENS))
    owner.send(project.distributor.fund(1_000 * TOKENS))
    for role, members in ((Role.TRAINER, trainers), (Role.EVALUATOR, evaluators)):
        for member in members:
            owner.send(token.transfer(member.address, 20 * TOKENS))
            member.send(token.approve(project.registry.address, 10 * TOKENS))
            member.send(project.registry.register(role, 10 * TOKENS))
    return Stage(network, system, project, config, owner, guardian, trainers, evaluators)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """A real S3 server on the loopback interface; its address."""
    pytest.importorskip("s3fs")
    server = pytest.importorskip("moto.server").ThreadedMotoServer(
        ip_address="127.0.0.1", port=0, verbose=False
    )
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """That server in the environment, with a bucket called `blobs`."""
    settings = {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "S3-SECRET",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    requests.put(f"{s3_server}/blobs", timeout=10).raise_for_status()
    return s3_server
