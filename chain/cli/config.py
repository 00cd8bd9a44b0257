"""`weighhouse config`: which settings hold here, and where each is from."""

from __future__ import annotations

import click
from click.core import ParameterSource
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chain.cli.output import Output, json_option, show
from chain.cli.session import place_options
from chain.cli.settings import Settings
from chain.networks.remote import redact


@click.group("config")
def config() -> None:
    """Show which settings hold."""


@config.command("show")
@click.option("--origin", is_flag=True, help="Say where each is from.")
@json_option
@place_options
@click.pass_context
def show_command(context: click.Context, /, output: Output, origin: bool, **options: object) -> None:
    """Show the settings that commands take here.

    From the command line, the environment (WEIGHHOUSE_NETWORK and so on), weighhouse.toml in this folder,
    ~/.config/weighhouse/config.toml, or the default, in this order.
    """
    settings = context.find_root().obj
    rows = {}
    for parameter in context.command.params:
        name = parameter.name or ""
        if name in options:
            value = None if options[name] is None else redact(str(options[name]))
            rows[parameter.opts[0].removeprefix("--")] = (value, _origin(context, name, settings))
    document = {
        "settings": {
            name: {"value": value, **({"origin": place} if origin else {})}
            for name, (value, place) in rows.items()
        }
    }

    def human(console: Console) -> None:
        table = Table.grid(padding=(0, 2))
        for name, (value, place) in rows.items():
            shown = Text("-" if value is None else value)
            table.add_row(name, shown, *([Text(place, style="dim")] if origin else []))
        console.print(table)

    show(output, document, human)


def _origin(context: click.Context, name: str, settings: object) -> str:
    source = context.get_parameter_source(name)
    if source is ParameterSource.DEFAULT_MAP and isinstance(settings, Settings):
        return str(settings.origins["config show", name])
    return {
        ParameterSource.COMMANDLINE: "command line",
        ParameterSource.ENVIRONMENT: "environment",
    }.get(source or ParameterSource.DEFAULT, "default")
