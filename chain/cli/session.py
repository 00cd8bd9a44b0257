"""What most commands need before they begin: a chain, a project on it, a store, perhaps an account."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from chain.accounts import dev_account, load_keystore, read_password
from chain.cli.output import Output, lines, show
from chain.cli.plans import show_plan
from chain.contracts.factory import ProjectFactory
from chain.deployments import load_system
from chain.errors import ConfigError, Refused
from chain.journal import Journal
from chain.network import Network, checked_address, connect
from chain.planning import PlannedCall, Planner, Watcher
from chain.project import Project
from chain.roles.state import StateFolder
from chain.sender import Sender
from chain.signers import ExternalSigner
from chain.store import Store

reference_option = click.option(
    "--reference",
    default="",
    help="A name of your choice. The same thing under the same name is done once, however often it is run.",
)

DEFAULT_NETWORK = "http://127.0.0.1:8545"


@dataclass(frozen=True)
class Place:
    """Where a command works.

    Attributes:
        network: A URL; what runs inside one process would be gone with it.
        chain_id: The chain that it must be; None for any.
        deployments: The folder of all networks' folders.
        store: URL of the store.
        state: The folder of private files.
    """

    network: str
    chain_id: int | None
    deployments: Path
    store: str
    state: Path


@dataclass(frozen=True)
class Session:
    """An open chain with what belongs to it."""

    network: Network
    folder: Path
    store: Store
    state: StateFolder
    _key: Key
    _project: int | None
    dry: bool = False
    planned: list[PlannedCall] = field(default_factory=list)

    def project(self) -> Project:
        """The project that was asked for, or the latest.

        Raises:
            ConfigError: There is none yet, or nothing is deployed.
            Reverted: There is none of that number.
        """
        system = load_system(self.network, self.folder)
        number = self._project or ProjectFactory(self.network, system.factory).projects()
        if number == 0:
            raise ConfigError(f"there is no project on {self.network.name} yet: weighhouse project create")
        found = Project.at(self.network, system, number)
        return found.indexed(self.folder / f"project-{number}.index.sqlite")

    def signer(self) -> Any:
        """The account that was named, to sign without sending anything. Raises as `sender`."""
        return self._key.account(self.network)

    def sender(self) -> Sender:
        """The account that was named, ready to send; what it had in flight is looked after first.

        A session that only plans gives a `Planner`, which sends nothing.

        Raises:
            ConfigError: None was named.
            Refused: A test account on a real chain, a wrong password, a file that others can read.
        """
        journal = Journal(
            self.folder / "journal.sqlite",
            chain_id=self.network.chain_id,
            genesis_hash=self.network.genesis_hash,
        )
        account = self._key.account(self.network)
        if self.dry:
            return Planner(self.network, account, journal, planned=self.planned)
        sender = Sender(self.network, account, journal)
        sender.recover()
        return sender

    def tell(
        self, output: Output, document: Mapping[str, Any], human: Callable[[Console], None] | None = None
    ) -> None:
        """Prints what a command did; or, when it only plans, what it would send."""
        if self.dry:
            show_plan(output, self.network, self.planned, str(self._key.account(self.network).address))
        else:
            show(output, document, human or lines(document))


@dataclass(frozen=True)
class Key:
    """How the account was named on the command line; no secret is in here."""

    dev_account: int | None
    keystore: Path | None
    password_file: Path | None
    signer: str | None
    signer_address: str | None
    watched: str | None = None

    def account(self, network: Network) -> Any:
        """The account itself.

        Raises:
            ConfigError: None was named, or a file is missing.
            Refused: As `chain.accounts` says.
        """
        if sum(way is not None for way in (self.dev_account, self.keystore, self.signer)) > 1:
            raise ConfigError("give one of --dev-account, --keystore and --signer, not several")
        if self.watched is not None:
            return Watcher(checked_address(self.watched))
        if self.dev_account is not None:
            return dev_account(network, self.dev_account)
        if self.signer is not None:
            if self.signer_address is None:
                raise ConfigError("a signer needs --signer-address ADDRESS")
            return ExternalSigner.at(self.signer, self.signer_address)
        if self.keystore is None:
            raise ConfigError(
                "this needs an account: --keystore FILE --password-file FILE "
                "(or --signer URL --signer-address ADDRESS, or --dev-account N)"
            )
        if self.password_file is None:
            raise ConfigError("a keystore needs --password-file FILE")
        return load_keystore(self.keystore, read_password(self.password_file))


def _common(option: str, *names: str, **how: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """An option of many commands, which share its environment variable."""
    variable = f"WEIGHHOUSE_{option.removeprefix('--').replace('-', '_').upper()}"
    return click.option(option, *names, envvar=variable, **how)


_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)
_PLACE = (
    _common(
        "--network",
        default=DEFAULT_NETWORK,
        show_default=True,
        help="URL of a node, or ecosystem:network:provider as ape has it.",
    ),
    _common("--chain-id", type=int, help="Refuse any other chain."),
    _common(
        "--deployments",
        type=_FOLDER,
        default=Path("deployments"),
        show_default=True,
        help="Folder of the networks' folders.",
    ),
    _common("--store", default="file://.weighhouse/store", show_default=True, help="URL of the store."),
    _common(
        "--state",
        type=_FOLDER,
        default=Path(".weighhouse/state"),
        show_default=True,
        help="Folder of private files: salts, updates not published yet.",
    ),
)
_PROJECT = (
    _common("--project", "project_number", type=click.IntRange(min=1), help="Its number [the latest]."),
)
_KEY = (
    _common("--keystore", type=_FILE, help="Encrypted key file."),
    _common("--password-file", type=_FILE, help="Its password; mode 0600."),
    _common("--signer", help="URL of an external signer; the key stays there."),
    _common("--signer-address", help="The account there."),
    _common("--dev-account", type=int, help="Number of a test account; dev chains only."),
)
_MONEY = (
    click.option("--broadcast", is_flag=True, help="Send it. Without this, say what would be sent."),
    click.option("--dry-run", is_flag=True, help="Send nothing, whatever else is said."),
    click.option("--from", "watched", help="Plan for this address; needs no key."),
)
workers_option = click.option(
    "--workers",
    default="1",
    show_default=True,
    help="Who measures: a number of processes, or the address of a Dask scheduler.",
)


def place_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options of a session, and opens none."""
    for option in reversed((*_PLACE, *_PROJECT, *_KEY)):
        command = option(command)
    return command


def with_session(*, key: bool, money: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Adds the options of a session to a command and calls it with an open one.

    Args:
        key: Whether the command signs.
        money: Whether it moves money: it then only plans, unless it is told to send.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def wrapped(
            *arguments: Any,
            network: str,
            chain_id: int | None,
            deployments: Path,
            store: str,
            state: Path,
            project_number: int | None,
            keystore: Path | None = None,
            password_file: Path | None = None,
            dev_account: int | None = None,
            signer: str | None = None,
            signer_address: str | None = None,
            broadcast: bool = not money,
            dry_run: bool = False,
            watched: str | None = None,
            **options: Any,
        ) -> None:
            place = Place(network, chain_id, deployments, store, state)
            named = Key(dev_account, keystore, password_file, signer, signer_address, watched)
            dry = not broadcast or dry_run or options.get("output") is Output.CALLDATA
            if watched and not dry:
                raise ConfigError("--from names an account without a key, which can only plan")
            with _open(place, named, project_number, dry) as session:
                command(session, *arguments, **options)

        for option in reversed((*_PLACE, *_PROJECT, *(_KEY if key else ()), *(_MONEY if money else ()))):
            wrapped = option(wrapped)
        if money:
            wrapped.can_plan = True  # type: ignore[attr-defined]
        return wrapped

    return decorate


@contextmanager
def _open(place: Place, key: Key, number: int | None, dry: bool) -> Iterator[Session]:
    if place.network in ("embedded", "anvil"):
        raise Refused(
            f"a chain inside one command would be gone with it: give the URL of a node, not {place.network}"
        )
    with connect(place.network, chain_id=place.chain_id) as network:
        yield Session(
            network=network,
            folder=place.deployments / network.name,
            store=Store.open(place.store),
            state=StateFolder(place.state),
            dry=dry,
            _key=key,
            _project=number,
        )
