"""What the ape scripts share: ape's connection, accounts and errors, in the shape that the engine knows.

Everything else happens in the package `chain`, exactly as for the `weighhouse` command. (It has nothing to do
with the object `chain` of `from ape import chain`.)
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click
from ape.api import AccountAPI, ProviderAPI
from eth_account.datastructures import SignedTransaction
from hexbytes import HexBytes

from valuation.errors import WeighhouseError

if TYPE_CHECKING:  # ape imports every script before it runs one, so the engine waits inside the commands
    from chain.network import Network


def named_errors(command: Callable[..., None]) -> Callable[..., None]:
    """The command, ending on a named error with one line and the exit code that `weighhouse` gives it."""

    @functools.wraps(command)
    def wrapped(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except WeighhouseError as error:
            from chain.cli.output import exit_code

            failure = click.ClickException(f"{type(error).__name__}: {error}")
            failure.exit_code = exit_code(error)
            raise failure from error

    return wrapped


def network_of(provider: ProviderAPI) -> Network:
    """The chain that ape is connected to, under the name that it has for the `weighhouse` command."""
    from chain.network import attach

    network = provider.network
    return attach(provider.web3.provider, endpoint=f"{network.ecosystem.name}:{network.name}:{provider.name}")


@contextmanager
def deployments_of(provider: ProviderAPI, network: Network) -> Iterator[Path]:
    """The folder that tells what was deployed; a passing one for a chain that ends with the command."""
    if provider.network.is_local:
        click.echo("This chain ends with the command: nothing is written to deployments/.", err=True)
        with TemporaryDirectory() as folder:
            yield Path(folder)
    else:
        yield Path("deployments") / network.name


@dataclass(frozen=True)
class ApeSigner:
    """An ape account of any kind: a test account, a keyfile that asks for its passphrase, hardware."""

    account: AccountAPI
    provider: ProviderAPI

    @property
    def address(self) -> str:
        return str(self.account.address)

    def sign_transaction(self, transaction: dict[str, Any]) -> SignedTransaction:
        ecosystem = self.provider.network.ecosystem
        unsigned = ecosystem.create_transaction(**transaction, sender=self.address)
        signed = self.account.sign_transaction(unsigned)
        if signed is None:
            raise click.Abort()  # the person at the keyboard said no
        return SignedTransaction(
            raw_transaction=HexBytes(signed.serialize_transaction()),
            hash=HexBytes(signed.txn_hash),
            r=int.from_bytes(signed.signature.r, "big"),
            s=int.from_bytes(signed.signature.s, "big"),
            v=signed.signature.v,
        )
