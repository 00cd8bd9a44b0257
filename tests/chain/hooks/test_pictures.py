"""A project's pictures show what its reports say."""

from pathlib import Path

import pytest

from chain.errors import NothingToDo
from chain.hooks import plot_payouts, plot_scores
from chain.network import connect
from chain.roles.ledger import ledger, reports
from tests.support.world import TOKEN, build_world
from valuation.fixed_point import NANO
from valuation.plots import save

pytest.importorskip("matplotlib")


def test_a_project_is_drawn_in_one_call(tmp_path: Path) -> None:
    with connect("embedded") as network:
        world = build_world(network, tmp_path)
        for draw in (plot_payouts, plot_scores):
            with pytest.raises(NothingToDo, match="stands"):
                draw(world.project, world.store)
        world.play_round()
        world.play_round({1: b"garbage"})
        (axes,) = plot_payouts(world.project, world.store).axes
        drawn = sorted(line.get_ydata()[-1] for line in axes.get_lines())
        earned = sorted(line.earned / TOKEN for line in ledger(world.project, world.store))
        assert drawn == pytest.approx(earned)
        first, second = reports(world.project, world.store)
        for report, round in ((first, 1), (second, 2), (second, None)):
            (axes,) = plot_scores(world.project, world.store, round).axes
            told = {
                label.get_text(): bar.get_width()
                for label, bar in zip(axes.get_yticklabels(), axes.patches, strict=True)
            }
            assert told == pytest.approx({line.address: line.score / NANO for line in report.players})
        with pytest.raises(NothingToDo, match="no round 3"):
            plot_scores(world.project, world.store, 3)
        save(plot_payouts(world.project, world.store), tmp_path / "payouts.svg")
        assert "earned so far" in (tmp_path / "payouts.svg").read_text()
