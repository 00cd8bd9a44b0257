"""A project's events in an SQLite file, so that a question costs one request and not the whole chain.

The index is a copy and nothing more: it holds what the node told, follows reorganisations, and can be deleted
at any time. What it holds is a function of the chain alone, so that an index that was rebuilt, or that went
through reorganisations, is exported to the same bytes as any other.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chain.contracts.handle import Contract, Log, decode_log, topics
from chain.errors import NetworkError, StoreError
from chain.events import Event, logs_by_range
from chain.network import Network
from chain.receipts import log_from

SCHEMA = 1

_TABLES = """
CREATE TABLE source (
    schema INTEGER NOT NULL, chain_id INTEGER NOT NULL, genesis TEXT NOT NULL,
    addresses TEXT NOT NULL, first_block INTEGER NOT NULL
) STRICT;
CREATE TABLE cursor (block INTEGER NOT NULL, hash BLOB NOT NULL, log_index INTEGER NOT NULL) STRICT;
CREATE TABLE logs (
    block INTEGER NOT NULL, log_index INTEGER NOT NULL, block_hash BLOB NOT NULL,
    transaction_hash BLOB NOT NULL, address TEXT NOT NULL,
    topic0 BLOB, topic1 BLOB, topic2 BLOB, topic3 BLOB, data BLOB NOT NULL,
    PRIMARY KEY (block, log_index)
) STRICT, WITHOUT ROWID;
CREATE INDEX by_event ON logs (address, topic0, topic1);
"""
_TOPICS = ("topic0", "topic1", "topic2", "topic3")
_PATIENCE = 5
_YOUNG = 64
"""Blocks below the latest that may be reorganised while their logs are on the way."""


@dataclass(frozen=True)
class Cursor:
    """How far an index has come: a block, its hash, and the last log in it (-1 for none).

    All logs up to and including that block are in the index.
    """

    block: int
    hash: bytes
    log_index: int


class EventIndex:
    """The index in a file; made when first used. Several processes may use one file.

    Args:
        path: The file.
        network: The chain.
        addresses: The contracts whose events are kept.
        first_block: Where their events begin.

    Raises:
        StoreError: It is no index, or damaged: delete it, and it is built anew.

    Example:
        >>> import tempfile
        >>> from chain.accounts import dev_account
        >>> from chain.contracts import Token
        >>> from chain.network import connect
        >>> from chain.sender import Sender
        >>> with connect("embedded") as network:
        ...     owner = Sender(network, dev_account(network, 0))
        ...     token = Token(network, owner.deploy("TestToken")[0])
        ...     index = EventIndex(Path(tempfile.mkdtemp()) / "index", network, [token.address], 0)
        ...     receipts = [owner.send(token.mint(owner.address, amount)) for amount in (5, 7)]
        ...     [event.arguments["value"] for event in index.events(token, "Transfer")]
        [5, 7]
    """

    def __init__(self, path: Path, network: Network, addresses: list[str], first_block: int) -> None:
        self.path = path
        self.network = network
        self.addresses = sorted(addresses)
        self.first_block = first_block
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.RLock()

    def events(self, contract: Contract, name: str, **filters: object) -> list[Event]:
        """The events of one name that a contract announced, up to the latest block, in order.

        As `chain.events.events`, from the index, which is brought up to date first.
        """
        self.sync()
        wanted = topics(contract.artifact_name, name, filters)
        chosen = [(column, t) for column, t in zip(_TOPICS, wanted, strict=False) if t is not None]
        where = "".join(f" AND {column} = ?" for column, _ in chosen)
        with self._opened() as connection:
            rows = connection.execute(
                "SELECT block, log_index, block_hash, transaction_hash, address, "
                f"topic0, topic1, topic2, topic3, data FROM logs WHERE address = ?{where} "
                "ORDER BY block, log_index",
                (contract.address, *(bytes.fromhex(topic[2:]) for _, topic in chosen)),
            ).fetchall()
        found = (_event(contract.artifact_name, name, row) for row in rows)
        return [event for event in found if event is not None]

    def sync(self) -> Cursor:
        """Brings the index up to the latest block and returns how far that is.

        What was reorganised away is taken out first: the index goes back to the last block that is still in
        the chain.

        Raises:
            NetworkError: No answer, or the chain changes faster than it can be read.
        """
        for _ in range(_PATIENCE):
            head = self.network.block()
            with self._opened() as connection:
                cursor = _cursor(connection)
            if cursor is not None and cursor.hash == head.hash:
                return cursor
            if self._is_gone(cursor, head.number):
                self._rewind(cursor)
                continue
            if self._read_on(cursor, head.number):
                continue  # once more, so that the head is looked at again
        with self._opened() as connection:
            cursor = _cursor(connection)
        if cursor is None:
            raise NetworkError(f"{self.network.endpoint} changes faster than it can be read")
        return cursor

    def export(self, path: Path) -> None:
        """Writes the index to a file of its own, the same bytes for the same chain.

        Raises:
            StoreError: It cannot be written; it exists.
        """
        self.sync()
        with self._opened() as connection:
            connection.execute("VACUUM INTO ?", (str(path),))

    def close(self) -> None:
        """Closes the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _is_gone(self, cursor: Cursor | None, head: int) -> bool:
        """Whether the cursor's block is not the parent of the next, or not in the chain any more."""
        if cursor is None:
            return False
        if cursor.block > head:
            return True
        if cursor.block == head:
            return self.network.block(head).hash != cursor.hash
        return self.network.block(cursor.block + 1).parent_hash != cursor.hash

    def _rewind(self, cursor: Cursor | None) -> None:
        with self._opened() as connection:
            known = connection.execute(
                "SELECT block, block_hash, max(log_index) FROM logs GROUP BY block ORDER BY block DESC"
            ).fetchall()
        head = self.network.block().number
        standing = next(
            (
                Cursor(number, digest, last)
                for number, digest, last in known
                if number <= head and self.network.block(number).hash == digest
            ),
            None,
        )
        with self._writing(cursor) as connection:
            if connection is not None:
                connection.execute("DELETE FROM logs WHERE block > ?", (standing.block if standing else -1,))
                _set_cursor(connection, standing)

    def _read_on(self, cursor: Cursor | None, head: int) -> bool:
        """Reads ranges up to a block; False when the chain changed meanwhile, and the last one was left."""
        first = cursor.block + 1 if cursor else self.first_block
        if first > head:
            return False
        for end, logs in logs_by_range(self.network, self.addresses, [], first, head):
            found = sorted(((int(log["blockNumber"]), log_from(log), log) for log in logs), key=_place)
            last = self.network.block(end)
            index = found[-1][1].log_index if found and found[-1][0] == end else -1
            reached = Cursor(end, last.hash, index)
            start = self.network.block(first)
            if cursor is not None and start.parent_hash != cursor.hash:
                return False
            recent = {number: bytes(log["blockHash"]) for number, _, log in found if number > head - _YOUNG}
            if any(self.network.block(number).hash != digest for number, digest in recent.items()):
                return False
            with self._writing(cursor) as connection:
                if connection is None:
                    return False
                connection.executemany(
                    "INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [_row(f) for f in found]
                )
                _set_cursor(connection, reached)
            cursor, first = reached, end + 1
        return True

    @contextmanager
    def _writing(self, expected: Cursor | None) -> Iterator[sqlite3.Connection | None]:
        """A transaction, if the index is where it was; None if another process moved it meanwhile."""
        with self._opened() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection if _cursor(connection) == expected else None

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._connect()
                yield self._connection
            except (sqlite3.Error, OSError) as error:
                raise StoreError(f"{self.path}: {error}; an index may be deleted, it is rebuilt") from None

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        source = (
            SCHEMA,
            self.network.chain_id,
            self.network.genesis_hash.hex(),
            ",".join(self.addresses),
            self.first_block,
        )
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                if _source(connection) != source:
                    # Of another chain, other contracts or an older release: a copy is simply made anew.
                    for (table,) in connection.execute(
                        "SELECT name FROM sqlite_schema WHERE type = 'table'"
                    ).fetchall():
                        connection.execute(f'DROP TABLE "{table}"')
                    for statement in _TABLES.split(";")[:-1]:
                        connection.execute(statement)
                    connection.execute("INSERT INTO source VALUES (?, ?, ?, ?, ?)", source)
        except BaseException:
            connection.close()
            raise
        os.chmod(self.path, 0o600)
        return connection


def _source(connection: sqlite3.Connection) -> tuple[Any, ...] | None:
    try:
        found = connection.execute("SELECT * FROM source").fetchone()
    except sqlite3.OperationalError:
        return None
    return tuple(found) if found else None


def _cursor(connection: sqlite3.Connection) -> Cursor | None:
    found = connection.execute("SELECT block, hash, log_index FROM cursor").fetchone()
    return Cursor(*found) if found else None


def _set_cursor(connection: sqlite3.Connection, cursor: Cursor | None) -> None:
    connection.execute("DELETE FROM cursor")
    if cursor is not None:
        row = (cursor.block, cursor.hash, cursor.log_index)
        connection.execute("INSERT INTO cursor VALUES (?, ?, ?)", row)


def _place(found: tuple[int, Log, Mapping[str, Any]]) -> tuple[int, int]:
    return found[0], found[1].log_index


def _row(found: tuple[int, Log, Mapping[str, Any]]) -> tuple[Any, ...]:
    number, log, raw = found
    padded = (*log.topics, None, None, None, None)[:4]
    place = (number, log.log_index, bytes(raw["blockHash"]), bytes(raw["transactionHash"]))
    return (*place, log.address, *padded, log.data)


def _event(contract: str, name: str, row: tuple[Any, ...]) -> Event | None:
    number, log_index, block_hash, transaction, address, *words, data = row
    log = Log(address, tuple(word for word in words if word is not None), data, log_index)
    arguments = decode_log(contract, name, log)
    if arguments is None:
        return None
    return Event(name, address, arguments, number, block_hash, log_index, "0x" + transaction.hex())
