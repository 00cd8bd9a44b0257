"""The front door: what it takes, what it refuses and why, and what comparing methods says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import valuation
from valuation import compare, contributions, methods
from valuation.errors import AssumptionError, GameError, InputError, UpdateError
from valuation.federated.inputs import rounds_from
from valuation.gradients.layout import Layout

TARGET = np.array([3.0, 1.0, -2.0])
NAMES = ("ada", "bob", "eve")


def loss(models):
    return ((models - TARGET) ** 2).mean(axis=1)


def gradient(model):
    return 2 / 3 * (model - TARGET)


def _named(vector):
    return {"w": vector[:2], "b": vector[2:]}


def _run(rounds=3, seed=0):
    rng = np.random.default_rng(seed)
    base, updates, bases = np.zeros(3), [], []
    for _ in range(rounds):
        own = {name: base - TARGET + rng.normal(0, 0.5, 3) for name in NAMES}
        bases.append(base)
        updates.append(own)
        base = base - 0.3 * np.mean(list(own.values()), axis=0)
    return updates, bases


METRICS = {name: lambda models: np.exp(-loss(models)) for name in NAMES}
LOSSES = dict.fromkeys(NAMES, loss)
NEEDS = {
    "fedce": {"metrics": METRICS},
    "blockflow": {"metrics": METRICS},
    "consortium": {"peer_losses": LOSSES},
    "time-aware-cumulation": {"transform": "dual-cover"},
    "time-aware-valuation": {"transform": "dual-cover"},
}

LISTED = (
    "leave-one-out",
    "sampled-leave-one-out",
    "reward-driven",
    "consortium",
    "fedsv",
    "comfedsv",
    "gtg-shapley",
    "mr-shapley",
    "verfedsv",
    "time-aware-cumulation",
    "time-aware-valuation",
    "cosine-shapley",
    "fedce",
    "fair-bfl",
    "blockflow",
    "goal-alignment",
    "loss-delta",
    "shapley-exact",
    "odd-gp",
)
HORIZONTAL = tuple(name for name in LISTED if name != "verfedsv")
SAMPLED = ("sampled-leave-one-out", "gtg-shapley", "odd-gp")


def test_all_methods_of_the_papers_are_listed_by_name():
    assert set(LISTED) <= set(methods())
    for name, spec in methods().items():
        assert spec.name == name
        assert spec.paper
        assert spec.function.__doc__


@pytest.mark.parametrize("name", HORIZONTAL)
def test_every_method_values_the_same_run_through_the_same_door(name):
    updates, bases = _run()
    result = contributions(
        updates, bases, loss, name, learning_rate=0.3, rng=np.random.default_rng(0), **NEEDS.get(name, {})
    )
    assert result.players == NAMES
    assert result.method == name
    assert np.isfinite(result.values).all()
    assert result.assumptions
    if not methods()[name].assumptions.may_be_negative:
        assert (result.values >= 0).all()


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 2**32),
    st.permutations(NAMES),
    st.sampled_from([name for name in HORIZONTAL if name not in SAMPLED]),
)
def test_the_order_in_which_peers_are_listed_does_not_matter_to_methods_that_do_not_draw(seed, order, name):
    updates, bases = _run(2, seed)
    other = [{peer: own[peer] for peer in order} for own in updates]
    arguments = {"learning_rate": 0.3, "rng": np.random.default_rng(0), **NEEDS.get(name, {})}
    one, two = (contributions(each, bases, loss, name, **arguments) for each in (updates, other))
    by_name = dict(zip(two.players, two.values, strict=True))
    np.testing.assert_allclose(one.values, [by_name[peer] for peer in one.players], atol=1e-7)


def test_named_tensors_vectors_and_the_matrix_are_the_same_round():
    updates, bases = _run(1)
    named = contributions(
        {peer: _named(vector) for peer, vector in updates[0].items()}, _named(bases[0]), loss
    )
    vectors = contributions(updates[0], bases[0], loss)
    matrix = np.stack([updates[0][peer] for peer in NAMES])
    with_names = contributions(matrix, bases[0], loss, players=NAMES)
    with_layout = contributions(matrix, _named(bases[0]), loss, layout=Layout(("w", "b"), ((2,), (1,))))
    for result in (vectors, with_names, with_layout):
        np.testing.assert_array_equal(result.values, named.values)
    assert with_layout.players == ("0", "1", "2")


def test_a_learning_rate_scales_the_step():
    updates, bases = _run(1)
    halved = {peer: vector / 2 for peer, vector in updates[0].items()}
    one, other = (
        contributions(halved, bases[0], loss),
        contributions(updates[0], bases[0], loss, learning_rate=0.5),
    )
    np.testing.assert_allclose(one.values, other.values, atol=1e-6)


def test_not_everybody_need_take_part_in_each_round():
    updates, bases = _run(3)
    del updates[1]["bob"]
    result = contributions(updates, bases, loss, "fedsv", learning_rate=0.3)
    assert result.players == NAMES
    with pytest.raises(AssumptionError, match="peer 'bob' is missing from round 1"):
        contributions(updates, bases, loss, "mr-shapley", learning_rate=0.3)


def test_a_researcher_values_an_own_run_in_ten_lines(tmp_path):
    updates, bases = _run()
    result = valuation.contributions(updates, bases, loss, method="comfedsv", rng=np.random.default_rng(1))
    assert sum(result.shares(10**18)) == 10**18
    result.save(tmp_path / "values.npz")
    assert str(result).startswith("comfedsv")


@pytest.mark.parametrize(
    ("updates", "base", "options", "error", "message"),
    [
        ({}, np.zeros(3), {}, InputError, "round 0: a round needs at least one player"),
        ([], [], {}, InputError, "there is no round"),
        (
            {"ada": np.zeros(3), "bob": np.zeros(2)},
            np.zeros(3),
            {},
            InputError,
            "peer 'bob' has 2 parameters",
        ),
        ({"ada": np.array([0, np.nan, 0])}, np.zeros(3), {}, InputError, "player 'ada' is not finite"),
        ({"ada": np.full(3, 1e200)}, np.zeros(3), {}, InputError, "player 'ada' is not finite"),
        ({"ada": np.array(["x"] * 3)}, np.zeros(3), {}, InputError, "peer 'ada' must be real numbers"),
        (
            np.zeros((2, 3)),
            np.zeros(3),
            {"players": ["ada", "ada"]},
            InputError,
            "player 'ada' is named twice",
        ),
        (np.zeros((2, 3)), np.zeros(3), {"players": ["ada"]}, InputError, "1 players, updates"),
        (np.zeros(3), np.zeros(3), {}, InputError, "updates are a matrix"),
        (np.zeros((2, 3)), np.full(3, np.inf), {}, InputError, "base model is not finite"),
        (np.zeros((2, 3)), np.zeros(3), {"learning_rate": 0.0}, InputError, "learning rate of 0"),
        (
            [{"ada": np.zeros(3)}] * 2,
            [np.zeros(3)],
            {},
            InputError,
            "2 rounds need as many base models, not 1",
        ),
        ({"ada": np.zeros(3)}, np.zeros(3), {"players": ["ada"]}, InputError, "players= is for a matrix"),
        ({"ada": {"w": np.zeros(3)}}, np.zeros(3), {}, InputError, "peer 'ada' has named tensors"),
        (
            {"ada": {"w": np.zeros(2)}},
            _named(np.zeros(3)),
            {},
            UpdateError,
            "peer 'ada': tensor 'b' is missing",
        ),
        (
            {"ada": _named(np.zeros(3)), "bob": _named(np.zeros(4))},
            _named(np.zeros(3)),
            {},
            UpdateError,
            "round 0: peer 'bob': tensor 'b' has the shape",
        ),
        (
            {"ada": {"w": np.array([np.nan, 0]), "b": np.zeros(1)}},
            _named(np.zeros(3)),
            {},
            UpdateError,
            "peer 'ada': tensor 'w' holds a value",
        ),
        (
            {"ada": _named(np.zeros(3))},
            {"w": np.array([np.nan, 0]), "b": np.zeros(1)},
            {},
            UpdateError,
            "round 0: the base model: tensor 'w' holds a value",
        ),
        (
            {"ada": {"w": ["x", "y"], "b": np.zeros(1)}},
            _named(np.zeros(3)),
            {},
            InputError,
            "tensor 'w' of peer 'ada' must be real numbers",
        ),
        ({"ada": [[1, 2], [3]]}, np.zeros(3), {}, InputError, "the update of peer 'ada' is no array"),
        ({1: np.zeros(3), "1": np.zeros(3)}, np.zeros(3), {}, InputError, "player '1' is named twice"),
        (np.zeros((0, 3)), np.zeros(3), {}, InputError, "round 0: a round needs at least one player"),
        (
            [{"ada": np.zeros(3)}, {}],
            [np.zeros(3)] * 2,
            {},
            InputError,
            "round 1: a round needs at least one player",
        ),
        ({"ada": np.zeros(3)}, np.zeros(3), {"method": "magic"}, InputError, "no method is called 'magic'"),
        ({"ada": np.zeros(3)}, np.zeros(3), {"speed": 3}, InputError, "fedsv has no parameter 'speed'"),
        (
            {"ada": np.zeros(3)},
            np.zeros(3),
            {"method": "gtg-shapley"},
            InputError,
            "draws at random: pass rng=",
        ),
        ({"ada": np.zeros(3)}, np.zeros(3), {"method": "fedce"}, AssumptionError, "fedce needs metrics="),
        (
            {"ada": np.zeros(3)},
            np.zeros(3),
            {"method": "gtg-shapley", "rng": 1},
            InputError,
            "rng must be a numpy.random.Generator, not int",
        ),
    ],
)
def test_bad_input_is_refused_by_name(updates, base, options, error, message):
    with pytest.raises(error, match=message):
        contributions(updates, base, loss, **options)


@pytest.mark.parametrize("name", ["fedsv", "leave-one-out", "loss-delta", "goal-alignment", "verfedsv"])
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda models: loss(models)[1:], "has the shape"),
        (lambda models: loss(models)[:, None], "has the shape"),
        (lambda models: float(loss(models)[0]), r"has the shape \(\) .* take models \([12], 3\)"),
        (lambda models: ["low"] * len(models), "holds <U3"),
        (lambda models: None, "holds object"),
        (lambda models: np.where(models.any(axis=1), np.nan, 1.0), "is nan|not finite"),
    ],
)
def test_a_loss_that_answers_badly_is_refused_by_every_kind_of_method(name, bad, message):
    with pytest.raises(GameError, match=message):
        contributions({"ada": np.ones(3)}, np.zeros(3), bad, name)


def test_a_loss_that_is_no_function_is_refused():
    with pytest.raises(InputError, match=r"round 0: the loss must be a function .*, not float"):
        contributions({"ada": np.ones(3)}, np.zeros(3), 0.5)
    with pytest.raises(InputError, match="round 1: the loss must be a function"):
        contributions([{"ada": np.ones(3)}] * 2, [np.zeros(3)] * 2, [loss, None])


def test_the_number_of_a_bad_round_is_told():
    updates, bases = _run(3)
    updates[2]["eve"][1] = np.nan
    with pytest.raises(InputError, match="round 2: the update of player 'eve' is not finite"):
        contributions(updates, bases, loss)


OF_PEERS = {"fedce": "metrics", "blockflow": "metrics", "consortium": "peer_losses"}
NO_LOSS = {"cosine-shapley", "fair-bfl"}


@pytest.mark.parametrize("name", sorted(set(HORIZONTAL) - set(OF_PEERS) - NO_LOSS))
def test_the_number_of_the_round_is_told_in_which_a_loss_answered_badly(name):
    updates, bases = _run(2)
    losses = [loss, lambda models: loss(models)[1:]]
    with pytest.raises(GameError, match=r"round 1: the loss of .* has the shape"):
        contributions(updates, bases, losses, name, rng=np.random.default_rng(0), **NEEDS.get(name, {}))


@pytest.mark.parametrize(("name", "argument"), OF_PEERS.items())
@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        (lambda models: np.zeros(len(models) + 1), GameError, "round 0: the .* of peer 'bob' .* the shape"),
        (
            lambda models: np.full(len(models), np.nan),
            GameError,
            "round 0: the .* of peer 'bob' .* not finite",
        ),
        (0.5, InputError, "no function of models .* for peer 'bob', but float"),
    ],
)
def test_the_peer_is_told_whose_measure_answered_badly(name, argument, bad, error, message):
    updates, bases = _run(2)
    measures = {argument: NEEDS[name][argument] | {"bob": bad}}
    with pytest.raises(error, match=message):
        contributions(updates, bases, loss, name, **measures)
    with pytest.raises(InputError, match=f"{argument} names a function a peer, and is no float"):
        contributions(updates, bases, loss, name, **{argument: 0.5})


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("gtg-shapley", {"within": np.nan}, "cannot be truncated at 0.01 and nan"),
        ("sampled-leave-one-out", {"truncation": np.nan}, "cannot be truncated at nan"),
        ("goal-alignment", {"gradient": np.zeros(3)}, "must be a function of a model"),
        (
            "time-aware-valuation",
            {"transform": "dual-cover", "times": {"ada": 0, "bob": 1.5, "eve": 0}},
            "peer 'bob' joined in no whole interval, but at 1.5",
        ),
    ],
)
def test_parameters_that_mean_nothing_are_refused(name, parameters, message):
    updates, bases = _run(1)
    with pytest.raises(InputError, match=message):
        contributions(updates, bases, loss, name, rng=np.random.default_rng(0), **parameters)


def test_a_peer_is_the_same_whether_named_by_number_or_by_text():
    (one,) = rounds_from({1: np.ones(3)}, np.zeros(3), loss)
    (other,) = rounds_from(np.ones((1, 3)), np.zeros(3), loss, players=[1])
    assert one.players == other.players == ("1",)


def test_each_round_may_have_its_own_loss():
    updates, bases = _run(2)
    doubled = contributions(updates, bases, [loss, lambda models: 2 * loss(models)])
    first, second = (contributions(own, base, loss).values for own, base in zip(updates, bases, strict=True))
    np.testing.assert_allclose(doubled.values, first + 2 * second)


def test_comparing_says_where_methods_disagree_and_what_they_cost():
    updates, bases = _run()
    comparison = compare(
        updates,
        bases,
        loss,
        learning_rate=0.3,
        rng=np.random.default_rng(0),
        metrics=METRICS,
        peer_losses=LOSSES,
        gradient=gradient,
        parameters={"cosine-shapley": {"samples": 5}},
    )
    assert set(comparison.names) | set(comparison.refused) == set(methods())
    assert "both changed parameter" in comparison.refused["verfedsv"]
    fedsv, mr = comparison.names.index("fedsv"), comparison.names.index("mr-shapley")
    assert comparison.rank_correlation[fedsv, mr] == pytest.approx(1)
    assert comparison.payout_difference[fedsv, mr] == pytest.approx(0, abs=1e-12)
    shares = comparison.shares
    assert shares.sum(axis=1) == pytest.approx(np.ones(len(shares)))
    widest = np.abs(shares[:, None] - shares[None]).max()
    assert comparison.payout_difference.max() == pytest.approx(widest)
    for line in (*comparison.names, "verfedsv refused"):
        assert line in str(comparison)


def test_rank_correlations_are_spearman_s():
    from scipy.stats import spearmanr

    updates, bases = _run(2, seed=5)
    comparison = compare(updates, bases, loss, ["fedsv", "leave-one-out", "loss-delta"])
    for one in range(3):
        for other in range(3):
            values = [comparison.valuations[each].values for each in (one, other)]
            expected = spearmanr(*values).statistic
            assert comparison.rank_correlation[one, other] == pytest.approx(expected)


def test_comparing_nothing_or_with_unknown_names_is_refused():
    updates, bases = _run(1)
    with pytest.raises(InputError, match="no method is called 'magic'"):
        compare(updates, bases, loss, ["magic"])
    with pytest.raises(InputError, match="no method is called 'magic'"):
        compare(updates, bases, loss, ["fedsv"], parameters={"magic": {}})
    with pytest.raises(InputError, match="none of the methods has a parameter 'speed'"):
        compare(updates, bases, loss, ["fedsv"], speed=1)
    with pytest.raises(AssumptionError, match="every method refused: fedce needs metrics="):
        compare(updates, bases, loss, ["fedce"])
    with pytest.raises(InputError, match="there is no method to compare"):
        compare(updates, bases, loss, [])
    with pytest.raises(InputError, match="methods are a list of names, not 'fedsv'"):
        compare(updates, bases, loss, "fedsv")
    with pytest.raises(InputError, match=r"rng must be a numpy.random.Generator, not int"):
        compare(updates, bases, loss, ["fedsv"], rng=3)


class _OnlyUniform:
    """A generator that can draw uniform doubles and nothing else."""

    def __init__(self, seed):
        self._rng = np.random.default_rng(seed)

    def random(self, size=None):
        return self._rng.random(size)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("sampled-leave-one-out", {"samples": 3}),
        ("gtg-shapley", {}),
        ("fedsv", {"permutations": 6}),
        ("comfedsv", {}),
        ("cosine-shapley", {"samples": 2}),
    ],
)
def test_methods_draw_uniform_doubles_only_so_that_a_seed_means_the_same_for_ever(name, parameters):
    updates, bases = _run()
    del updates[1]["bob"]
    if name == "cosine-shapley":
        updates, bases = updates[:1], bases[:1]
    rounds = rounds_from(updates, bases, loss, learning_rate=0.3)
    function = methods()[name].function
    one, other = (function(rounds, rng=_OnlyUniform(3), **parameters).values for _ in range(2))
    np.testing.assert_array_equal(one, other)
