"""Public functions say the shapes of their arrays, their units, their errors and their source."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import chain
import valuation
from tests.docstring_rules import functions, missing
from valuation.errors import WeighhouseError

ROOT = Path(__file__).parents[1]
OF_PAPERS = ("shapley", "federated", "gauntlet", "reputation", "rewards", "integrity", "selection", "attacks")
# A command's errors are its exit codes, and its --help is for people.
FILES = [
    file
    for package in ("valuation", "chain")
    for file in sorted((ROOT / package).rglob("*.py"))
    if "cli" not in file.parts and not (file.name.startswith("_") and file.name != "__init__.py")
]


@cache
def modules() -> tuple[ModuleType, ...]:
    names = [
        found.name
        for package in (valuation, chain)
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    return (valuation, chain, *(importlib.import_module(name) for name in names))


@cache
def bases() -> dict[str, set[str]]:
    """Of every error of ours, what else it may be called."""
    modules()
    found: dict[str, set[str]] = {}

    def walk(kind: type[WeighhouseError]) -> None:
        for child in kind.__subclasses__():
            found[child.__name__] = {each.__name__ for each in child.__mro__[1:]} - {"Exception", "object"}
            walk(child)

    walk(WeighhouseError)
    return found


def exported() -> Iterator[tuple[str, object]]:
    """What the packages offer: each function once, by the package that offers it."""
    seen = set()
    for module in modules():
        for name in getattr(module, "__all__", ()) if hasattr(module, "__path__") else ():
            found = getattr(module, name)
            if inspect.isfunction(found) and id(found) not in seen:
                seen.add(id(found))
                yield f"{module.__name__}.{name}", found


def sourced(file: Path) -> set[str]:
    """Functions of this file that a package of papers' methods offers."""
    name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    return {
        found.__name__
        for path, found in exported()
        if getattr(found, "__module__", "") == name and path.split(".")[1] in OF_PAPERS
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_public_docstrings_leave_nothing_out(file: Path) -> None:
    assert missing(file.read_text(), sourced=sourced(file), bases=bases()) == []


def test_what_the_numbers_packages_offer_has_an_example_that_runs() -> None:
    """What needs a project, in `chain`, is shown by the gallery and the tutorials instead."""
    without = [
        path
        for path, found in exported()
        if path.startswith("valuation.")
        and ">>>" not in (found.__doc__ or "") + (importlib.import_module(found.__module__).__doc__ or "")
    ]
    assert without == []


GOOD = '''
"""A module."""

def scaled(values: npt.NDArray[np.float64], seconds: float) -> float:
    """Return one number of values, float64 (n,), over a time in seconds; Nobody (2024), section 3.

    Raises:
        InputError: there are none.
    """
    _check(values)

def _check(values):
    if not len(values):
        raise InputError("none")

def _private(x: npt.NDArray):
    raise KeyError
'''


def test_a_docstring_that_says_all_passes() -> None:
    assert missing(GOOD, sourced={"scaled"}) == []
    assert [each.name for each in functions(GOOD)] == ["scaled"]


@pytest.mark.parametrize(
    ("there", "instead", "what"),
    [
        ("float64 (n,)", "some", "no shape of its arrays"),
        ("time in seconds", "time", "no unit of seconds"),
        ("InputError: there", "KeyError: there", "does not say that it raises InputError"),
        ("; Nobody (2024), section 3", "", "no source"),
    ],
)
def test_a_docstring_that_leaves_something_out_is_found(there: str, instead: str, what: str) -> None:
    assert there in GOOD
    assert missing(GOOD.replace(there, instead, 1), sourced={"scaled"}) == [f"4 scaled: {what}"]


def test_an_error_may_be_named_by_its_base() -> None:
    changed = GOOD.replace("InputError: there", "WeighhouseError: there")
    assert missing(changed, bases={"InputError": {"WeighhouseError"}}) == []


def test_a_caught_error_need_not_be_named() -> None:
    changed = GOOD.replace(
        "    _check(values)\n", "    try:\n        _check(values)\n    except InputError:\n        ...\n"
    )
    assert missing(changed.replace("InputError: there", "KeyError: there")) == []
