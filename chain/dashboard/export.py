"""A static copy of the dashboard: the same pages under the same paths, for any web server or none."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from chain.dashboard.app import HERE, page_at, render
from chain.dashboard.pages import Dashboard
from chain.errors import ConfigError

MARK = ".weighhouse-dashboard"
"""Tells a copy of ours from a folder that somebody else filled."""


def export(dashboard: Dashboard, target: Path) -> int:
    """Writes all pages; a copy of ours that is there is replaced, at once. Returns how many pages there are.

    Raises:
        ConfigError: The folder cannot be written, or holds something else.
        WeighhouseError: A page cannot be made; nothing is changed then.
    """
    if target.exists() and not (target / MARK).is_file() and (not target.is_dir() or any(target.iterdir())):
        raise ConfigError(f"{target} holds something else than a dashboard: it is left alone")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as name:
            draft = Path(name) / "copy"
            shutil.copytree(HERE / "static", draft / "static")
            count = 0
            for path in dashboard.paths():
                page = page_at(dashboard, path)
                if page is not None:
                    file = draft / path
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(render(page, depth=path.count("/")), encoding="utf-8")
                    count += 1
            (draft / MARK).touch()
            if target.exists():
                target.rename(Path(name) / "old")
            draft.rename(target)
    except OSError as error:
        raise ConfigError(f"cannot write {target}: {error.strerror}") from None
    return count
