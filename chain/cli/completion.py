"""`weighhouse completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of SHELL: source it where your shell starts.

    bash: weighhouse completion bash > ~/.local/share/bash-completion/completions/weighhouse
    """
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(context.find_root().command, {}, "weighhouse", "_WEIGHHOUSE_COMPLETE").source())
