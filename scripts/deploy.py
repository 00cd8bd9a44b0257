"""`ape run deploy`: the contracts that all projects of a chain share, deployed once.

The code is the committed artifacts', so ape compiles nothing. Running it again sends nothing.
"""

import click
from ape.cli import ConnectedProviderCommand, account_option

from scripts._door import ApeSigner, deployments_of, named_errors, network_of


@click.command(cls=ConnectedProviderCommand)
@account_option()
@click.option("--reset", "anew", is_flag=True, help="First forget what was deployed on a dev chain now gone.")
@named_errors
def cli(account, provider, anew):
    """Deploy Weighhouse's factory and lens, or find them deployed."""
    from chain.deployments import deploy_system, reset
    from chain.sender import Sender

    network = network_of(provider)
    with deployments_of(provider, network) as folder:
        if anew:
            reset(network, folder)
        system = deploy_system(network, Sender(network, ApeSigner(account, provider)), folder)
    for name, address in (("ProjectFactory", system.factory), ("ProjectLens", system.lens)):
        click.echo(f"{name:<15}{address}  {'deployed' if name in system.deployed else 'unchanged'}")
