"""One round: records, scores and the reasons for them."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuation.errors import InputError
from valuation.fixed_point import NANO
from valuation.gauntlet import rules
from valuation.gauntlet.normalisation import normalise
from valuation.gauntlet.observations import Observations
from valuation.gauntlet.peer_score import factors_of, loss_scores
from valuation.gauntlet.presets import PRESETS, preset
from valuation.gauntlet.settings import Settings
from valuation.gauntlet.state import PeerState, State, from_json, to_json
from valuation.gauntlet.step import step
from valuation.integrity.checks import Rejection

LOOSE = replace(Settings(), computation=rules.Computation(floor=0.0))
GONE = Rejection("missing", "nothing was published")


def players(n):
    return tuple(f"0xa{i}" for i in range(n))


def losses(unseen, assigned=None):
    """Four losses a peer that give these loss scores, in nats, from a loss of 2 before."""
    assigned = [gain + 0.05 for gain in unseen] if assigned is None else assigned
    rows = [[2.0, 2.0 - own, 2.0, 2.0 - other] for own, other in zip(assigned, unseen, strict=True)]
    return np.rint(np.array(rows).ravel() * NANO).astype(np.int64)


def seen(round, unseen, assigned=None, **changes):
    n = len(unseen)
    everything = Observations(
        round=round,
        players=players(n),
        rejections=(None,) * n,
        behind=np.zeros(n),
        overlap=np.zeros(n),
        evaluated=np.arange(n),
        losses=losses(unseen, assigned),
    )
    return replace(everything, **changes)


def without(observations, place, rejection):
    """The same observations, but that one submission was rejected and so not evaluated."""
    kept = observations.evaluated != place
    return replace(
        observations,
        rejections=tuple(rejection if i == place else r for i, r in enumerate(observations.rejections)),
        evaluated=observations.evaluated[kept],
        losses=observations.losses.reshape(-1, 4)[kept].ravel(),
    )


def after_rounds(count, unseen, config=LOOSE, assigned=None):
    state, scores = State(), ()
    for round in range(count):
        state, scores, _ = step(state, seen(round, unseen, assigned), config)
    return state, scores


gains = st.lists(st.floats(-1, 1).map(lambda x: round(x, 6)), min_size=2, max_size=6)


def test_the_better_the_peer_the_higher_its_score():
    rng, state = np.random.default_rng(0), State()
    total = np.zeros(4)
    for round in range(60):
        unseen = (np.array([0.9, 0.8, 0.7, 0.6]) + rng.normal(0, 0.2, 4)).round(6)
        state, scores, _ = step(state, seen(round, unseen.tolist()), LOOSE)
        total += scores
    assert total[0] > total[1] > total[2] > total[3] > 0


@given(gains, st.integers(0, 3))
def test_a_score_is_the_product_of_its_reasons(unseen, more):
    state, _ = after_rounds(more, unseen)
    _, scores, reasons = step(state, seen(more, unseen), LOOSE)
    for score, factors in zip(scores, reasons, strict=True):
        assert score == round(NANO * math.prod([reason.factor for reason in factors]))
        assert score >= 0


def test_the_first_score_can_be_computed_by_hand():
    _, scores, reasons = step(State(), seen(0, [0.2, 0.1]), LOOSE)
    named = {reason.code: reason.factor for reason in reasons[0]}
    assert named["rating"] == pytest.approx(27.256209, abs=1e-6)
    assert named["computation"] == pytest.approx(0.05)
    assert named["gain"] == 1
    assert named["synchronisation"] == 1
    assert scores[0] == pytest.approx(NANO * 27.256209 * 0.05, rel=1e-6)


@pytest.mark.parametrize("unseen", [[-0.1, -0.2, -0.3, -0.4], [0.0, -0.2, -0.3, 0.0]])
def test_who_does_not_help_earns_nothing_however_bad_the_others_are(unseen):
    _, scores = after_rounds(40, unseen, Settings())
    assert scores == (0, 0, 0, 0)
    # The published rules pay whoever harms least.
    for name in ("paper", "v0.2.84", "v2.1.3"):
        _, published = after_rounds(40, unseen, preset(name))
        assert max(published) > 0


def test_one_harmful_round_of_an_honest_peer_is_not_paid_and_soon_forgiven():
    state, scores = after_rounds(60, [0.3, 0.2], Settings())
    assert min(scores) > 0
    state, scores, _ = step(state, seen(60, [-0.1, 0.2]), Settings())
    assert scores[0] == 0 < scores[1]
    state, scores, _ = step(state, seen(61, [0.3, 0.2]), Settings())
    assert min(scores) > 0


def test_who_did_not_train_on_its_own_data_earns_nothing():
    # A copy, or an update of zeros, helps as much on its own data as elsewhere: a tie proves nothing.
    _, scores = after_rounds(60, [0.2, 0.3], Settings(), assigned=[0.25, 0.3])
    assert scores[0] > 0
    assert scores[1] == 0


def test_a_threshold_removes_the_residue_of_a_free_rider():
    # Whose own data help more in half of the rounds: the average of +1 and -1 wanders around 0.
    rng = np.random.default_rng(0)
    rate, average, kept, squared, honest = 0.05, 0.0, [], [], 0.8
    for _ in range(50_000):
        average = (1 - rate) * average + rate * rng.choice([-1.0, 1.0])
        kept.append(max(0.0, average))
        squared.append(max(0.0, average) ** 2)
    one = np.ones(len(kept))
    factors = factors_of(one, one, np.array(kept), one, one, Settings()).computation
    threshold = factors.mean() / honest
    assert np.mean(kept) / honest == pytest.approx(0.079, abs=0.005)
    assert np.mean(squared) / honest**2 == pytest.approx(0.020, abs=0.003)
    assert threshold < np.mean(kept) / honest / 2


def test_tenure_earns_nothing_without_caution():
    rng = np.random.default_rng(0)
    config = replace(LOOSE, caution=0.0)
    cautious = replace(LOOSE, caution=3.0)
    for rule, biased in ((config, False), (cautious, True)):
        state = State()
        for round in range(150):
            state, _, _ = step(state, seen(round, rng.normal(1, 0.1, 6).round(6).tolist()), rule)
        veterans = state.of(players(6))
        rating = factors_of(
            veterans.skill, veterans.deviation, np.ones(6), np.ones(6), np.ones(6), rule
        ).rating.mean()
        newcomer = PeerState()
        start = max(0.0, newcomer.skill - rule.caution * newcomer.deviation)
        assert (rating > start + 5) == biased


@settings(deadline=None)
@given(
    gains,
    st.sampled_from(sorted(PRESETS)),
    st.sampled_from([GONE, Rejection("duplicate", ""), Rejection("bad-index", "")]),
    st.data(),
)
def test_no_penalty_ever_raises_a_score(unseen, name, rejection, data):
    config = preset(name)
    state, _ = after_rounds(3, unseen, config)
    # Nobody is evaluated in this round, so that only the penalty makes a difference.
    quiet = seen(3, unseen, evaluated=np.zeros(0, dtype=np.int64), losses=np.zeros(0, dtype=np.int64))
    place = data.draw(st.integers(0, len(unseen) - 1))
    _, before, _ = step(state, quiet, config)
    behind = quiet.behind.copy()
    behind[place] = data.draw(st.sampled_from([1.0, 4.0, np.inf]))
    overlap = quiet.overlap.copy()
    overlap[place] = data.draw(st.sampled_from([0.45, 0.55, 0.7, 1.0]))
    for penalised in (
        without(quiet, place, rejection),
        replace(quiet, behind=behind),
        replace(quiet, overlap=overlap),
    ):
        _, after, _ = step(state, penalised, config)
        assert 0 <= after[place] <= before[place]
        assert [s for i, s in enumerate(after) if i != place] == [
            s for i, s in enumerate(before) if i != place
        ]


def test_each_penalty_is_applied_once_and_only_to_its_round():
    config = replace(LOOSE, penalties=rules.Penalties(missing=0.75, desynchronised=0.75, quorum=0.0))
    state, scores = after_rounds(5, [0.3, 0.2], config)
    quiet = seen(5, [0.3, 0.2], evaluated=np.zeros(0, dtype=np.int64), losses=np.zeros(0, dtype=np.int64))
    gone = without(quiet, 1, GONE)
    for rounds in (1, 2, 3):
        state, after, reasons = step(state, replace(gone, round=4 + rounds), config)
        assert [reason.code for reason in reasons[1]] == ["standing", "missing"]
        assert after[1] == pytest.approx(scores[1] * 0.75**rounds, rel=1e-8)
    state, after, _ = step(state, replace(quiet, round=8), config)
    assert after == scores
    _, after, reasons = step(state, replace(quiet, round=9, behind=np.array([4.0, 0.0])), config)
    assert [reason.code for reason in reasons[0]] == ["standing", "synchronisation", "desynchronised"]
    assert after[0] == pytest.approx(scores[0] * 0.2**2.5 * 0.75, rel=1e-8)
    assert after[1] == scores[1]


def test_an_evaluators_outage_punishes_nobody():
    config = Settings()
    state, scores = after_rounds(60, [0.3, 0.2, 0.1, 0.2], config)
    cut_off = seen(60, [0.3, 0.2, 0.1, 0.2])
    for place in (0, 1, 3):
        cut_off = without(cut_off, place, GONE)
    state, after, reasons = step(state, cut_off, config)
    assert [after[place] for place in (0, 1, 3)] == [scores[place] for place in (0, 1, 3)]
    assert "unreachable" in [reason.code for reason in reasons[0]]
    assert state.peers["0xa0"].missing == 0
    # With half of them there, whoever is missing is missing.
    half = without(without(seen(61, [0.3, 0.2, 0.1, 0.2]), 0, GONE), 1, GONE)
    state, after, _ = step(state, half, config)
    assert after[:2] == (0, 0)
    assert state.peers["0xa0"].missing == 1


def test_who_is_missing_for_long_starts_anew():
    config = replace(LOOSE, penalties=rules.Penalties(missing=0.5, reset_after=2, quorum=0.0))
    state, _ = after_rounds(20, [0.3, 0.2], config)
    for round, expected in ((20, False), (21, True), (22, True)):
        state, _, _ = step(state, without(seen(round, [0.3, 0.2]), 0, GONE), config)
        assert (state.peers["0xa0"].skill == 25.0) == expected
    assert state.peers["0xa0"].missing == 3
    state, scores, _ = step(state, seen(23, [0.3, 0.2]), config)
    assert state.peers["0xa0"].missing == 0
    assert scores[0] > 0


def test_who_copied_is_banned_for_so_many_rounds():
    duplicates = rules.Duplicates(ban=0.6, ban_rounds=3, reset=0.5)
    config = replace(LOOSE, duplicates=duplicates)
    state, _ = after_rounds(10, [0.3, 0.2], config)
    overlap = np.array([0.0, 0.7])
    caught = without(seen(10, [0.3, 0.2], overlap=overlap), 1, Rejection("duplicate", "overlap 0.7"))
    state, scores, reasons = step(state, caught, config)
    assert scores[1] == 0
    assert {reason.code for reason in reasons[1]} >= {"duplicate", "banned"}
    assert state.peers["0xa1"].banned_until == 13
    assert state.peers["0xa1"].skill == 25.0
    for round in (11, 12):
        state, scores, _ = step(state, seen(round, [0.3, 0.2]), config)
        assert scores[1] == 0
    state, scores, _ = step(state, seen(13, [0.3, 0.2]), config)
    assert scores[1] > 0


def test_a_suspicious_overlap_halves_the_score():
    config = replace(LOOSE, duplicates=rules.Duplicates(suspicion=0.4, suspicion_factor=0.5))
    state, _ = after_rounds(5, [0.3, 0.2], config)
    _, plain, _ = step(state, seen(5, [0.3, 0.2]), config)
    _, after, _ = step(state, seen(5, [0.3, 0.2], overlap=np.array([0.0, 0.41])), config)
    assert after[0] == plain[0]
    assert after[1] == pytest.approx(plain[1] / 2, abs=1)


def test_penalties_on_the_proof_of_computation_stay_and_never_raise_it():
    config = replace(LOOSE, penalties=rules.Penalties(missing=0.75, on_computation=0.75, quorum=0.0))
    state, _ = after_rounds(10, [0.3, 0.2], config, assigned=[0.4, 0.1])
    before = {player: record.computation for player, record in state.peers.items()}
    quiet = seen(10, [0.3, 0.2], evaluated=np.zeros(0, dtype=np.int64), losses=np.zeros(0, dtype=np.int64))
    gone = without(without(quiet, 0, GONE), 1, GONE)
    state, _, _ = step(state, gone, config)
    assert state.peers["0xa0"].computation == pytest.approx(0.75 * before["0xa0"])
    assert state.peers["0xa1"].computation == before["0xa1"] < 0


@given(gains)
def test_a_saved_state_goes_on_exactly_as_one_in_memory(unseen):
    state, _ = after_rounds(2, unseen)
    restored = from_json(to_json(state))
    assert step(restored, seen(2, unseen), LOOSE) == step(state, seen(2, unseen), LOOSE)


@given(gains, st.randoms(use_true_random=False))
def test_the_order_in_which_peers_are_listed_does_not_matter(unseen, random):
    order = list(range(len(unseen)))
    random.shuffle(order)
    straight = seen(0, unseen)
    shuffled = replace(
        straight,
        players=tuple(straight.players[i] for i in order),
        losses=straight.losses.reshape(-1, 4)[order].ravel(),
    )
    _, scores, _ = step(State(), straight, LOOSE)
    _, again, _ = step(State(), shuffled, LOOSE)
    assert [again[order.index(i)] for i in range(len(order))] == pytest.approx(list(scores), abs=2)


def test_peers_who_are_not_in_a_round_keep_their_records():
    state, _ = after_rounds(3, [0.3, 0.2, 0.1])
    after, _, _ = step(state, seen(3, [0.3, 0.2]), LOOSE)
    assert after.peers["0xa2"] == state.peers["0xa2"]
    assert set(after.peers) == set(state.peers)


def test_ratings_come_from_unseen_data_and_absolute_or_relative_scores():
    found = losses([0.5, -0.5], assigned=[1.0, 0.0])
    absolute, relative = loss_scores(found, "absolute"), loss_scores(found, "relative")
    assert absolute.unseen.tolist() == [0.5, -0.5]
    assert absolute.assigned.tolist() == [1.0, 0.0]
    assert relative.unseen.tolist() == [0.25, -0.25]
    assert loss_scores(np.array([0, 1, 0, 1]), "relative").unseen.tolist() == [0]


def test_a_thousand_peers_are_scored_and_paid_to_the_last_unit():
    rng = np.random.default_rng(0)
    state, scores, _ = step(State(), seen(0, rng.normal(1, 0.5, 1024).round(6).tolist()), LOOSE)
    assert len(json.loads(to_json(state))["peers"]) == 1024
    assert sum(normalise(scores, LOOSE.normalisation).payouts(10**18)) == 10**18


@pytest.mark.parametrize(
    "changes",
    [
        {"players": ("0xa0", "0xa0")},
        {"rejections": (None,)},
        {"behind": np.zeros(3)},
        {"overlap": np.zeros(1)},
        {"evaluated": np.array([1, 0])},
        {"evaluated": np.array([0, 2])},
        {"losses": np.zeros(7, dtype=np.int64)},
        {"rejections": (None, GONE)},
    ],
)
def test_observations_that_do_not_fit_are_refused(changes):
    with pytest.raises(InputError):
        seen(0, [0.2, 0.1], **changes)


def test_rounds_follow_each_other():
    state, _ = after_rounds(3, [0.2, 0.1])
    with pytest.raises(InputError, match="does not follow"):
        step(state, seen(2, [0.2, 0.1]), LOOSE)
    with pytest.raises(InputError):
        loss_scores(np.zeros(5, dtype=np.int64), "absolute")
