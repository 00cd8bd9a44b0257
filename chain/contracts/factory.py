"""What deploys projects, on chain."""

from __future__ import annotations

from typing import ClassVar

from chain.contracts.abi import build
from chain.contracts.handle import Call, Contract
from chain.contracts.types import ProjectConfig, ProjectContracts


class ProjectFactory(Contract):
    """`ProjectFactory`: see contracts/interfaces/IProjectFactory.sol."""

    artifact_name: ClassVar[str] = "ProjectFactory"

    def create(self, config: ProjectConfig) -> Call:
        """Deploy a project. Its number and addresses are in the event `ProjectCreated`."""
        return self._write("create", config)

    def project(self, id: int) -> ProjectContracts:
        """The contracts of a project."""
        return build(ProjectContracts, self._read("project", id))

    def score_judge(self) -> str:
        """Who checks scores in all its projects."""
        return str(self._read("scoreJudge"))

    def payout_judge(self) -> str:
        """Who checks payouts in all its projects."""
        return str(self._read("payoutJudge"))

    def agreement_judge(self) -> str:
        """Who checks what evaluators agreed on in all its projects."""
        return str(self._read("agreementJudge"))

    def projects(self) -> int:
        """How many projects there are; they are numbered from 1."""
        return int(self._read("projects"))
