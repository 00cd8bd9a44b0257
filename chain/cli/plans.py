"""Shows what a command would send."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from chain.amounts import tokens
from chain.cli.output import Output, show
from chain.errors import NothingToDo
from chain.fees import DEFAULT_CAP, current_fees
from chain.network import Network
from chain.planning import PlannedCall


def show_plan(output: Output, network: Network, planned: Sequence[PlannedCall], account: str) -> None:
    """Prints planned calls: for people, as a document, or one call a line as a multisig takes it.

    Raises:
        NothingToDo: Nothing would be sent.
    """
    if not planned:
        raise NothingToDo(f"{account} would send nothing")
    calls = [_document(network, each) for each in planned]
    if output is Output.CALLDATA:
        for call in calls:
            click.echo(json.dumps({name: call[name] for name in ("chain_id", "to", "value", "data")}))
        return
    fees = current_fees(network, cap=DEFAULT_CAP)
    most = sum((each.gas or 0) * fees.maximum + each.call.value for each in planned)
    document = {
        "broadcast": False,
        "from": account,
        "network": network.name,
        "chain_id": network.chain_id,
        "calls": calls,
        "most_wei": str(most),
        "balance_wei": str(network.balance(account)),
    }
    show(output, document, lambda console: _print(console, document, planned))


def _print(console: Console, document: dict[str, Any], planned: Sequence[PlannedCall]) -> None:
    where = f"{document['network']}, chain {document['chain_id']}"
    console.print(f"Would send from {document['from']} on {where}:", markup=False)
    for number, each in enumerate(planned, start=1):
        gas = f"{each.gas:,} gas" if each.gas is not None else "its gas is known once the one before is sent"
        console.print(Text(f"  {number}. {each.call.description}"))
        console.print(Text(f"     {gas}", style="dim"))
    most, held = (tokens(int(document[name]), 18, places=6) for name in ("most_wei", "balance_wei"))
    console.print(f"At most {most} of the {held} ether it holds, as far as that can be told.")
    console.print("Nothing was sent. --broadcast sends it.")


def _document(network: Network, planned: PlannedCall) -> dict[str, Any]:
    call = planned.call
    return {
        "chain_id": network.chain_id,
        "to": call.to,
        "value": str(call.value),
        "data": "0x" + call.data.hex(),
        "contract": call.contract,
        "function": call.function,
        "arguments": {name: _plain(value) for name, value in call.arguments.items()},
        "gas": planned.gas,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value)
