"""Locks that hold between threads and processes alike, and that a killed process cannot leave behind."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chain.errors import Refused


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Holds the lock of this name while the block runs; waits until it is free.

    The operating system frees it when the process ends, however it ends. Each use opens the file anew, so
    that threads of one process exclude each other as well. POSIX only.

    Raises:
        Refused: The folder of locks belongs to somebody else.
    """
    handle = os.open(_folder() / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"weighhouse-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.lstat()
    if state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise Refused(f"{folder} must be a folder that only you can use")
    return folder
