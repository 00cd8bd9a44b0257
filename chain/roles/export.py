"""A project as tables for analysts: Parquet files, or one DuckDB database.

Amounts are whole token units as DECIMAL(38, 0), which holds every amount that the contracts can; scores are
whole nano-nats. Nothing is rounded. Hashes are hex. What is written follows from chain and store alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from chain.errors import ConfigError
from chain.project import Project
from chain.roles.ledger import reports
from chain.roles.report import EvaluatorLine, PlayerLine, Report
from chain.roles.rounds import losses_by_round
from chain.store import Store

ROWS_AT_ONCE = 100_000
FORMATS = ("parquet", "duckdb")


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        name: Its name, and that of its file.
        columns: Each column's name with what it holds: `text`, `whole` (int64), `real` (float64) or `amount`.
        rows: Its rows, in the order of the chain, or ascending by round and address.
    """

    name: str
    columns: Mapping[str, str]
    rows: tuple[tuple[Any, ...], ...]


def tables(project: Project, store: Store) -> tuple[Table, ...]:
    """All tables of a project.

    Raises:
        StoreError: A report or a model is missing or corrupt.
        NetworkError: No answer.
    """
    told = reports(project, store)
    numbers = range(1, project.current_round() + 1)
    place = {"block": "whole", "transaction": "text"}
    return (
        _rounds(project, store, told),
        Table(
            "submissions",
            {"round": "whole", "trainer": "text", "digest": "text", "block": "whole", "log_index": "whole"},
            tuple(
                (number, each.trainer, each.digest.hex(), each.block, each.log_index)
                for number in numbers
                for each in project.submissions(number)
            ),
        ),
        Table(
            "measurements",
            {"round": "whole", "evaluator": "text", "commitment": "text", "root": "text", "weight": "amount"},
            tuple(row for number in numbers for row in _measurements(project, number)),
        ),
        Table(
            "scores",
            {
                "round": "whole",
                "address": "text",
                "role": "text",
                "score": "whole",
                "payout": "amount",
                "reason": "text",
                "detail": "text",
            },
            tuple(row for report in told for row in _scores(report)),
        ),
        Table(
            "payouts",
            {"round": "whole", "address": "text", "cumulative": "amount"},
            tuple((report.round, p.address, p.cumulative) for report in told for p in report.payouts),
        ),
        Table(
            "peers",
            {"address": "text", "role": "text", "payee": "text", "stake": "amount", "unbonding": "amount"},
            tuple((p.address, p.role.name.lower(), p.payee, p.stake, p.unbonding) for p in project.peers()),
        ),
        Table(
            "claims",
            {"account": "text", "recipient": "text", "amount": "amount", **place},
            tuple((c.account, c.to, c.amount, c.block, c.transaction) for c in project.claims()),
        ),
        Table(
            "funding",
            {"kind": "text", "address": "text", "amount": "amount", **place},
            (
                *(("funded", f.source, f.amount, f.block, f.transaction) for f in project.funding()),
                *(("refunded", r.to, r.amount, r.block, r.transaction) for r in project.refunds()),
                *(("swept", s.to, s.amount, s.block, s.transaction) for s in project.sweeps()),
            ),
        ),
    )


def write_tables(found: tuple[Table, ...], target: Path, kind: str) -> tuple[Path, ...]:
    """Writes tables, each file whole or not at all; files of the same name are replaced.

    Args:
        found: The tables.
        target: The folder of the Parquet files, one a table; or the file of the database.
        kind: `parquet` or `duckdb`.

    Raises:
        ConfigError: There is no such kind, a package is missing, or it cannot be written.
    """
    writers: dict[str, Callable[[tuple[Table, ...], Path], tuple[Path, ...]]] = {
        "parquet": _write_parquet,
        "duckdb": _write_duckdb,
    }
    if kind not in writers:
        raise ConfigError(f"tables are written as {' or '.join(FORMATS)}, not {kind!r:.40}")
    try:
        return writers[kind](found, target)
    except OSError as error:
        raise ConfigError(f"cannot write {target}: {error.strerror or error}") from None


def _rounds(project: Project, store: Store, told: tuple[Report, ...]) -> Table:
    columns = {
        "round": "whole",
        "opened_at": "whole",
        "drawn_at": "whole",
        "decided_at": "whole",
        "phase": "text",
        "poster": "text",
        "seed": "text",
        "mechanism": "text",
        "budget": "amount",
        "paid": "amount",
        "validation_loss": "real",
    }
    by_round, losses = {report.round: report for report in told}, losses_by_round(project, store)
    rows = []
    for number, record in enumerate(project.rounds(), start=1):
        report = by_round.get(number)
        earned: tuple[PlayerLine | EvaluatorLine, ...] = ()
        if report:
            earned = (*report.players, *report.evaluators)
        rows.append(
            (
                number,
                record.opened_at,
                record.drawn_at or None,
                record.decided_at or None,
                project.phase(number).name.lower(),
                record.poster if report else None,
                record.seed.hex() if any(record.seed) else None,
                record.policy_hash.hex(),
                report.budget if report else None,
                sum(line.payout for line in earned) if report else None,
                losses.get(number),
            )
        )
    return Table("rounds", columns, tuple(rows))


def _measurements(project: Project, number: int) -> Iterator[tuple[Any, ...]]:
    revealed = {reveal.evaluator: reveal for reveal in project.reveals(number)}
    for made in project.commitments(number):
        reveal = revealed.get(made.evaluator)
        root, weight = (reveal.root.hex(), reveal.weight) if reveal else (None, None)
        yield number, made.evaluator, made.commitment.hex(), root, weight


def _scores(report: Report) -> Iterator[tuple[Any, ...]]:
    for line in report.players:
        yield report.round, line.address, "trainer", line.score, line.payout, "", ""
    for refused in report.rejections:
        yield report.round, refused.address, "trainer", None, 0, refused.reason, refused.detail
    for judge in report.evaluators:
        reason = "" if judge.standing == "within" else judge.standing
        yield report.round, judge.address, "evaluator", None, judge.payout, reason, judge.detail


def _write_parquet(found: tuple[Table, ...], target: Path) -> tuple[Path, ...]:
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for table in found:
        path = target / f"{table.name}.parquet"
        with _whole(path) as draft:
            _parquet(table, draft)
        written.append(path)
    return tuple(written)


def _parquet(table: Table, path: Path) -> None:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ConfigError("tables need a package: pip install 'weighhouse[export]'") from None
    kinds = {
        "text": pyarrow.string(),
        "whole": pyarrow.int64(),
        "real": pyarrow.float64(),
        "amount": pyarrow.decimal128(38, 0),
    }
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in table.columns.items()])
    with parquet.ParquetWriter(path, schema) as writer:
        for start in range(0, len(table.rows), ROWS_AT_ONCE):
            rows = table.rows[start : start + ROWS_AT_ONCE]
            kinds_in_order = enumerate(table.columns.values())
            columns = [[_exact(row[place], kind) for row in rows] for place, kind in kinds_in_order]
            writer.write_table(pyarrow.table(columns, schema=schema))


def _exact(value: Any, kind: str) -> Any:
    return Decimal(value) if kind == "amount" and value is not None else value


def _write_duckdb(found: tuple[Table, ...], target: Path) -> tuple[Path, ...]:
    try:
        import duckdb
    except ImportError:
        raise ConfigError("a database needs a package: pip install 'weighhouse[export]'") from None
    target.parent.mkdir(parents=True, exist_ok=True)
    with _whole(target) as draft, duckdb.connect(str(draft)) as database:
        rows = draft.with_suffix(".rows")
        try:
            for table in found:
                _parquet(table, rows)
                database.execute(f"CREATE TABLE {table.name} AS SELECT * FROM read_parquet(?)", [str(rows)])
        finally:
            rows.unlink(missing_ok=True)
    return (target,)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A name to write to, which becomes `path` when the block has ended well."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
