"""The command line: thin over the roles. `weighhouse --help` is its table of contents.

What a program reads goes to stdout, one JSON document with `--json`; what a person reads besides goes to
stderr. Every named error ends a command with the exit code that `docs/exit-codes.md` gives it, and never with
a traceback.
"""

from __future__ import annotations

import click

from chain.cli.assignment import assignment
from chain.cli.audit import audit
from chain.cli.bench import bench
from chain.cli.completion import completion
from chain.cli.config import config
from chain.cli.dashboard import dashboard
from chain.cli.demo import demo
from chain.cli.doctor import doctor
from chain.cli.keys import keys
from chain.cli.mechanism import mechanism
from chain.cli.peer import peer
from chain.cli.project import project
from chain.cli.receipt import receipt_commands
from chain.cli.round import round_commands
from chain.cli.settings import apply_settings
from chain.cli.simulate import simulate
from chain.cli.store import store_commands
from chain.cli.watch import watch


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "WEIGHHOUSE"},
    epilog="Exit codes: docs/exit-codes.md. Settings in files: weighhouse config show --help.",
)
@click.version_option(package_name="weighhouse")
@click.pass_context
def main(context: click.Context) -> None:
    """Weighhouse: public scales for collaborative training."""
    apply_settings(context)


COMMANDS = (
    demo,
    mechanism,
    simulate,
    project,
    peer,
    round_commands,
    audit,
    receipt_commands,
    dashboard,
    watch,
    store_commands,
    bench,
    keys,
    doctor,
    config,
    completion,
)

for command in COMMANDS:
    main.add_command(command)
peer.add_command(assignment)
