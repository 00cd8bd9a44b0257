"""Files that are there whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from chain.errors import ConfigError


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Writes a document, replacing the file at once: nobody ever reads half of it.

    Raises:
        ConfigError: The folder cannot be written.
    """
    write_text(path, json.dumps(document, indent=2, sort_keys=True) + "\n")


def write_text(path: Path, text: str) -> None:
    """Writes a text, replacing the file at once.

    Raises:
        ConfigError: The folder cannot be written.
    """
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from None


def write_whole(path: Path, data: bytes, *, private: bool = False) -> None:
    """Writes bytes, replacing the file at once; a private file, and its folders if new, are the owner's.

    Raises:
        OSError: The folder cannot be written.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    for folder in reversed([each for each in (path.parent, *path.parent.parents) if not each.exists()]):
        folder.mkdir(exist_ok=True, mode=0o700 if private else 0o777)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def read_bytes(path: Path) -> bytes:
    """Reads a file that a person named.

    Raises:
        ConfigError: It cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None


def read_json(path: Path) -> dict[str, Any]:
    """Reads a document.

    Raises:
        ConfigError: The file cannot be read, or holds no JSON object.
    """
    try:
        document = json.loads(path.read_text())
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None
    except ValueError:
        raise ConfigError(f"{path} is not JSON") from None
    if not isinstance(document, dict):
        raise ConfigError(f"{path} holds no JSON object")
    return document
