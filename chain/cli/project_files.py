"""`weighhouse project export|plot|history`: a project as files for analysts, pictures and simulations."""

from __future__ import annotations

from pathlib import Path

import click

from chain.cli.output import Output, json_option, lines, show
from chain.cli.session import Session, with_session
from chain.hooks import plot_payouts, plot_scores
from chain.roles.export import FORMATS, tables, write_tables
from chain.roles.past import past_of, write_history
from valuation.plots import save


@click.command("export")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--format", "kind", type=click.Choice(FORMATS), default=FORMATS[0], show_default=True)
@json_option
@with_session(key=False)
def export(session: Session, output: Output, target: Path, kind: str) -> None:
    """Write the project as tables: a folder TARGET of Parquet files, or a DuckDB database TARGET."""
    opened = session.project()
    found = tables(opened, session.store)
    written = write_tables(found, target, kind)
    rows = {table.name: len(table.rows) for table in found}
    document = {"project": opened.id, "files": [str(path) for path in written], "rows": rows}
    show(output, document, lines({str(target): kind, **rows}))


@click.command("plot")
@click.argument("what", type=click.Choice(["payouts", "scores"]))
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--round", "number", type=click.IntRange(min=1), help="Of the scores [the latest].")
@json_option
@with_session(key=False)
def plot(session: Session, output: Output, what: str, target: Path, number: int | None) -> None:
    """Draw cumulative payouts, or a round's scores, into TARGET: .svg, .png or .pdf; extra `plots`."""
    opened = session.project()
    if what == "payouts":
        figure = plot_payouts(opened, session.store)
    else:
        figure = plot_scores(opened, session.store, number)
    save(figure, target)
    document = {"project": opened.id, "what": what, "file": str(target)}
    show(output, document, lines(document))


@click.command("history")
@click.argument("target", type=click.Path(path_type=Path, file_okay=False))
@click.option("--first", type=click.IntRange(min=1), default=1, show_default=True, help="The first round.")
@click.option("--last", type=click.IntRange(min=1), help="The last [the newest with a seed].")
@json_option
@with_session(key=False)
def history(session: Session, output: Output, target: Path, first: int, last: int | None) -> None:
    """Write the rounds into the folder TARGET, for `weighhouse simulate --history`."""
    opened = session.project()
    past = past_of(opened, session.store, first, last)
    write_history(target, past)
    numbers = [each.number for each in past.rounds]
    document = {"project": opened.id, "folder": str(target), "rounds": numbers}
    show(output, document, lines(document))
