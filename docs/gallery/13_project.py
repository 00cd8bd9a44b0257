"""A project from the first token to the last

An owner deploys, funds and opens a round; trainers commit, train and publish; an evaluator measures;
everybody is paid from the escrow, and an auditor who trusts nobody recomputes it all. These are the calls
that the command line makes, on a chain inside this process: no node, no account. Source: docs/design.md.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from chain.accounts import dev_account, ensure_funded
from chain.amounts import tokens
from chain.contracts.types import Emission, EmissionKind, Phase, ProjectConfig
from chain.demo.play import COURT, SCHEDULE, TOKEN
from chain.deployments import deploy_system, deploy_token
from chain.network import connect
from chain.roles.auditor import Auditor
from chain.roles.evaluator import Evaluator
from chain.roles.owner import Owner, create, policy_of
from chain.roles.rounds import advance_to, losses_by_round, open_round, seal_and_draw
from chain.roles.rules import rules_of
from chain.roles.state import StateFolder
from chain.roles.trainer import Trainer
from chain.sender import Sender
from chain.store import Store
from valuation.mechanism import default_mechanism
from valuation.problem import problem_of

with TemporaryDirectory() as name, connect("embedded") as network:
    root = Path(name)
    store, state = Store.open(f"file://{root}/store"), StateFolder(root / "state")
    boss, *people = [Sender(network, dev_account(network, index)) for index in range(5)]
    ensure_funded(network, [sender.address for sender in (boss, *people)], TOKEN)

    system, token = deploy_system(network, boss, root), deploy_token(network, boss, root)
    mechanism = default_mechanism()
    config = ProjectConfig(
        token=token.address,
        owner=boss.address,
        guardian=boss.address,
        court=COURT,
        rules=rules_of(problem_of(mechanism)),
        policy_hash=policy_of(mechanism),
        schedule=SCHEDULE,
        emission=Emission(EmissionKind.FIXED, 1_000 * TOKEN, 0),
        trainer_stake=100 * TOKEN,
        evaluator_stake=1_000 * TOKEN,
        unbonding_period=30_000,
        quorum=1,
    )
    project = create(boss, system, store, mechanism, config)
    owner = Owner(project, boss, store)
    boss.send(token.mint(boss.address, 2_000 * TOKEN))
    owner.fund(2_000 * TOKEN)

    *trainers, evaluator = [
        *(Trainer(project, sender, store, state) for sender in people[:3]),
        Evaluator(project, people[3], store, state),
    ]
    for member, stake in [*((trainer, 100 * TOKEN) for trainer in trainers), (evaluator, 1_000 * TOKEN)]:
        boss.send(token.mint(member.address, stake))
        member.register(stake)

    round = open_round(project, boss)
    for number, trainer in enumerate(trainers):
        update = trainer.train(round, np.random.default_rng(number))
        trainer.submit(round, trainer.encode(round, update))
    advance_to(project, round, Phase.PUBLISH)
    for trainer in trainers:
        trainer.publish(round)
    advance_to(project, round, Phase.SEAL)
    seal_and_draw(project, boss, round)
    evaluator.commit(round)
    advance_to(project, round, Phase.REVEAL)
    evaluator.reveal(round)
    advance_to(project, round, Phase.POST)
    evaluator.post(round)
    advance_to(project, round, Phase.ACTIVE)
    for trainer in trainers:
        trainer.claim()

    before, after = losses_by_round(project, store).values()
    print(f"validation loss: {before:.3f} -> {after:.3f} nats")
    for line in owner.payouts():
        earned, claimed = tokens(line.earned, 18, 2), tokens(line.claimed, 18, 2)
        print(f"{line.role.name.lower():9}  earned {earned}  claimed {claimed}")
    audit = Auditor(project, store).audit()
    checks = sum(len(each.checks) for each in audit.rounds) + len(audit.money_checks)
    print(f"audit: {'PASS' if audit.passed else audit.first_difference}, {checks} checks")
    assert audit.passed
