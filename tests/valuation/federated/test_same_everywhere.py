"""Evaluators on other versions of NumPy draw the same, and measure the same to within the tolerance."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from valuation.mechanism import METHODS, default_mechanism

ROOT = Path(__file__).parents[3]
HERE = Path(sys.prefix)
ELSEWHERE = [
    found for name in (".venv", ".venv-ape") if (found := HERE.parent / name).is_dir() and found != HERE
]
"""The project's other environments, which lie beside this one."""


def _scores_in(environment):
    ran = subprocess.run(
        [environment / "bin" / "python", ROOT / "tests" / "support" / "scores_here.py"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=300,
    )
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def here():
    return _scores_in(HERE)


def test_every_mechanism_is_scored_and_scores_somebody(here):
    assert set(here["scores"]) == set(METHODS)
    for scores in (*here["scores"].values(), *here["sampled"].values()):
        assert any(scores)


@pytest.mark.skipif(not ELSEWHERE, reason="the other environment is not installed: make ape-environment")
def test_environments_with_other_versions_of_numpy_draw_and_score_the_same(here):
    tolerance = default_mechanism().tolerance
    for environment in ELSEWHERE:
        there = _scores_in(environment)
        assert there["numpy"] != here["numpy"]
        assert there["asked"] == here["asked"]
        for part in ("scores", "sampled"):
            for name, scores in here[part].items():
                assert np.abs(np.subtract(scores, there[part][name])).max() <= tolerance, name
