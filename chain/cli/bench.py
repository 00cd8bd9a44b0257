"""`weighhouse bench`: what the mechanisms of this library are worth, measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from chain.cli.mechanism import read_mechanism
from chain.cli.output import Output, json_option, show
from chain.files import write_text
from valuation.attacks.chart import chart
from valuation.attacks.mechanisms import MECHANISMS
from valuation.attacks.tables import FULL, QUICK, attack_rows, replication_rows
from valuation.mechanism import Mechanism


@click.group()
def bench() -> None:
    """Measure mechanisms."""


@bench.command()
@click.option(
    "--mechanism",
    "chosen",
    multiple=True,
    metavar="NAME|FILE",
    help=f"A mechanism to attack: {', '.join(MECHANISMS)}, a preset or a file; may be repeated [default].",
)
@click.option("--quick", is_flag=True, help="Few trainers, rounds and seeds: less than a minute or so.")
@click.option("--replication", is_flag=True, help="Also measure what one trainer gains by splitting.")
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Write a picture (SVG) there.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
@json_option
def attacks(
    chosen: tuple[str, ...], quick: bool, replication: bool, plot: Path | None, jobs: int, output: Output
) -> None:
    """Play every known attack, and print what it earns.

    Pay is relative to an honest trainer with the same resources; damage is how much higher the final loss
    is than without the attacker; loss is the part of their pay that honest trainers lose. More than 5 % is
    open.
    """
    size = QUICK if quick else FULL
    named = {name: _mechanism(name) for name in chosen or ("default",)}
    rows = attack_rows(named, size, jobs)
    document: dict[str, Any] = {"quick": quick, "attacks": rows}
    if replication:
        document["replication"] = replication_rows(size, jobs)
    if plot is not None:
        write_text(plot, chart(rows))
    show(output, document, lambda console: _tell(console, rows, document.get("replication", [])))


def _mechanism(name: str) -> Mechanism:
    return MECHANISMS[name]() if name in MECHANISMS else read_mechanism(name)


def attack_table(rows: Sequence[dict[str, Any]]) -> Table:
    """What every attack earns, as a table for people."""
    table = Table(box=None)
    for title in ("mechanism", "attack"):
        table.add_column(title)
    for title in ("relative pay", "95 % interval", "model damage", "honest loss"):
        table.add_column(title, justify="right")
    table.add_column("")
    for row in rows:
        table.add_row(
            row["mechanism"],
            row["name"],
            f"{row['relative_pay']:.1%}",
            f"{row['low']:.1%} - {row['high']:.1%}",
            f"{row['model_damage']:+.1%}",
            f"{row['honest_loss']:+.1%}",
            "open" if row["open"] else "",
        )
    return table


def _tell(console: Console, rows: Sequence[dict[str, Any]], replication: Sequence[dict[str, Any]]) -> None:
    console.print(attack_table(rows))
    if replication:
        splitting = Table(box=None)
        for title in ("mechanism", "manner", "identities", "gain", "per stake", ""):
            splitting.add_column(title)
        for row in replication:
            splitting.add_row(
                row["mechanism"],
                row["manner"],
                str(row["identities"]),
                f"{row['gain']:.2f}",
                f"{row['per_stake']:.2f}",
                "open" if row["open"] else "",
            )
        console.print(splitting)
