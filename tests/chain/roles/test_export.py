"""What analysts read is what chain and reports say, to the token unit."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chain.contracts.types import Role
from chain.errors import ConfigError
from chain.roles.export import Table, tables, write_tables
from chain.roles.ledger import ledger
from tests.support.world import World

duckdb = pytest.importorskip("duckdb")
pytest.importorskip("pyarrow")


@pytest.fixture
def played(world: World) -> World:
    """One round that was paid and claimed, one in which a trainer sent garbage, and one under way."""
    world.play_round()
    world.trainers[0].claim()
    world.play_round({1: b"garbage"})
    world.open_and_submit()
    return world


def ask(folder: Path, question: str) -> list[tuple[Any, ...]]:
    database = duckdb.connect()
    for path in folder.glob("*.parquet"):
        database.execute(f"CREATE VIEW {path.stem} AS SELECT * FROM read_parquet('{path}')")
    return list(database.execute(question).fetchall())


def test_the_tables_answer_as_the_ledger_does(played: World, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    write_tables(tables(played.project, played.store), folder, "parquet")
    told = dict(ask(folder, "SELECT address, sum(payout) FROM scores GROUP BY address"))
    claimed = dict(ask(folder, "SELECT account, sum(amount) FROM claims GROUP BY account"))
    for line in ledger(played.project, played.store):
        assert told[line.address] == line.earned
        assert claimed.get(line.address, 0) == line.claimed
    latest = "SELECT address, cumulative FROM payouts WHERE round = (SELECT max(round) FROM payouts)"
    assert dict(ask(folder, latest)) == {a: t for a, t in told.items() if t}
    money = played.project.money()
    assert ask(folder, "SELECT sum(amount) FROM funding WHERE kind = 'funded'") == [(money.funded,)]
    assert ask(folder, "SELECT sum(paid) FROM rounds") == [(money.owed,)]
    assert ask(folder, "SELECT round, phase, paid IS NULL FROM rounds ORDER BY round") == [
        (1, "active", False),
        (2, "active", False),
        (3, "publish", True),
    ]
    refused = ask(folder, "SELECT round, address, score, payout FROM scores WHERE reason <> ''")
    assert refused == [(2, played.trainers[1].address, None, 0)]
    stakes = dict(ask(folder, "SELECT address, stake FROM peers WHERE role = 'evaluator'"))
    assert stakes == {peer.address: peer.stake for peer in played.project.peers(Role.EVALUATOR)}


def test_a_database_holds_the_same_rows(played: World, tmp_path: Path) -> None:
    found = tables(played.project, played.store)
    (file,) = write_tables(found, tmp_path / "deep" / "project.duckdb", "duckdb")
    write_tables(found, tmp_path / "tables", "parquet")
    assert sorted(path.name for path in file.parent.iterdir()) == [file.name]
    with duckdb.connect(str(file), read_only=True) as database:
        for table in found:
            rows = database.execute(f"SELECT * FROM {table.name}").fetchall()
            assert rows == ask(tmp_path / "tables", f"SELECT * FROM {table.name}")
            assert len(rows) == len(table.rows)


@pytest.mark.parametrize("kind", ["parquet", "duckdb"])
def test_every_amount_that_a_contract_can_hold_is_exact(kind: str, tmp_path: Path) -> None:
    amounts = (0, 1, 2**53 + 1, 2**96 - 1, 10**38 - 1)
    table = Table("amounts", {"amount": "amount"}, tuple((a,) for a in amounts))
    (written,) = write_tables((table,), tmp_path / "x", kind)
    source = f"read_parquet('{written}')" if kind == "parquet" else "found.amounts"
    database = duckdb.connect()
    if kind == "duckdb":
        database.execute(f"ATTACH '{written}' AS found (READ_ONLY)")
    assert [row[0] for row in database.execute(f"SELECT * FROM {source}").fetchall()] == [
        Decimal(a) for a in amounts
    ]


@pytest.mark.parametrize("kind", ["parquet", "duckdb"])
def test_writing_again_replaces_and_leaves_nothing_behind(kind: str, played: World, tmp_path: Path) -> None:
    target = tmp_path / "out" / "x"
    found = tables(played.project, played.store)
    write_tables(found, target, kind)
    before = sorted(path.name for path in (tmp_path / "out").rglob("*"))
    write_tables(tuple(replace(table, rows=()) for table in found), target, kind)
    assert sorted(path.name for path in (tmp_path / "out").rglob("*")) == before


@pytest.mark.parametrize("kind", ["parquet", "duckdb"])
def test_what_cannot_be_written_is_said(kind: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    table = Table("t", {"a": "whole"}, ((1,),))
    with pytest.raises(ConfigError, match="cannot write"):
        write_tables((table,), tmp_path / "file" / "x", kind)
    with pytest.raises(ConfigError, match="parquet or duckdb"):
        write_tables((table,), tmp_path / "x", "xlsx")
