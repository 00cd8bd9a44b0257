"""Who measures coalitions for an evaluator: this process, processes of this machine, or a Dask cluster."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

from chain.errors import ConfigError

LONGEST_WAIT = 30
"""Seconds that a cluster has to answer."""


@contextmanager
def workforce(wanted: str) -> Iterator[Executor | None]:
    """Opens an executor and closes it after the block; None stands for this process.

    Args:
        wanted: A number of processes, 1 for this one; or the address of a Dask scheduler, `tcp://host:8786`.

    Raises:
        ConfigError: It is neither, the cluster does not answer, or Dask is not installed.

    Example:
        >>> with workforce("1") as executor:
        ...     print(executor)
        None
    """
    if not wanted.isdecimal():
        yield from _cluster(wanted)
        return
    if not 1 <= (count := int(wanted)) <= 1024:
        raise ConfigError(f"1 to 1024 processes can measure, not {wanted}")
    if count == 1:
        yield None
        return
    # Not forked: this process holds connections and locks that are nobody else's.
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def _cluster(address: str) -> Iterator[Executor]:
    if "://" not in address:
        raise ConfigError(f"workers are a number, or the address of a Dask scheduler, not {address!r:.80}")
    try:
        from distributed import Client
    except ImportError:
        raise ConfigError("a cluster needs a package: pip install 'weighhouse[dask]'") from None
    try:
        client: Any = Client(address, timeout=LONGEST_WAIT, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise ConfigError(f"no Dask scheduler answers at {address!r:.80}: {type(error).__name__}") from None
    with client:
        yield client.get_executor()
