"""JSON files that are there whole or not at all."""

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
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with draft.open("w") as file:
                json.dump(document, file, indent=2, sort_keys=True)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from None


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
