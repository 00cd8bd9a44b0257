"""A Gauntlet as a project's method: its memory goes from round to round, and its own rules pay."""

from dataclasses import replace

import numpy as np
import pytest

from valuation.errors import InputError, MechanismError
from valuation.gauntlet.state import from_json
from valuation.mechanism import default_mechanism
from valuation.mechanism import from_json as mechanism_from_json
from valuation.rewards.payouts import payouts
from valuation.scoring import Seen, next_model, score_round, trainer_payouts

MECHANISM = default_mechanism(method="gauntlet")
PLAYERS = ("0xa0", "0xb0", "0xc0")
NANO = 10**9


def seen(round, players=PLAYERS, state=b"", rejections=None):
    updates = np.random.default_rng(round).normal(size=(len(players), 650)).astype(np.float32)
    return Seen(round, bytes([round]) * 32, players, updates, range(len(players)), rejections or {}, state)


def losses(*rows):
    return np.array(rows, dtype=np.int64).ravel() * (NANO // 100)


WORKS = (230, 130, 230, 150)  # gains more on its own data than on unseen
COPIES = (230, 150, 230, 150)
HARMS = (230, 130, 230, 240)


def play(rounds, utilities, mechanism=MECHANISM):
    state, scores = b"", []
    for round in range(1, rounds + 1):
        scores, state = score_round(mechanism, utilities, seen(round, state=state))
    return scores, state


def test_who_works_is_paid_once_its_record_says_so_and_nobody_else():
    utilities = losses(WORKS, COPIES, HARMS)
    first, state = score_round(MECHANISM, utilities, seen(1))
    assert first == [0, 0, 0]
    assert from_json(state).peers["0xa0"].computation == pytest.approx(0.05)
    scores, state = play(6, utilities)
    assert scores[0] > 0
    assert scores[1:] == [0, 0]
    assert set(from_json(state).peers) == set(PLAYERS)


def test_the_memory_is_the_same_bytes_however_often_it_is_recomputed():
    utilities = losses(WORKS, WORKS, COPIES)
    assert play(5, utilities) == play(5, utilities)


def test_who_misses_a_round_is_remembered_and_not_paid():
    _, state = play(6, losses(WORKS, WORKS, WORKS))
    scores, after = score_round(MECHANISM, losses(WORKS, WORKS), seen(7, PLAYERS[:2], state))
    assert len(scores) == 2
    assert from_json(after).peers["0xc0"].missing == 1
    refused = {"0xc0": "unproven"}
    _, after = score_round(MECHANISM, losses(WORKS, WORKS), seen(7, PLAYERS[:2], state, refused))
    assert from_json(after).peers["0xc0"].missing == 0


def test_a_round_without_players_keeps_the_memory():
    _, state = play(3, losses(WORKS, WORKS, WORKS))
    scores, after = score_round(MECHANISM, losses(), seen(4, (), state))
    assert scores == []
    assert set(from_json(after).peers) == set(PLAYERS)


def test_another_memory_or_round_is_refused():
    with pytest.raises(MechanismError):
        score_round(MECHANISM, losses(WORKS, WORKS, WORKS), seen(1, state=b"{}"))
    _, state = play(3, losses(WORKS, WORKS, WORKS))
    with pytest.raises(InputError, match="does not follow"):
        score_round(MECHANISM, losses(WORKS, WORKS, WORKS), seen(3, state=state))
    with pytest.raises(InputError):
        score_round(MECHANISM, losses(WORKS), seen(1))


def test_methods_without_memory_have_none():
    assert score_round(default_mechanism(), np.array([0, 10, 20, 40]), seen(1, PLAYERS[:2], b"anything")) == (
        [15, 25],
        b"",
    )


@pytest.mark.parametrize("version", ["weighhouse", "paper", "v0.2.84", "v2.1.3"])
def test_every_version_can_be_a_projects_rules_and_survives_its_json(version):
    mechanism = default_mechanism(method="gauntlet", version=version)
    assert mechanism_from_json(mechanism.to_json()) == mechanism
    scores, _ = play(8, losses(WORKS, COPIES, HARMS), mechanism)
    pay = trainer_payouts(mechanism, scores, 1000)
    assert sum(pay) <= 1000
    model = next_model(mechanism, np.zeros(650, np.float32), seen(1).updates, scores)
    assert (model != 0).any() == any(score > 0 for score in scores)


def test_a_gauntlets_own_rule_pays_and_the_rewards_rule_cannot_contradict_it():
    scores = [3 * NANO, NANO, 0]
    assert trainer_payouts(MECHANISM, scores, 1000) == payouts(scores, 1000, 2) == [900, 100, 0]
    with pytest.raises(MechanismError, match=r"reward\.power: must be the Gauntlet's"):
        replace(MECHANISM, reward=replace(MECHANISM.reward, power="1"))
    with pytest.raises(MechanismError, match="gauntlet: goes with"):
        replace(MECHANISM, gauntlet=None)
    with pytest.raises(MechanismError, match=r"aggregation\.name: goes with"):
        replace(MECHANISM, aggregation=replace(MECHANISM.aggregation, name="mean"))
