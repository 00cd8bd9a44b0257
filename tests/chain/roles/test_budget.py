"""The budget that posters compute is the one that the distributor enforces."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.contracts.types import Emission, EmissionKind
from chain.network import Network
from chain.roles.budget import emitted, round_budget
from tests.support.world import BUDGET, TOKEN, World, build_world

emissions = st.builds(Emission, st.sampled_from(EmissionKind), st.integers(1, 2**60), st.integers(1, 1000))


@given(emissions, st.integers(1, 3000))
def test_what_is_emitted_never_falls_and_never_rises_faster_than_the_first_round(
    emission: Emission, rounds: int
) -> None:
    step = emitted(emission, rounds) - emitted(emission, rounds - 1)
    assert 0 <= step <= emission.first + 1


@pytest.mark.parametrize(
    "emission",
    [
        Emission(EmissionKind.FIXED, 7 * TOKEN + 3, 0),
        Emission(EmissionKind.LINEAR, 7 * TOKEN + 3, 5),
        Emission(EmissionKind.HALVING, 7 * TOKEN + 3, 3),
    ],
)
def test_the_contract_allows_the_same(chain_here: Network, tmp_path: Path, emission: Emission) -> None:
    small = build_world(
        chain_here,
        tmp_path,
        trainers=0,
        evaluators=0,
        adapt=lambda config: replace(config, emission=emission),
    )
    for rounds in (1, 2, 3, 4, 5, 6, 7, 50, 900):
        expected = min(5 * BUDGET, emitted(emission, rounds))
        assert small.project.distributor.budget(rounds) == expected


def test_money_that_arrives_after_the_draw_waits_for_the_next_round(world: World) -> None:
    project, owner = world.project, world.owner
    round = world.open_and_submit()
    world.seal(round)
    before = round_budget(project, round, owed=0)
    owner.sender.send(project.token.mint(owner.sender.address, BUDGET))
    owner.fund(BUDGET)
    assert round_budget(project, round, owed=0) == before == BUDGET
