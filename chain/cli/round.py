"""`weighhouse round`: open, seal, measure, reveal, post, and what the court asks for."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from chain.cli.output import json_option, lines, show
from chain.cli.session import Session, with_session
from chain.contracts.types import Phase, Verdict
from chain.errors import ConfigError
from chain.events import events_of
from chain.project import Project
from chain.roles.accuser import accuse_outliers
from chain.roles.answering import answer_requests
from chain.roles.evaluator import Evaluator
from chain.roles.rounds import advance_to, open_round, phase_ends_at, seal_and_draw


@click.group("round")
def round_commands() -> None:
    """Move a round on: open, seal, measure, reveal, post."""


@round_commands.command("open")
@json_option
@with_session(key=True)
def open_command(session: Session, as_json: bool) -> None:
    """Open the next round."""
    opened = session.project()
    _tell(session, as_json, opened, open_round(opened, session.sender()))


@round_commands.command("seal")
@json_option
@with_session(key=True)
def seal(session: Session, as_json: bool) -> None:
    """Seal the round and draw its seed."""
    opened = session.project()
    round = _current(opened)
    seal_and_draw(opened, session.sender(), round)
    _tell(session, as_json, opened, round)


@round_commands.command("measure")
@json_option
@with_session(key=True)
def measure(session: Session, as_json: bool) -> None:
    """Measure the submissions and commit to the result."""
    evaluator = _evaluator(session)
    round = _current(evaluator.project)
    evaluator.commit(round)
    _tell(session, as_json, evaluator.project, round)


@round_commands.command("reveal")
@json_option
@with_session(key=True)
def reveal(session: Session, as_json: bool) -> None:
    """Publish the measurement and open the commitment."""
    evaluator = _evaluator(session)
    round = _current(evaluator.project)
    evaluator.reveal(round)
    _tell(session, as_json, evaluator.project, round)


@round_commands.command("post")
@json_option
@with_session(key=True)
def post(session: Session, as_json: bool) -> None:
    """Derive scores, payouts and the next model, and post the header."""
    evaluator = _evaluator(session)
    round = _current(evaluator.project)
    evaluator.post(round)
    _tell(session, as_json, evaluator.project, round)


@round_commands.command("object")
@json_option
@with_session(key=True)
def object_command(session: Session, as_json: bool) -> None:
    """Object to measurements that cannot be read, so that the round can be posted without them."""
    evaluator = _evaluator(session)
    round = _current(evaluator.project)
    evaluator.object(round)
    _tell(session, as_json, evaluator.project, round)


@round_commands.command("answer")
@json_option
@with_session(key=True)
def answer(session: Session, as_json: bool) -> None:
    """Show what was asked for of the standing header, before it is faulted for want of it."""
    opened = session.project()
    round = _current(opened)
    receipts = answer_requests(opened, session.store, session.sender(), round)
    hashes = [receipt.hash for receipt in receipts]
    document = {"project": opened.id, "round": round, "answered": len(hashes), "transactions": hashes}
    show(as_json, document, lines({**document, "transactions": ", ".join(hashes)}))


@round_commands.command("accuse")
@json_option
@with_session(key=True)
def accuse(session: Session, as_json: bool) -> None:
    """Bring evaluators who measured far from all others before the arbiter, with a bond each."""
    opened = session.project()
    round = _current(opened)
    accused = accuse_outliers(opened, session.store, session.sender(), round)
    document = {"project": opened.id, "round": round, "accused": [asdict(each) for each in accused]}
    told = {f"case {each.id}": f"{each.evaluator}, utility {each.index}" for each in accused}
    show(as_json, document, lines(told))


@round_commands.command("settle")
@click.argument("case", type=click.IntRange(min=1))
@json_option
@with_session(key=True)
def settle(session: Session, as_json: bool, case: int) -> None:
    """Close CASE by the arbiter's verdict, or without one after its time."""
    opened = session.project()
    receipt = session.sender().send(opened.court.settle(case))
    (settled,) = events_of(receipt, opened.court, "Settled")
    document = {
        "project": opened.id,
        "case": case,
        "evaluator": settled.arguments["evaluator"],
        "verdict": Verdict(settled.arguments["verdict"]).name.lower(),
        "transaction": receipt.hash,
    }
    show(as_json, document, lines(document))


@round_commands.command("void")
@json_option
@with_session(key=True)
def void(session: Session, as_json: bool) -> None:
    """End a round that nobody can post."""
    opened = session.project()
    round = _current(opened)
    session.sender().send(opened.book.void_round(round))
    _tell(session, as_json, opened, round)


@round_commands.command("veto")
@json_option
@with_session(key=True)
def veto(session: Session, as_json: bool) -> None:
    """Remove the standing header, within its challenge window. Guardian only."""
    opened = session.project()
    round = _current(opened)
    session.sender().send(opened.book.veto(round))
    _tell(session, as_json, opened, round)


@round_commands.command("advance")
@click.argument("phase", type=click.Choice([p.name.lower() for p in Phase if p is not Phase.NONE]))
@json_option
@with_session(key=False)
def advance(session: Session, as_json: bool, phase: str) -> None:
    """Move a dev chain's time on until the round is in PHASE."""
    opened = session.project()
    round = _current(opened)
    advance_to(opened, round, Phase[phase.upper()])
    _tell(session, as_json, opened, round)


@round_commands.command("status")
@click.option("--round", "wanted", type=click.IntRange(min=1), help="Its number [the latest].")
@json_option
@with_session(key=False)
def status(session: Session, as_json: bool, wanted: int | None) -> None:
    """Show where a round stands."""
    opened = session.project()
    _tell(session, as_json, opened, wanted or _current(opened))


def _tell(session: Session, as_json: bool, project: Project, round: int) -> None:
    state, header = project.round(round), project.header(round)
    document: dict[str, Any] = {
        "project": project.id,
        "round": round,
        "phase": project.phase(round).name.lower(),
        "phase_ends_at": phase_ends_at(project, round),
        "time": session.network.now(),
        "submissions": len(project.submissions(round)),
        "commitments": len(project.commitments(round)),
        "reveals": len(project.reveals(round)),
        "seed": state.seed.hex() if any(state.seed) else None,
        "policy": state.policy_hash.hex(),
        "poster": state.poster if header else None,
        "requests": len(project.requests(round)),
        "report": header.report_digest.hex() if header else None,
        "payouts": str(header.sum) if header else None,
    }
    show(as_json, document, lines({k: v for k, v in document.items() if v is not None}))


def _evaluator(session: Session) -> Evaluator:
    return Evaluator(session.project(), session.sender(), session.store, session.state)


def _current(project: Project) -> int:
    round = project.current_round()
    if not round:
        raise ConfigError(f"project {project.id} has no round yet: weighhouse round open")
    return round
