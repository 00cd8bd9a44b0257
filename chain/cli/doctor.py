"""`weighhouse doctor`: is everything here that commands need?"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from chain.cli.output import Output, json_option, show
from chain.cli.session import place_options
from chain.contracts.factory import ProjectFactory
from chain.deployments import load_system
from chain.errors import ConfigError
from chain.network import Network, connect
from chain.networks.anvil import find_anvil
from chain.store import Store
from valuation.errors import WeighhouseError

CLOCK_SKEW = 60
"""Seconds that this machine's clock may differ from the chain's."""
PACKAGES = ("numpy", "scipy", "web3", "eth-account", "py-evm")
EXTRAS = {
    "fast": "coincurve",
    "demo": "scikit-learn",
    "s3": "s3fs",
    "dask": "distributed",
    "watch": "prometheus-client",
    "export": "duckdb",
    "web": "starlette",
}


class Unwell(ConfigError):
    """Something that commands need is missing here; the message names it."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: `ok`, `note` or `bad`, and what was seen."""

    name: str
    verdict: str
    detail: str


@click.command("doctor")
@json_option
@place_options
def doctor(
    output: Output,
    network: str,
    chain_id: int | None,
    deployments: Path,
    store: str,
    state: Path,
    keystore: Path | None,
    **_others: object,
) -> None:
    """Look whether everything is here that commands need; exit code 3 when something is not."""
    found = [*_packages(), *_folders(state, keystore), _store(store), *_chain(network, chain_id, deployments)]
    bad = [finding for finding in found if finding.verdict == "bad"]
    document = {
        "well": not bad,
        "findings": [{"name": f.name, "verdict": f.verdict, "detail": f.detail} for f in found],
    }

    def human(console: Console) -> None:
        for finding in found:
            console.print(Text(f"  {finding.verdict:<5} {finding.name}: {finding.detail}"))

    show(output, document, human)
    if bad:
        if output.for_programs:
            raise SystemExit(Unwell.exit_code)
        raise Unwell(f"{bad[0].name}: {bad[0].detail}")


def _packages() -> Iterator[Finding]:
    yield Finding("python", "ok", platform.python_version())
    for name in PACKAGES:
        yield Finding(name, "ok", importlib.metadata.version(name))
    for extra, name in EXTRAS.items():
        try:
            yield Finding(f"extra {extra}", "ok", f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            yield Finding(f"extra {extra}", "note", f"not installed: pip install 'weighhouse[{extra}]'")
    yield _tried("anvil", find_anvil, missing="note")


def _folders(state: Path, keystore: Path | None) -> Iterator[Finding]:
    if state.exists():
        private = not state.stat().st_mode & 0o077
        yield Finding(
            "state", "ok" if private else "bad", f"{state}{'' if private else ' can be read by others'}"
        )
    else:
        yield Finding("state", "note", f"{state} is made when it is first needed")
    if keystore is not None:
        readable = keystore.is_file() and os.access(keystore, os.R_OK)
        private = readable and not keystore.stat().st_mode & 0o077
        told = "" if private else " can be read by others" if readable else " cannot be read"
        yield Finding("keystore", "ok" if private else "bad", f"{keystore}{told}")


def _store(url: str) -> Finding:
    def looked() -> str:
        opened = Store.open(url)
        opened.has(bytes(32))
        return opened.shown

    return _tried("store", looked)


def _chain(url: str, chain_id: int | None, deployments: Path) -> Iterator[Finding]:
    try:
        with connect(url, chain_id=chain_id) as network:
            kind = "a dev chain" if network.is_dev else "not a dev chain"
            yield Finding("network", "ok", f"{network.endpoint}, chain {network.chain_id}, {kind}")
            yield _clock(network)
            yield _tried("deployment", lambda: _deployment(network, deployments), missing="note")
    except WeighhouseError as error:
        yield Finding("network", "bad", str(error))


def _clock(network: Network) -> Finding:
    ahead = network.now() - time.time()
    if network.is_dev:
        return Finding("clock", "ok", "a dev chain has its own")
    skewed = abs(ahead) > CLOCK_SKEW
    return Finding("clock", "bad" if skewed else "ok", f"the chain's is {ahead:+.0f} s from this machine's")


def _deployment(network: Network, deployments: Path) -> str:
    system = load_system(network, deployments / network.name)
    count = ProjectFactory(network, system.factory).projects()
    return f"factory {system.factory}, {count} project{'' if count == 1 else 's'}"


def _tried(name: str, look: Callable[[], str], missing: str = "bad") -> Finding:
    try:
        return Finding(name, "ok", look())
    except WeighhouseError as error:
        return Finding(name, missing, str(error))
