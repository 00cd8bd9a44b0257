"""`weighhouse dashboard`: the project as pages, on this machine alone."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from chain.cli.output import Output, json_option, lines, show
from chain.cli.session import Session, with_session
from chain.errors import ConfigError


@click.command("dashboard")
@click.option("--port", type=click.IntRange(0, 65_535), default=8_471, show_default=True, help="0 for any.")
@click.option(
    "--export",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write a static copy there, and end.",
)
@json_option
@with_session(key=False)
def dashboard(session: Session, output: Output, port: int, folder: Path | None) -> None:
    """Show the project as pages, read-only, on the loopback interface, until interrupted."""
    try:
        import uvicorn

        from chain.dashboard.app import application
        from chain.dashboard.export import export
        from chain.dashboard.pages import Dashboard
    except ImportError:
        raise ConfigError("the dashboard needs packages: pip install 'weighhouse[web]'") from None
    pages = Dashboard(session.project(), session.store)
    if folder is not None:
        document: dict[str, object] = {"folder": str(folder), "pages": export(pages, folder)}
        show(output, document, lines(document))
        return
    pages.prepare()
    config = uvicorn.Config(application(pages), host="127.0.0.1", port=port, log_level="warning")
    try:
        listener = config.bind_socket()
    except SystemExit:
        raise ConfigError(f"cannot listen on 127.0.0.1:{port}") from None
    document = {"url": f"http://127.0.0.1:{listener.getsockname()[1]}/"}
    show(output, document, lines(document))
    sys.stdout.flush()
    uvicorn.Server(config).run(sockets=[listener])
