"""Flower for real, without a network: a ServerApp's strategy, ClientApps that answer in the same process."""

import importlib.util
import os
import random

import pytest

# Flower's pins do not fit the other environments, so these tests run in one of their own: `make flower-test`.
collect_ignore_glob = [] if importlib.util.find_spec("flwr") else ["*.py"]

# Read when Flower is imported: a test sends nothing to another host.
os.environ["FLWR_TELEMETRY_ENABLED"] = "0"


@pytest.fixture(autouse=True)
def same_sampling() -> None:
    """Flower draws clients from Python's own generator, and sums their models in the order drawn."""
    random.seed(7)
