"""`ape run payouts`: what every peer of a project did, what it was worth, and what was paid for it."""

import click
from ape.cli import ConnectedProviderCommand

from scripts._door import deployments_of, named_errors, network_of


@click.command(cls=ConnectedProviderCommand)
@click.option("--project", "number", type=click.IntRange(min=1), help="Its number [the latest].")
@click.option("--store", default="file://.weighhouse/store", show_default=True, help="URL of the store.")
@named_errors
def cli(provider, number, store):
    """Show the owner's table; `weighhouse project payouts --json` gives it to programs."""
    from rich.console import Console

    from chain.cli.tables import peer_table
    from chain.contracts.factory import ProjectFactory
    from chain.deployments import load_system
    from chain.project import Project
    from chain.roles.ledger import ledger
    from chain.store import Store

    network = network_of(provider)
    with deployments_of(provider, network) as folder:
        system = load_system(network, folder)
    project = Project.at(network, system, number or ProjectFactory(network, system.factory).projects())
    lines = ledger(project, Store.open(store))
    Console(width=140, highlight=False).print(peer_table(lines, project.token.decimals(), {}))
