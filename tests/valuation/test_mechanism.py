import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import MechanismError
from valuation.mechanism import METHODS, build_model, default_mechanism, from_json
from valuation.rules import Method

DEFAULT = default_mechanism()
CONTENT = json.loads(DEFAULT.to_json())


def changed(path, value):
    """The default document with one value replaced, or removed when the value is `...`."""
    content = json.loads(DEFAULT.to_json())
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
        "reward",
        "schema",
        "tolerance",
        "training",
    }
    assert CONTENT["schema"] == "weighhouse/mechanism/1"
    assert CONTENT["model"] == {"name": "softmax", "features": 64, "classes": 10}


@pytest.mark.parametrize("method", METHODS)
def test_a_mechanism_survives_its_json_byte_for_byte(method):
    mechanism = default_mechanism(method=method)
    again = from_json(mechanism.to_json())
    assert again == mechanism
    assert again.to_json() == mechanism.to_json()
    assert from_json(json.dumps(json.loads(mechanism.to_json()), indent=4)).to_json() == mechanism.to_json()


@pytest.mark.parametrize("path", [path for path in paths(CONTENT) if path != "schema"])
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
        ("model.name", "transformer", "model: model 'transformer' is unknown"),
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
            "method.parameters.permutations: must be between",
        ),
        (
            "method",
            {"name": "loss-delta", "parameters": {"step": 1}},
            "method.parameters.step: must be between",
        ),
        ("checks.max_bytes", 0, "checks.max_bytes: must be positive"),
        ("checks.max_norm", 0, "checks.max_norm: must be positive"),
        ("checks.duplicate_cosine", 1.1, "checks.duplicate_cosine: must be"),
        ("codec.name", "zip", "codec.name: 'zip' is unknown; known: top-k"),
        ("codec.density", 0, "codec.density: must be"),
        ("aggregation.name", "krum", "aggregation.name: 'krum' is unknown; known: mean"),
        ("aggregation.learning_rate", 0, "aggregation.learning_rate: must be positive"),
        ("aggregation.over", "all", "aggregation.over: 'all' is unknown; known: positive"),
        ("reward.power", "2.0", "reward.power: a power is"),
        ("reward.power", 2, "reward.power: must be a string"),
        ("tolerance", -1, "tolerance: must be"),
        ("tolerance", 2**46, "tolerance: must be"),
        ("evaluator_share", 10_001, "evaluator_share: must be"),
        ("bonus", 1, "'bonus': is unknown"),
    ],
)
def test_what_is_out_of_range_or_unknown_is_refused_with_its_path(path, value, message):
    with pytest.raises(MechanismError) as refused:
        from_json(changed(path, value))
    assert str(refused.value).startswith(message)


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
