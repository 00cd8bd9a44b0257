"""An Anvil of our own: a child process on a free port of the loopback interface, ended with its network."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from chain.errors import ConfigError, NetworkError

START_TIMEOUT = 15.0
_ATTEMPTS = 3


@dataclass(frozen=True)
class AnvilProcess:
    """A running Anvil.

    Attributes:
        url: Where it answers.
        process: The child; it leads a process group of its own, so that a wrapper cannot outlive it.
    """

    url: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """Ends the child. Calling it again does nothing."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


def find_anvil() -> str:
    """The `anvil` on PATH, or the one that npm installed here or beside the package.

    Raises:
        ConfigError: There is none.
    """
    folders = [Path.cwd(), Path(__file__).resolve().parents[2]]
    installed = [str(folder / "node_modules" / ".bin" / "anvil") for folder in folders]
    for candidate in ["anvil", *installed]:
        found = shutil.which(candidate)
        if found is not None:
            return found
    raise ConfigError("no anvil on PATH nor in node_modules/.bin: install Foundry, or run `npm ci` here")


def start_anvil(*, accounts: int, arguments: tuple[str, ...] = ()) -> AnvilProcess:
    """Starts Anvil and waits until it listens.

    Args:
        accounts: Number of funded test accounts.
        arguments: Further command-line arguments, such as `("--block-time", "1")`.

    Raises:
        ConfigError: There is no Anvil to start.
        NetworkError: It ended, or did not listen in time.
    """
    program = find_anvil()
    for _ in range(_ATTEMPTS):
        port = _free_port()
        command = [
            program,
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--accounts",
            str(accounts),
            "--quiet",
        ]
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen(
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
            anvil = AnvilProcess(f"http://127.0.0.1:{port}", process)
            if _listens(port, process):
                return anvil
            anvil.stop()
            log.seek(0)
            said = log.read().decode(errors="replace").strip()
        if "in use" not in said:  # another process may take the port between our look and Anvil's
            break
    raise NetworkError(f"anvil did not start: {said[-300:] or 'it said nothing'}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
        except OSError:
            time.sleep(0.02)
    return False
