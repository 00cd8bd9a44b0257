"""The part of a project that moves money, as a script that may be run again until it is through.

The owner adds to the escrow, an evaluator posts a round's header, time passes, the trainers claim. However it
was disturbed on the way, it must end as it ends undisturbed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chain.accounts import dev_account
from chain.contracts.types import Header, Phase
from chain.deployments import System
from chain.errors import ChainError, NothingToDo
from chain.journal import Entry, Journal, Step
from chain.network import Network
from chain.project import Project
from chain.roles.owner import Owner
from chain.roles.payouts import open_claim
from chain.roles.rounds import advance_to
from chain.sender import Sender
from chain.store import Store

STEPS = ("fund", "post", "wait", "claim")
FUNDING = 123_456_789
OWNER, EVALUATOR, TRAINERS = 0, 4, (2, 3)
"""Numbers of the test accounts, as `build_world` with two trainers gives them out."""


@dataclass(frozen=True)
class Payday:
    """What is to be done, on which project."""

    system: System
    header: Header
    store: str

    def run(
        self,
        network: Network,
        folder: Path,
        *,
        steps: tuple[str, ...] = STEPS,
        journal: Callable[..., Journal] = Journal,
        careful: int | None = None,
        **how: Any,
    ) -> None:
        """Does what is not done yet.

        Args:
            network: The chain.
            folder: Where journals are.
            steps: What of it.
            journal: The class of journals.
            careful: Number of an account that waits for one block on top of its transactions.
            **how: For each `Sender`.
        """
        project, store = Project.at(network, self.system, 1), Store.open(self.store)

        def sender(index: int) -> Sender:
            book = journal(
                folder / f"{index}.sqlite", chain_id=network.chain_id, genesis_hash=network.genesis_hash
            )
            blocks = {"confirmations": 1} if index == careful else {}
            made = Sender(network, dev_account(network, index), book, **{"resubmit": 0.3, **blocks, **how})
            made.recover()
            return made

        if "fund" in steps:
            with contextlib.suppress(NothingToDo):
                Owner(project, sender(OWNER), store).fund(FUNDING, key="fund")
        if "post" in steps:
            poster = sender(EVALUATOR)
            if project.header(self.header.round) != self.header:
                poster.send(project.book.post(self.header))
        if "wait" in steps and project.phase(self.header.round) is Phase.CHALLENGE:
            advance_to(project, self.header.round, Phase.ACTIVE)
        if "claim" in steps:
            for trainer in map(sender, TRAINERS):
                claim = open_claim(project, store, trainer.address)
                if claim is not None:
                    trainer.send(project.distributor.claim(*claim))

    def outcome(self, network: Network) -> dict[str, Any]:
        """Everything that must be the same afterwards: money to the wei, state, transactions sent."""
        project = Project.at(network, self.system, 1)
        accounts = [dev_account(network, index).address for index in range(5)]
        places = [project.registry.address, project.distributor.address, *accounts]
        return {
            "balances": [project.token.balance_of(place) for place in places],
            "allowances": [project.token.allowance(a, project.distributor.address) for a in accounts],
            "claimed": [project.distributor.claimed(account) for account in accounts],
            "money": project.money(),
            "header": project.header(self.header.round),
            "phase": project.phase(self.header.round),
            "sequence": project.distributor.sequence(),
            "transactions": [network.nonce(account) for account in accounts],
        }


@dataclass(frozen=True)
class Killer:
    """Where a process ends: at the n-th time that an account's journal comes to a step."""

    account: int
    step: Step
    when: str
    count: int = 1

    def journal(self) -> type[Journal]:
        """A journal that ends its process there, as `kill -9` ends it."""
        killer, left = self, [self.count]

        class Killing(Journal):
            def record(self, entry: Entry) -> Entry:
                strikes = self.path.name == f"{killer.account}.sqlite" and entry.step is killer.step
                left[0] -= strikes
                if strikes and not left[0] and killer.when == "before":
                    os.kill(os.getpid(), signal.SIGKILL)
                entry = super().record(entry)
                if strikes and not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)
                return entry

        return Killing


def persist(
    payday: Payday,
    network: Network,
    folder: Path,
    *,
    between: Callable[[], None] = lambda: None,
    tries: int = 12,
    **how: Any,
) -> list[str]:
    """Runs a payday again until it is through, as an operator would; the names of the errors on the way."""
    errors: list[str] = []
    for _ in range(tries):
        try:
            payday.run(network, folder, **how)
        except ChainError as error:
            errors.append(type(error).__name__)
            between()
        else:
            return errors
    raise AssertionError(f"not through after {tries} tries: {errors}")


def next_block(network: Network) -> None:
    """Waits until the chain, which mines at intervals, has another block."""
    seen = network.block().number
    while network.block().number == seen:
        time.sleep(0.1)


def in_children(*runs: Callable[[], None]) -> list[int]:
    """Runs something in processes of their own, at once; how each ended: negative for a signal."""
    children = []
    for run in runs:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                run()
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
