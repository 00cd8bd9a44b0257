import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import MechanismError
from valuation.federated.registry import accepts, methods
from valuation.mechanism import METHODS, build_model, default_mechanism, from_json, max_peers
from valuation.rules import Method, Reward
from valuation.shapley import design

DESIGN = design(5, 20, rng=np.random.default_rng(0)).rounded(2**24)
DEFAULT = default_mechanism()
CONTENT = json.loads(DEFAULT.to_json())


def changed(path, value, mechanism=DEFAULT):
    """A document with one value replaced, or removed when the value is `...`."""
    content = json.loads(mechanism.to_json())
    *parents, last = path.split(".")
    inner = content
    for name in parents:
        inner = inner[name]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(content)


def paths(content, prefix=""):
    for key, value in content.items():
        yield f"{prefix}{key}"
        if isinstance(value, dict):
            yield from paths(value, f"{prefix}{key}.")


def outcome(text):
    """What became of a document: its content and no complaint, or nothing and the complaint."""
    try:
        return json.loads(from_json(text).to_json()), ""
    except MechanismError as refused:
        return None, str(refused)


def test_the_document_says_everything_that_a_payout_depends_on():
    assert set(CONTENT) == {
        "aggregation",
        "checks",
        "codec",
        "evaluation",
        "evaluator_share",
        "method",
        "model",
        "outer_tolerance",
        "reward",
        "schema",
        "tolerance",
        "training",
        "verifiable",
    }
    assert CONTENT["schema"] == "weighhouse/mechanism/1"
    assert CONTENT["model"] == {"name": "softmax", "features": 64, "classes": 10}


def by_method(method):
    return default_mechanism(method=method, design=DESIGN if method == "shapley-design" else None)


@pytest.mark.parametrize("method", METHODS)
def test_a_mechanism_survives_its_json_byte_for_byte(method):
    mechanism = by_method(method)
    again = from_json(mechanism.to_json())
    assert again == mechanism
    assert again.to_json() == mechanism.to_json()
    assert from_json(json.dumps(json.loads(mechanism.to_json()), indent=4)).to_json() == mechanism.to_json()


@pytest.mark.parametrize("path", [p for p in paths(CONTENT) if p not in ("schema", "verifiable")])
def test_every_key_is_needed(path):
    with pytest.raises(MechanismError, match=f"^{path}: is missing"):
        from_json(changed(path, ...))


@pytest.mark.parametrize("path", list(paths(CONTENT)))
@pytest.mark.parametrize("value", [None, [], True, {"a": 1}, -1, "unheard of", 1e-9], ids=repr)
def test_every_value_is_checked_and_the_error_names_it(path, value):
    """No key can hold all of these: what is taken, is taken for what it says."""
    taken, complaint = outcome(changed(path, value))
    if taken is None:
        assert complaint.startswith(path.split(".")[0])
    else:
        for name in path.split("."):
            taken = taken[name]
        assert taken == value


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("schema", "weighhouse/mechanism/2", "schema: must be"),
        ("schema", ..., "schema: is missing"),
        ("model.name", "recurrent", "model: model 'recurrent' is unknown"),
        ("model.hidden", 32, "model: model 'softmax' with hidden=32"),
        ("model.classes", 1, "model: no classifier"),
        ("model.features", 2**40, "model: "),
        ("training.dataset", "imagenet", "training.dataset: 'imagenet' is unknown; known: digits"),
        ("training.digest", "AB" * 32, "training.digest: must be a hex sha256"),
        ("training.digest", "ab" * 31, "training.digest: must be a hex sha256"),
        ("training.assignment.alpha", 0, "training.assignment.alpha: must be from"),
        ("training.assignment.samples", 0, "training.assignment.samples: must be"),
        ("evaluation.samples", 0, "evaluation.samples: must be"),
        ("evaluation.samples", 2.5, "evaluation.samples: must be a whole number"),
        ("method.name", "oracle", "method.name: 'oracle' is unknown; known: b"),
        ("method.parameters", {"step": 0.5}, "method.parameters: 'step' is unknown; known: none"),
        ("method", {"name": "loss-delta", "parameters": {}}, "method.parameters.step: is missing"),
        (
            "method",
            {"name": "fedsv", "parameters": {"permutations": 1}},
            "method.parameters.permutations: must be an even number between 4 and 100000, not 1",
        ),
        (
            "method",
            {"name": "loss-delta", "parameters": {"step": 1}},
            "method.parameters.step: must be a number between 0.01 and 0.99, not 1",
        ),
        (
            "method",
            {"name": "fedsv", "parameters": {"permutations": 7}},
            "method.parameters.permutations: must be an even number between 4 and 100000, not 7",
        ),
        (
            "method",
            {"name": "cosine-shapley", "parameters": {"samples": 2.5}},
            "method.parameters.samples: must be a whole number between 1 and 1000, not 2.5",
        ),
        (
            "method",
            {"name": "fedce", "parameters": {"mode": "sum"}},
            "method.parameters.mode: must be 'plus' or 'times', not 'sum'",
        ),
        (
            "method",
            {"name": "fedce", "parameters": {"mode": 1}},
            "method.parameters.mode: must be 'plus' or 'times', not 1",
        ),
        (
            "method",
            {"name": "fedsv", "parameters": {"permutations": "many"}},
            "method.parameters.permutations: must be an even number between 4 and 100000, not 'many'",
        ),
        (
            "method",
            {"name": "fedce", "parameters": {"mode": True}},
            "method.parameters.mode: must be a number, not True",
        ),
        (
            "method",
            {"name": "comfedsv", "parameters": {"rank": 1}},
            "method.parameters.penalty: is missing",
        ),
        (
            "method",
            {"name": "fedsv", "parameters": {}, "history": 3},
            "method.history: fedsv values each round by itself",
        ),
        (
            "method",
            {"name": "comfedsv", "parameters": {}, "history": 0},
            "method.history: must be between 1 and 100",
        ),
        ("training.assignment.parties", 4, "training.assignment.parties: shapley-exact values trainers who"),
        ("aggregation.name", "sum", "aggregation.name: shapley-exact needs another rule, not 'sum'"),
        (
            "method",
            {"name": "shapley-sampled", "parameters": {"permutations": 1.5}},
            "method.parameters.permutations: must be a whole number between 1 and 4096, not 1.5",
        ),
        (
            "method",
            {"name": "shapley-sampled", "parameters": {}},
            "method.parameters.permutations: is missing",
        ),
        (
            "method",
            {"name": "shapley-design", "parameters": {"players": 4, "coalitions": 8}},
            "method.design: is missing",
        ),
        (
            "method",
            {"name": "shapley-design", "parameters": {"players": 4, "coalitions": 8}, "design": "ab"},
            "method.design: must be a hex sha256",
        ),
        ("method.design", "ab" * 32, "method.design: says nothing to shapley-exact"),
        ("verifiable", False, "verifiable: is true for shapley-exact and power 1"),
        ("verifiable", 1, "verifiable: must be true or false"),
        ("reward.power", "1.5", "verifiable: is false for shapley-exact and power 1.5"),
        ("checks.max_bytes", 0, "checks.max_bytes: must be positive"),
        ("checks.max_norm", 0, "checks.max_norm: must be positive"),
        ("checks.duplicate_cosine", 2.1, "checks.duplicate_cosine: must be"),
        ("codec.name", "zip", "codec.name: 'zip' is unknown; known: top-k"),
        ("codec.density", 0, "codec.density: must be"),
        ("aggregation.name", "krum", "aggregation.parameters.byzantine: is missing"),
        ("aggregation.learning_rate", 0, "aggregation.learning_rate: must be positive"),
        ("aggregation.over", "all", "aggregation.over: 'all' is unknown; known: positive"),
        ("reward.power", "2.0", "reward.power: a power is"),
        ("reward.power", 2, "reward.power: must be a string"),
        ("tolerance", -1, "tolerance: must be"),
        ("tolerance", 2**46, "tolerance: must be"),
        ("outer_tolerance", 999, "outer_tolerance: must be from the tolerance"),
        ("outer_tolerance", 2**46, "outer_tolerance: must be"),
        ("evaluator_share", 10_001, "evaluator_share: must be"),
        ("bonus", 1, "'bonus': is unknown"),
    ],
)
def test_what_is_out_of_range_or_unknown_is_refused_with_its_path(path, value, message):
    with pytest.raises(MechanismError) as refused:
        from_json(changed(path, value))
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("training.assignment.parties", ..., "training.assignment.parties: is missing: verfedsv values"),
        ("training.assignment.parties", 0, "training.assignment.parties: must be between 1 and 16"),
        ("training.assignment.parties", 17, "training.assignment.parties: must be between 1 and 16"),
        ("aggregation.name", "mean", "aggregation.name: verfedsv needs 'sum', not 'mean'"),
        (
            "model",
            {"name": "mlp", "features": 64, "classes": 10, "hidden": 8},
            "training.assignment.parties: the features of a model 'mlp' cannot be split",
        ),
    ],
)
def test_a_vertical_split_needs_parties_a_sum_and_a_linear_model(path, value, message):
    with pytest.raises(MechanismError) as refused:
        from_json(changed(path, value, default_mechanism(method="verfedsv")))
    assert str(refused.value).startswith(message)


def test_parameters_may_be_names_and_a_method_may_look_back():
    mechanism = replace(DEFAULT, method=Method("fedce", {"mode": "times"}, history=3))
    content = json.loads(mechanism.to_json())
    assert content["method"] == {"name": "fedce", "parameters": {"mode": "times"}, "history": 3}
    assert from_json(mechanism.to_json()) == mechanism


def test_every_parameter_that_a_mechanism_may_set_is_one_of_the_method_s():
    for name, spec in methods().items():
        assert all(accepts(name, parameter) for parameter in spec.ranges)
        assert set(spec.together) <= set(spec.ranges)


@pytest.mark.parametrize(
    ("method", "parameters", "most"),
    [
        ("shapley-exact", {}, 16),
        ("fedsv", {}, 16),
        ("fedsv", {"permutations": 100}, 256),
        ("verfedsv", {}, 16),
        ("cosine-shapley", {}, 16),
        ("cosine-shapley", {"samples": 1}, 256),
        ("cosine-shapley", {"samples": 1000}, 51),
        ("consortium", {}, 17),
        ("time-aware-valuation", {}, 13),
        ("permutation", {}, 256),
        ("permutation", {"budget": 40}, 20),
        ("leave-one-out", {}, 256),
    ],
)
def test_no_more_peers_are_valued_than_the_method_can_with_its_parameters(method, parameters, most):
    mechanism = default_mechanism(method=method)
    given = {**mechanism.method.parameters, **parameters}
    assert max_peers(replace(mechanism, method=Method(method, given))) == most


@pytest.mark.parametrize("method", METHODS)
def test_whether_a_mechanism_is_verifiable_follows_from_method_and_power(method):
    provable = method in ("shapley-exact", "shapley-sampled", "shapley-design", "loss-delta")
    mechanism = by_method(method)
    if method == "gauntlet":  # its power is its own
        assert mechanism.verifiable is False
        return
    assert mechanism.verifiable is json.loads(mechanism.to_json())["verifiable"] is provable
    assert replace(mechanism, reward=Reward("4")).verifiable is provable
    for power in ("0.5", "5"):
        assert replace(mechanism, reward=Reward(power)).verifiable is False


def test_a_document_need_not_say_whether_it_is_verifiable():
    assert from_json(changed("verifiable", ...)) == DEFAULT


def test_a_design_limits_the_peers_of_a_round_to_its_places():
    assert [max_peers(by_method(name)) for name in ("shapley-design", "shapley-sampled")] == [5, 256]


def test_a_mechanism_made_in_python_is_checked_like_one_that_is_read():
    with pytest.raises(MechanismError, match="tolerance"):
        replace(DEFAULT, tolerance=-1)
    with pytest.raises(MechanismError, match="step"):
        replace(DEFAULT, method=Method("loss-delta", {"step": 2.0}))


def test_a_mechanism_does_not_change_with_the_dictionary_it_was_made_of():
    parameters = {"step": 0.5}
    mechanism = replace(DEFAULT, method=Method("loss-delta", parameters))
    parameters["step"] = 0.9
    assert mechanism.method.parameters["step"] == 0.5
    with pytest.raises(TypeError):
        mechanism.method.parameters["step"] = 0.9


def test_equal_mechanisms_can_be_remembered_by_hash():
    assert len({DEFAULT, from_json(DEFAULT.to_json())}) == 1


def test_the_named_model_is_built():
    assert build_model(DEFAULT).layout.size == 650
    rule = replace(DEFAULT.model, name="mlp", hidden=16)
    assert build_model(replace(DEFAULT, model=rule)).layout.size == 64 * 16 + 16 + 16 * 10 + 10


@given(st.floats(1e-6, 1e6), st.integers(1, 1000), st.integers(0, 10_000))
def test_numbers_survive_to_the_last_bit(alpha, samples, share):
    mechanism = default_mechanism(alpha=alpha, samples=samples, evaluator_share=share)
    assert from_json(mechanism.to_json()) == mechanism
