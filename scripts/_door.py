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
from typing import Any

import click
from ape.api import AccountAPI, ProviderAPI
from eth_account.datastructures import SignedTransaction
from hexbytes import HexBytes

from chain.network import Network, attach
from valuation.errors import WeighhouseError


class Failure(click.ClickException):
    """A named error of Weighhouse as click ends on it: one line, and the documented exit code."""

    def __init__(self, error: WeighhouseError) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.exit_code = getattr(error, "exit_code", 2)


def named_errors(command: Callable[..., None]) -> Callable[..., None]:
    """The command, ending on a named error without a traceback."""

    @functools.wraps(command)
    def wrapped(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except WeighhouseError as error:
            raise Failure(error) from error

    return wrapped


def network_of(provider: ProviderAPI) -> Network:
    """The chain that ape is connected to, under the name that it has for the `weighhouse` command."""
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
