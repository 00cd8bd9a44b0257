"""`ape run status`: what is deployed on the connected chain, and how each project stands."""

import click
from ape.cli import ConnectedProviderCommand

from scripts._door import deployments_of, named_errors, network_of


@click.command(cls=ConnectedProviderCommand)
@named_errors
def cli(provider):
    """Show round, phase and money of each project; `weighhouse project status` tells more of one."""
    from chain.amounts import tokens
    from chain.cli.tables import money_document
    from chain.contracts.factory import ProjectFactory
    from chain.deployments import load_system
    from chain.project import Project

    network = network_of(provider)
    with deployments_of(provider, network) as folder:
        system = load_system(network, folder)
    count = ProjectFactory(network, system.factory).projects()
    click.echo(f"{network.name}, chain id {network.chain_id}, factory {system.factory}, projects: {count}")
    for number in range(1, count + 1):
        project = Project.at(network, system, number)
        now, decimals = project.status(), project.token.decimals()
        closed = ", closed" if now.closed else ""
        click.echo(f"project {number} of {now.owner}: round {now.round}, {now.phase.name.lower()}{closed}")
        for name, amount in money_document(now.money).items():
            click.echo(f"  {name:<10}{tokens(int(amount), decimals):>20}")
