"""`weighhouse project create` and `design`: what is settled before a project begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

from chain.amounts import token_units
from chain.cli.mechanism import read_mechanism
from chain.cli.output import Output, json_option, lines, show
from chain.cli.session import Session, reference_option, with_session
from chain.contracts.token import Token
from chain.contracts.types import (
    ZERO_ADDRESS,
    CourtConfig,
    Emission,
    EmissionKind,
    ProjectConfig,
    Schedule,
)
from chain.deployments import deploy_system, deploy_token
from chain.encoding import sha256
from chain.errors import ConfigError, NothingToDo
from chain.files import read_bytes
from chain.roles.owner import create, policy_of
from chain.roles.rules import rules_of
from valuation import designs
from valuation import mechanism as mechanisms
from valuation.gauntlet.presets import PRESETS
from valuation.mechanism import Mechanism
from valuation.problem import problem_of
from valuation.shapley import design

seconds = click.IntRange(min=1, max=2**32 - 1)


@click.command("create")
@click.option("--mechanism", "spec", metavar="PRESET|FILE", help="TOML or JSON; see weighhouse mechanism.")
@click.option("--method", default="shapley-exact", show_default=True, help="Of the digits mechanism.")
@click.option("--design", type=click.Path(path_type=Path, dir_okay=False), help="Of shapley-design.")
@click.option("--gauntlet", "version", type=click.Choice(list(PRESETS)), help="Pay by this Gauntlet instead.")
@click.option("--token", help="ERC-20 of stakes and payouts [a test token; dev chains only].")
@click.option("--guardian", help="Who may veto headers [nobody].")
@click.option("--arbiter", help="Who decides about evaluators far off [nobody].")
@click.option(
    "--poster-slash", default="500", show_default=True, help="What a wrong header costs, in tokens."
)
@click.option("--evaluator-slash", default="500", show_default=True, help="What a verdict costs, in tokens.")
@click.option("--bond", default="10", show_default=True, help="Of a request or an accusation, in tokens.")
@click.option("--round-budget", default="1000", show_default=True, help="In tokens.")
@click.option("--emission", type=click.Choice([k.name.lower() for k in EmissionKind]), default="fixed")
@click.option("--period", type=int, default=0, help="Rounds until zero (linear), or between halvings.")
@click.option("--trainer-stake", default="100", show_default=True, help="Minimum, in tokens.")
@click.option("--evaluator-stake", default="1000", show_default=True, help="Minimum, in tokens.")
@click.option("--commit", type=seconds, default=600, show_default=True, help="Seconds to commit updates.")
@click.option("--publish", type=seconds, default=300, show_default=True, help="Seconds to publish them.")
@click.option("--measure", type=seconds, default=600, show_default=True, help="Seconds to measure.")
@click.option("--reveal", type=seconds, default=300, show_default=True, help="Seconds to reveal.")
@click.option("--challenge", type=seconds, default=600, show_default=True, help="Seconds to challenge.")
@click.option("--answer", type=seconds, help="Seconds to answer a request [half of --challenge].")
@click.option("--judge", type=seconds, default=86_400, show_default=True, help="Seconds for the arbiter.")
@click.option("--unbonding", type=seconds, default=604_800, show_default=True, help="Seconds.")
@reference_option
@click.option("--quorum", type=click.IntRange(1, 65_535), default=1, show_default=True, help="Reveals.")
@json_option
@with_session(key=True)
def create_command(session: Session, output: Output, **options: Any) -> None:
    """Deploy what is missing, publish the mechanism, create a project."""
    sender = session.sender()
    published = read_bytes(options["design"]) if options["design"] else None
    mechanism = _mechanism(options["spec"], options["method"], published, options["version"])
    system = deploy_system(session.network, sender, session.folder)
    token = _token(session, options["token"])
    decimals = token.decimals()
    config = ProjectConfig(
        token=token.address,
        owner=sender.address,
        guardian=options["guardian"] or ZERO_ADDRESS,
        court=CourtConfig(
            arbiter=options["arbiter"] or ZERO_ADDRESS,
            poster_slash=token_units(options["poster_slash"], decimals),
            evaluator_slash=token_units(options["evaluator_slash"], decimals),
            bond=token_units(options["bond"], decimals),
            answer_period=options["answer"] or options["challenge"] // 2,
            arbiter_period=options["judge"],
        ),
        rules=rules_of(problem_of(mechanism, published)),
        policy_hash=policy_of(mechanism),
        schedule=Schedule(
            *(options[name] for name in ("commit", "publish", "measure", "reveal", "challenge"))
        ),
        emission=Emission(
            EmissionKind[options["emission"].upper()],
            token_units(options["round_budget"], decimals),
            options["period"],
        ),
        trainer_stake=token_units(options["trainer_stake"], decimals),
        evaluator_stake=token_units(options["evaluator_stake"], decimals),
        unbonding_period=options["unbonding"],
        quorum=options["quorum"],
    )
    terms = sha256(repr(config).encode()).hex()
    key = f"create/{system.factory}/{terms}/{options['reference']}"
    done = sender.settled(key)
    made = create(sender, system, session.store, mechanism, config, published, key=key)
    if done:
        raise NothingToDo(f"this is project {made.id}, created already; --reference NAME creates another")
    document = {
        "project": made.id,
        "registry": made.registry.address,
        "book": made.book.address,
        "distributor": made.distributor.address,
        "court": made.court.address,
        "token": token.address,
        "policy": config.policy_hash.hex(),
        "verifiable": mechanism.verifiable,
    }
    show(output, document, lines(document))


@click.command("design")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--players", type=click.IntRange(2, designs.MOST_PLAYERS), default=16, show_default=True)
@click.option("--coalitions", type=click.IntRange(2, designs.MOST_COALITIONS), default=300, show_default=True)
@click.option("--estimator", default="odd_gp", show_default=True, help="Of valuation.shapley.design.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the drawing.")
@json_option
def design_command(
    file: Path, output: Output, players: int, coalitions: int, estimator: str, seed: int
) -> None:
    """Draw a design for the method shapley-design and write it to FILE, for `project create --design`."""
    drawn = design(players, coalitions, estimator, rng=np.random.default_rng(seed)).rounded(2**32)
    blob = drawn.to_bytes()
    try:
        file.write_bytes(blob)
    except OSError as error:
        raise ConfigError(f"cannot write {file}: {error.strerror}") from None
    document = {
        "file": str(file),
        "digest": sha256(blob).hex(),
        "estimator": estimator,
        "players": players,
        "coalitions": len(drawn.coalitions),
        "rounding": drawn.error,
    }
    show(output, document, lines(document))


def _mechanism(spec: str | None, method: str, design: bytes | None, version: str | None) -> Mechanism:
    if spec is not None:
        return read_mechanism(spec)
    if version is not None:
        return mechanisms.default_mechanism(method="gauntlet", version=version)
    return mechanisms.default_mechanism(
        method=method, design=designs.from_bytes(design) if design is not None else None
    )


def _token(session: Session, address: str | None) -> Token:
    if address is not None:
        return Token(session.network, address)
    return deploy_token(session.network, session.sender(), session.folder)
