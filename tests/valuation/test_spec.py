"""A spec reads as the mechanism that it was written from, and says something about every field."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.errors import MechanismError
from valuation.mechanism import METHODS, Mechanism, default_mechanism
from valuation.presets import PRESETS
from valuation.spec import from_toml, to_toml


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_reads_as_itself(name: str) -> None:
    preset = PRESETS[name]
    assert from_toml(to_toml(preset.build(), preset.meaning)) == preset.build()


@pytest.mark.parametrize("method", [name for name in METHODS if name != "shapley-design"])
def test_a_mechanism_of_every_method_reads_as_itself(method: str) -> None:
    mechanism = default_mechanism(method=method)
    assert from_toml(to_toml(mechanism)).to_json() == mechanism.to_json()


@given(st.floats(1e-6, 1e6), st.integers(1, 10**6), st.integers(0, 10_000))
def test_numbers_survive(alpha: float, samples: int, share: int) -> None:
    mechanism = default_mechanism(alpha=alpha, samples=samples, evaluator_share=share)
    assert from_toml(to_toml(mechanism)) == mechanism


@pytest.mark.parametrize("name", PRESETS)
def test_every_field_and_table_has_a_comment(name: str) -> None:
    lines = to_toml(PRESETS[name].build()).splitlines()
    unsaid = [
        line
        for before, line in zip(["", *lines], lines, strict=False)
        if line and not line.startswith("#") and not before.startswith("#")
    ]
    assert [line for line in unsaid if line.split(" = ")[0] not in ("permutations", "step")] == []


def test_a_spec_has_one_comment_above_and_lines_of_bounded_length() -> None:
    text = to_toml(default_mechanism(), "For people.\nAnd nobody else.")
    assert text.startswith("# For people. And nobody else.\n")
    assert max(map(len, text.splitlines())) <= 110
    assert text.endswith("\n")
    assert "verifiable" not in tomllib.loads(text)


def changed(old: str, new: str) -> str:
    text = to_toml(default_mechanism())
    assert old in text
    return text.replace(old, new)


def test_another_method_needs_no_other_line() -> None:
    assert not from_toml(changed('name = "shapley-exact"', 'name = "mr-shapley"')).verifiable


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("tolerance = ", "the document is not TOML"),
        (changed("tolerance = 1000\n", "tolerance = 1000.5\n"), "tolerance: must be a whole number"),
        (changed("tolerance = 1000\n", "tolerance = 1979-05-27\n"), "a mechanism has not"),
        (changed("tolerance = 1000\n", "tolerance = nan\n"), "not JSON|must be"),
        (changed("[reward]", "[reward]\nbonus = 1"), "reward.'bonus': is unknown"),
        ("", "aggregation: is missing"),
    ],
)
def test_what_is_no_mechanism_is_refused_with_its_place(text: str, complaint: str) -> None:
    with pytest.raises(MechanismError, match=complaint):
        from_toml(text)


def test_presets_say_what_they_are() -> None:
    assert list(PRESETS) == ["small", "many", "cheap", "long", "vertical"]
    provable: dict[str, bool] = {name: bool(preset.build().verifiable) for name, preset in PRESETS.items()}
    for name, preset in PRESETS.items():
        assert ("proved on chain" in preset.meaning) == provable[name]
        assert isinstance(preset.build(), Mechanism)
