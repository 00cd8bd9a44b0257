"""What was about to be sent, what was sent and what came of it: written down before it happens.

A journal is a file of JSON lines. Its first line names the chain; each line after it is one step of one
transaction, on disk before the next step is taken. A process killed at any moment leaves a file from which
the next one can tell what may be in flight: nothing is sent twice, and nothing is forgotten. A last line torn
by a crash is dropped.

It holds no key. A signed transaction is kept, so that the very same one can be sent again: whoever reads it
could do no more than send what was going to be sent anyway.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from chain.errors import NetworkError, StoreError

SCHEMA = 1


class Step(StrEnum):
    """How far a transaction has come."""

    INTENT = "intent"  # decided; nothing has been signed
    SIGNED = "signed"  # may have been broadcast
    CONFIRMED = "confirmed"  # in a block, and succeeded
    REVERTED = "reverted"  # in a block, and failed


@dataclass(frozen=True)
class Entry:
    """One step of one transaction.

    Attributes:
        key: What the transaction is for; one key is never sent twice.
        step: How far it has come.
        call: keccak256 of receiver, value and data, in hex.
        nonce: The account's nonce for it.
        hash: The transaction's hash in hex; empty before it is signed.
        raw: The signed transaction in hex; empty before it is signed.
        block: The block that took it in; -1 before.
    """

    key: str
    step: Step
    call: str
    nonce: int
    hash: str = ""
    raw: str = ""
    block: int = -1


class Journal:
    """The journal in a file, made when the first entry is written. Memory grows with the number of keys.

    Several processes may use one file: each reads what the others have added before it answers.

    Args:
        path: The file.
        chain_id: The chain that it is about.
        genesis_hash: The chain's genesis.

    Raises:
        NetworkError: The file is about another chain.
        StoreError: A line other than the last is damaged, or the file cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "journal.jsonl"
        >>> Journal(path, chain_id=1, genesis_hash=bytes(32)).record(Entry("gift", Step.INTENT, "0xab", 7))
        >>> Journal(path, chain_id=1, genesis_hash=bytes(32)).latest("gift").nonce
        7
    """

    def __init__(self, path: Path, *, chain_id: int, genesis_hash: bytes) -> None:
        self.path = path
        self._header = {"schema": SCHEMA, "chainId": chain_id, "genesisHash": "0x" + genesis_hash.hex()}
        self._latest: dict[str, Entry] = {}
        self._read_to = 0
        self._lines = 0
        if path.exists():
            with self._open():
                pass

    def latest(self, key: str) -> Entry | None:
        """The last step of a key; None when it was never written."""
        if self.path.exists():
            with self._open():
                pass
        return self._latest.get(key)

    def record(self, entry: Entry) -> None:
        """Writes a step and waits until it is on disk.

        Raises:
            StoreError: It could not be written. What it announces must then not be done.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._open(create=True) as handle:
                lines = [] if self._lines else [self._header]
                written = b"".join(_line(d) for d in [*lines, asdict(entry)])
                if os.write(handle, written) != len(written):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(handle)
                self._take_in(handle)
        except OSError as error:
            raise StoreError(f"cannot write the journal {self.path}: {error.strerror}") from None

    @contextmanager
    def _open(self, *, create: bool = False) -> Iterator[int]:
        """The file, locked, its torn tail cut off and its new lines taken in."""
        flags = os.O_RDWR | os.O_APPEND | (os.O_CREAT if create else 0)
        handle = os.open(self.path, flags, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            self._take_in(handle)
            yield handle
        finally:
            os.close(handle)

    def _take_in(self, handle: int) -> None:
        size = os.fstat(handle).st_size
        fresh = os.pread(handle, size - self._read_to, self._read_to)
        whole = fresh.rfind(b"\n") + 1
        if not self._lines and not whole and not _line(self._header).startswith(fresh):
            raise StoreError(f"{self.path} is not a journal")
        if whole < len(fresh):
            os.ftruncate(handle, self._read_to + whole)
        for line in fresh[:whole].splitlines():
            self._lines += 1
            self._take_line(line)
        self._read_to += whole

    def _take_line(self, line: bytes) -> None:
        try:
            document: dict[str, Any] = json.loads(line)
            if self._lines == 1:
                self._check_header(dict(document))
                return
            entry = Entry(**{**document, "step": Step(document["step"])})
        except (ValueError, TypeError, KeyError):
            raise StoreError(f"{self.path}, line {self._lines}: not a step of a journal") from None
        self._latest[entry.key] = entry

    def _check_header(self, found: dict[str, Any]) -> None:
        if found != self._header:
            raise NetworkError(
                f"{self.path} is about chain {found.get('chainId')}, genesis {found.get('genesisHash')}, "
                f"not chain {self._header['chainId']}, genesis {self._header['genesisHash']}: "
                "this looks like a restarted dev chain"
            )


def _line(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode() + b"\n"
