"""What was about to be sent, what was sent and what came of it: written down before it happens.

A journal is an SQLite file of one chain, in write-ahead mode and synced at each step. A process killed at any
moment, or one whose disk is full, leaves a file from which the next one can tell what may be in flight:
nothing is sent twice, and nothing is forgotten.

It holds no key. Signed transactions are kept, so that the very same ones can be sent again: whoever reads
them could do no more than send what was going to be sent anyway.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from chain.errors import NetworkError, StoreError

SCHEMA = 2

_TABLES = """
CREATE TABLE chain (schema INTEGER NOT NULL, chain_id INTEGER NOT NULL, genesis TEXT NOT NULL) STRICT;
CREATE TABLE entries (
    number INTEGER PRIMARY KEY,
    account TEXT NOT NULL, contract TEXT NOT NULL, round INTEGER NOT NULL, content TEXT NOT NULL,
    reference TEXT NOT NULL,
    step TEXT NOT NULL, nonce INTEGER NOT NULL, gas INTEGER NOT NULL, block INTEGER NOT NULL
) STRICT;
CREATE INDEX by_intent ON entries (account, contract, round, content, reference);
CREATE INDEX by_step ON entries (account, step);
CREATE TABLE attempts (
    entry INTEGER NOT NULL REFERENCES entries (number), place INTEGER NOT NULL,
    hash TEXT NOT NULL, raw TEXT NOT NULL, maximum INTEGER NOT NULL, tip INTEGER NOT NULL,
    PRIMARY KEY (entry, place)
) STRICT;
"""
_COLUMNS = "number, account, contract, round, content, reference, step, nonce, gas, block"
_BUSY_SECONDS = 30.0
_MAGIC = b"SQLite format 3\0"


class Step(StrEnum):
    """How far a transaction has come."""

    INTENT = "intent"  # decided; nothing has been signed
    SIGNED = "signed"  # may have been broadcast
    INCLUDED = "included"  # in a block that may yet be reorganised away
    CONFIRMED = "confirmed"  # in a block with as many on top as were asked for, and succeeded
    REVERTED = "reverted"  # likewise, and failed
    LOST = "lost"  # its nonce went to another transaction


IN_FLIGHT = (Step.SIGNED, Step.INCLUDED)
"""The steps from which a transaction may still be taken in, or out."""


@dataclass(frozen=True)
class Intent:
    """What a transaction is for; with chain and genesis of the journal, the key under which it is written.

    Attributes:
        account: Who sends.
        contract: Who receives; empty for the creation of a contract.
        round: The round that it belongs to; 0 for none.
        content: keccak256 of receiver, value and data, in hex.
        reference: A name that the sender gave it. One reference of one account is never sent twice; without
            one, an intent may be sent again once it is settled.
    """

    account: str
    contract: str
    round: int
    content: str
    reference: str = ""


@dataclass(frozen=True)
class Attempt:
    """One signed transaction: its hash and bytes in hex, and the wei per gas that it offers."""

    hash: str
    raw: str
    maximum: int
    tip: int


@dataclass(frozen=True)
class Entry:
    """One logical transaction: of its attempts, which share a nonce, at most one can ever be in the chain.

    Attributes:
        intent: What it is for.
        step: How far it has come.
        nonce: The account's nonce for it.
        gas: Its gas limit.
        attempts: All that was signed for it, the latest last.
        block: The block that took it in; -1 before.
        number: Its place in the journal; 0 before it is written.
    """

    intent: Intent
    step: Step
    nonce: int
    gas: int = 0
    attempts: tuple[Attempt, ...] = ()
    block: int = -1
    number: int = 0


class Journal:
    """The journal in a file, made when the first entry is written.

    Several processes and threads may use one file. It must be on a disk of this machine: SQLite's
    write-ahead mode does not work over a network.

    Args:
        path: The file.
        chain_id: The chain that it is about.
        genesis_hash: The chain's genesis.

    Raises:
        NetworkError: The file is about another chain.
        StoreError: It is no journal, or damaged, or cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "journal.sqlite"
        >>> gift = Intent(account="0xA", contract="0xB", round=1, content="0xab")
        >>> Journal(path, chain_id=1, genesis_hash=bytes(32)).record(Entry(gift, Step.INTENT, nonce=7)).number
        1
        >>> Journal(path, chain_id=1, genesis_hash=bytes(32)).latest(gift).nonce
        7
    """

    def __init__(self, path: Path, *, chain_id: int, genesis_hash: bytes) -> None:
        self.path = path
        self._chain = (SCHEMA, chain_id, "0x" + genesis_hash.hex())
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.RLock()
        if path.exists():
            with self._opened("read"):
                pass

    def latest(self, intent: Intent) -> Entry | None:
        """The last entry of an intent, by its reference if it has one; None when it was never written."""
        values: tuple[object, ...] = (intent.account, intent.reference)
        where = "account = ? AND reference = ?"
        if not intent.reference:
            where += " AND contract = ? AND round = ? AND content = ?"
            values += (intent.contract, intent.round, intent.content)
        found = self._entries(f"{where} ORDER BY number DESC LIMIT 1", values)
        return found[0] if found else None

    def of(self, account: str, steps: tuple[Step, ...], from_block: int = -1) -> list[Entry]:
        """An account's entries at one of these steps and not below a block, by nonce."""
        marks = ", ".join("?" for _ in steps)
        return self._entries(
            f"account = ? AND block >= ? AND step IN ({marks}) ORDER BY nonce, number",
            (account, from_block, *steps),
        )

    def record(self, entry: Entry) -> Entry:
        """Writes how far an entry has come and waits until it is on disk; the entry with its number.

        Raises:
            StoreError: It could not be written. What it announces must then not be done.
        """
        intent = entry.intent
        row = (
            entry.number or None,
            *(intent.account, intent.contract, intent.round, intent.content, intent.reference),
            *(entry.step, entry.nonce, entry.gas, entry.block),
        )
        with self._opened("write", create=True) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            cursor = connection.execute(
                f"INSERT OR REPLACE INTO entries ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row
            )
            number = entry.number or int(cursor.lastrowid or 0)
            connection.executemany(
                "INSERT OR IGNORE INTO attempts VALUES (?, ?, ?, ?, ?, ?)",
                [(number, i, a.hash, a.raw, a.maximum, a.tip) for i, a in enumerate(entry.attempts)],
            )
        return replace(entry, number=number)

    def close(self) -> None:
        """Closes the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _entries(self, where: str, values: tuple[object, ...]) -> list[Entry]:
        if self._connection is None and not self.path.exists():
            return []
        with self._opened("read") as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM entries WHERE {where}", values).fetchall()
            return [
                Entry(
                    intent=Intent(*row[1:6]),
                    step=Step(row[6]),
                    nonce=row[7],
                    gas=row[8],
                    attempts=tuple(
                        Attempt(*attempt)
                        for attempt in connection.execute(
                            "SELECT hash, raw, maximum, tip FROM attempts WHERE entry = ? ORDER BY place",
                            row[:1],
                        )
                    ),
                    block=row[9],
                    number=row[0],
                )
                for row in rows
            ]

    @contextmanager
    def _opened(self, doing: str, *, create: bool = False) -> Iterator[sqlite3.Connection]:
        """The open file, for one thread at a time, its errors named."""
        with self._lock:
            try:
                if create:
                    self.path.parent.mkdir(parents=True, exist_ok=True)
                if self._connection is None:
                    self._connection = self._connect()
                yield self._connection
            except (sqlite3.Error, OSError, ValueError) as error:
                raise StoreError(f"cannot {doing} the journal {self.path}: {error}") from None

    def _connect(self) -> sqlite3.Connection:
        # SQLite gives its side files the mode of the main one, which is therefore made first.
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            start = os.pread(handle, len(_MAGIC), 0)
        finally:
            os.close(handle)
        if start and start != _MAGIC:
            raise StoreError(f"{self.path} is not a journal")
        connection = sqlite3.connect(
            self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                if not connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
                    for statement in _TABLES.split(";")[:-1]:
                        connection.execute(statement)
                    connection.execute("INSERT INTO chain VALUES (?, ?, ?)", self._chain)
            self._check(connection.execute("SELECT schema, chain_id, genesis FROM chain").fetchone())
        except BaseException:
            connection.close()
            raise
        return connection

    def _check(self, found: tuple[int, int, str] | None) -> None:
        if found is None or found[0] != SCHEMA:
            raise StoreError(f"{self.path} is not a journal of schema {SCHEMA}")
        if found != self._chain:
            raise NetworkError(
                f"{self.path} is about chain {found[1]}, genesis {found[2]}, "
                f"not chain {self._chain[1]}, genesis {self._chain[2]}: "
                "this looks like a restarted dev chain"
            )
