"""What a role must remember between two commands and may show to nobody: salts, and bytes not published yet.

Files are written 0600 in a folder of 0700, whole or not at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from chain.errors import ConfigError, WindowError
from chain.files import write_whole


class NotRemembered(WindowError):
    """The step that would have written this has not been taken here, so this one cannot be taken yet."""


@dataclass(frozen=True)
class StateFolder:
    """Private files by name.

    Example:
        >>> import tempfile
        >>> state = StateFolder(Path(tempfile.mkdtemp()) / "state")
        >>> state.write("round-1.salt", b"secret")
        >>> state.read("round-1.salt")
        b'secret'
    """

    path: Path

    def write(self, name: str, data: bytes) -> None:
        """Writes a file, replacing one of the same name.

        Raises:
            ConfigError: The folder cannot be written.
        """
        target = self._file(name)
        try:
            write_whole(target, data, private=True)
        except OSError as error:
            raise ConfigError(f"cannot write {target}: {error}") from error

    def read(self, name: str) -> bytes:
        """The bytes that were written under this name.

        Raises:
            NotRemembered: Nothing was.
            ConfigError: The file cannot be read.
        """
        target = self._file(name)
        try:
            return target.read_bytes()
        except FileNotFoundError as error:
            raise NotRemembered(
                f"{target} does not exist: was the step before this one taken here?"
            ) from error
        except OSError as error:
            raise ConfigError(f"cannot read {target}: {error}") from error

    def has(self, name: str) -> bool:
        """Whether something was written under this name."""
        return self._file(name).is_file()

    def _file(self, name: str) -> Path:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,200}", name):
            raise ConfigError(f"not a name for a state file: {name!r:.80}")
        return self.path / name


def state_name(project_id: str, round: int, address: str, kind: str) -> str:
    """The name of one role's file of one round; two projects on two chains can share a folder."""
    return f"{project_id.replace(':', '-')}-{round}-{address}.{kind}"
