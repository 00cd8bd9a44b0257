"""Collects what the evaluators of a round revealed and derives the header that follows from it."""

from __future__ import annotations

from chain.encoding import UTILITIES, players_hash
from chain.project import Project
from chain.records import Reveal
from chain.roles.agreement import Revealed
from chain.roles.budget import round_budget
from chain.roles.derivation import Derived, Inputs, derive
from chain.roles.gathering import Gathered, gather
from chain.roles.measurement import MAX_BYTES, MalformedMeasurement, Measurement
from chain.roles.payouts import report_before
from chain.roles.report import Report
from chain.store import CorruptBlob, MissingBlob, Store, TooLarge
from chain.trees import index_tree
from valuation.errors import InputError
from valuation.scoring import utilities_length

MAX_STATE_BYTES = 256 * 2**20
"""No store is asked for more than this: about a million peers."""


def derive_round(project: Project, store: Store, round: int, gathered: Gathered | None = None) -> Derived:
    """The header, report and model of a round, from chain and store alone.

    Args:
        project: The project.
        store: Where the blobs are.
        round: A round whose evaluators have revealed.
        gathered: The round's submissions, when they are at hand already.

    Raises:
        NoAgreement: The reveals support no header.
        StoreError: A blob that is needed is missing or corrupt.
    """
    gathered = gathered or gather(project, store, round)
    return derive(gathered, inputs_of(project, store, round, gathered))


def inputs_of(project: Project, store: Store, round: int, gathered: Gathered) -> Inputs:
    """What a header follows from beside the submissions, from chain and store alone.

    Raises:
        StoreError: The report before is missing or corrupt, or the store does not answer.
    """
    before = report_before(project, store, round)
    earned = {payee.address: payee.cumulative for payee in before.payouts} if before else {}
    return Inputs(
        revealed=tuple(read_reveal(gathered, store, reveal) for reveal in project.reveals(round)),
        objections=project.objections(round),
        chain_id=project.network.chain_id,
        distributor=project.distributor.address,
        budget=round_budget(project, round, owed=sum(earned.values())),
        earned=earned,
        state=_state(store, before),
    )


def _state(store: Store, before: Report | None) -> bytes:
    """What the method remembered after the last standing header; empty when nothing.

    Raises:
        StoreError: It is missing or corrupt.
    """
    return store.get(before.state, MAX_STATE_BYTES) if before is not None and before.state else b""


def read_reveal(gathered: Gathered, store: Store, reveal: Reveal) -> Revealed:
    """One reveal, with its measurement when that is what the chain says it is."""
    try:
        measurement = Measurement.from_bytes(store.get(reveal.data_digest, MAX_BYTES))
        _check(gathered, measurement, reveal)
    except (MissingBlob, CorruptBlob, TooLarge, MalformedMeasurement) as error:
        return Revealed(reveal, None, str(error))
    return Revealed(reveal, measurement, "")


def _check(gathered: Gathered, measurement: Measurement, reveal: Reveal) -> None:
    ground = gathered.ground
    if (measurement.project, measurement.round, measurement.evaluator) != (
        ground.project,
        ground.round,
        reveal.evaluator,
    ):
        raise MalformedMeasurement("the measurement is of another project, round or evaluator")
    if players_hash(measurement.players) != reveal.players:
        raise MalformedMeasurement("the accepted peers are not those that were revealed")
    strangers = set(measurement.players) - set(gathered.submitters)
    if strangers:
        raise MalformedMeasurement(f"the measurement values {sorted(strangers)}, who submitted nothing")
    try:
        expected = utilities_length(ground.mechanism, len(measurement.players))
    except InputError as error:
        raise MalformedMeasurement(str(error)) from error
    if len(measurement.utilities) != expected:
        raise MalformedMeasurement(f"{len(measurement.utilities)} utilities instead of {expected}")
    root = index_tree(UTILITIES, ground.round, measurement.utilities.tolist()).root
    if root != reveal.root:
        raise MalformedMeasurement("the utilities do not have the revealed root")
