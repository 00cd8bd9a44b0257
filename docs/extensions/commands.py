"""The command reference, from the commands themselves."""

from collections.abc import Iterator

import click

from chain.cli import main
from extensions.docstrings import escaped


def page() -> str:
    """Return the page: every command with its arguments and options."""
    head = (
        "# Commands\n\nFrom the commands themselves; `weighhouse COMMAND --help` says the same. "
        "How each ends: [exit codes](../../exit-codes.md).\n\n"
    )
    return head + "\n".join(_described(main, "weighhouse"))


def _described(command: click.Command, path: str) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name, child in sorted(command.commands.items()):
            yield from _described(child, f"{path} {name}")
        return
    context = click.Context(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    yield f"({path.replace(' ', '-')})=\n## `{path}`\n"
    yield f"{escaped((command.help or '').strip())}\n"
    yield f"```text\n{usage}\n```\n"
    rows = [_row(option, context) for option in command.params if isinstance(option, click.Option)]
    yield "| option | meaning |\n|---|---|\n" + "\n".join(rows) + "\n"


def _row(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    name, text = record if record else (", ".join(option.opts), "")
    return f"| `{name.replace('|', chr(92) + '|')}` | {escaped(' '.join(text.split()))} |"
