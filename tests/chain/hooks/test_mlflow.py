"""Figures of rounds reach a real store of MLflow."""

import math
import socket
from pathlib import Path

import pytest

from chain.errors import ConfigError
from chain.hooks import MLflow

pytest.importorskip("mlflow", reason="the extra `mlflow` is not installed here")


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One store for all, since making its tables takes seconds."""
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"


def history(tracker: MLflow, name: str) -> list[tuple[int, float]]:
    from mlflow.tracking import MlflowClient

    assert tracker.run is not None
    client = MlflowClient(tracker.uri)
    return [(each.step, each.value) for each in client.get_metric_history(tracker.run, name)]


def test_figures_are_metrics_at_the_step_of_their_round(uri: str) -> None:
    tracker = MLflow(uri)
    for round, loss in ((1, 0.75), (2, 0.5)):
        tracker.log(round, {"loss": loss, "value/0x7099": -0.125})
    assert history(tracker, "loss") == [(1, 0.75), (2, 0.5)]
    assert history(tracker, "value/0x7099") == [(1, -0.125), (2, -0.125)]


def test_a_run_goes_on_and_ends(uri: str) -> None:
    from mlflow.tracking import MlflowClient

    first = MLflow(uri, "ours")
    first.log(1, {"loss": 0.75})
    second = MLflow(uri, "ours", first.run)
    second.log(2, {"loss": math.nan})
    second.finish()
    (_, before), (step, after) = history(first, "loss")
    assert (before, step) == (0.75, 2)
    assert math.isnan(after)
    client = MlflowClient(uri)
    run = client.get_run(first.run)
    assert run.info.status == "FINISHED"
    assert client.get_experiment(run.info.experiment_id).name == "ours"
    assert MLflow(uri, "ours").run != first.run


def test_more_figures_than_fit_in_a_request_all_arrive(uri: str) -> None:
    tracker = MLflow(uri)
    tracker.log(1, {f"value/{place}": float(place) for place in range(1_001)})
    assert history(tracker, "value/0") == [(1, 0.0)]
    assert history(tracker, "value/1000") == [(1, 1_000.0)]


def test_what_cannot_be_reached_is_said_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(ConfigError, match="MLflow at http://") as caught:
            MLflow(f"http://ada:s3cret@127.0.0.1:{closed.getsockname()[1]}")
    assert "s3cret" not in str(caught.value)
    with pytest.raises(ConfigError, match="MLflow at nothing://"):
        MLflow("nothing://here")


def test_a_store_that_cannot_be_made_and_a_run_that_is_not_there_are_said(uri: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match=r"MLflow at sqlite:.*file/mlflow\.db"):
        MLflow(f"sqlite:///{tmp_path}/file/mlflow.db")
    with pytest.raises(ConfigError, match="no-such-run"):
        MLflow(uri, run="no-such-run")
