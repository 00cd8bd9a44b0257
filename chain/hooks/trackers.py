"""Where figures of rounds go: a file of JSON lines, TensorBoard, MLflow, or anything with one method."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, Protocol

from chain.errors import ConfigError
from chain.networks.remote import redact
from chain.project import Project
from chain.roles.ledger import reports
from chain.roles.rounds import losses_by_round
from chain.store import Store
from valuation.fixed_point import NANO


class Tracker(Protocol):
    """Takes the figures of a round."""

    def log(self, round: int, figures: Mapping[str, float]) -> None:
        """Keeps figures by name."""


@dataclass(frozen=True)
class JsonLines:
    """One JSON document a round, appended to a file.

    Example:
        >>> import tempfile
        >>> tracker = JsonLines(Path(tempfile.mkdtemp()) / "rounds.jsonl")
        >>> tracker.log(1, {"loss": 0.5})
        >>> tracker.path.read_text()
        '{"round": 1, "loss": 0.5}\\n'
    """

    path: Path

    def log(self, round: int, figures: Mapping[str, float]) -> None:
        """Appends a line; a figure that is not finite is null.

        Raises:
            ConfigError: The file cannot be written.
        """
        plain = {name: float(value) if isfinite(value) else None for name, value in figures.items()}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"round": round, **plain}, allow_nan=False) + "\n")
        except OSError as error:
            raise ConfigError(f"cannot write {self.path}: {error.strerror}") from None


@dataclass
class TensorBoard:
    """A run of TensorBoard in a folder; extra `tensorboard`.

    Raises:
        ConfigError: TensorBoard is not installed.
    """

    folder: Path
    _writer: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise ConfigError(
                "TensorBoard needs packages: pip install 'weighhouse[torch,tensorboard]'"
            ) from None
        self._writer = SummaryWriter(str(self.folder))

    def log(self, round: int, figures: Mapping[str, float]) -> None:
        """Adds a scalar a figure, at the step of the round."""
        for name, value in figures.items():
            self._writer.add_scalar(name, value, round)
        self._writer.flush()


MOST_FIGURES = 1000
"""MLflow takes no more in one request."""


@dataclass
class MLflow:
    """A run of MLflow; extra `mlflow`.

    MLflow's own telemetry is switched off, unless MLFLOW_DISABLE_TELEMETRY says otherwise. How often an
    absent server is tried again, MLFLOW_HTTP_REQUEST_MAX_RETRIES says; by default that takes minutes.

    Args:
        uri: Where to: `sqlite:///FILE`, or a server's URL.
        experiment: The experiment's name; made if there is none.
        run: The id of a run to go on with; a new one if not given.

    Raises:
        ConfigError: MLflow is not installed, or cannot be reached, or has no such run.
    """

    uri: str
    experiment: str = "weighhouse"
    run: str | None = None
    _client: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        try:
            from mlflow.tracking import MlflowClient
        except ImportError:
            raise ConfigError("MLflow needs packages: pip install 'weighhouse[mlflow]'") from None
        with self._asked():
            self._client = MlflowClient(tracking_uri=self.uri)
            if self.run is not None:
                self._client.get_run(self.run)
                return
            found = self._client.get_experiment_by_name(self.experiment)
            place = found.experiment_id if found else self._client.create_experiment(self.experiment)
            self.run = self._client.create_run(place).info.run_id

    def log(self, round: int, figures: Mapping[str, float]) -> None:
        """Adds a metric a figure, at the step of the round.

        Raises:
            ConfigError: MLflow cannot be reached, or refuses a figure.
        """
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        metrics = [Metric(name, float(value), now, round) for name, value in figures.items()]
        with self._asked():
            for start in range(0, len(metrics), MOST_FIGURES):
                self._client.log_batch(self.run, metrics=metrics[start : start + MOST_FIGURES])

    def finish(self) -> None:
        """Says that the run has ended; without it, MLflow shows it as running.

        Raises:
            ConfigError: MLflow cannot be reached.
        """
        with self._asked():
            self._client.set_terminated(self.run)

    @contextmanager
    def _asked(self) -> Iterator[None]:
        try:
            yield
        # MLflow lets errors of its database and of HTTP through as they are.
        except Exception as error:
            place = self.uri if self.uri.startswith("sqlite:") else redact(self.uri)
            said = str(error).partition("\n")[0].replace(self.uri, place)
            raise ConfigError(f"MLflow at {place}: {said}") from None


def track(project: Project, store: Store, tracker: Tracker, *, after: int = 0) -> int:
    """Gives a tracker the figures of every round that stands; returns the last round that it was given.

    Figures are `loss` (nats, on validation data), `paid` (tokens), and each trainer's `value/ADDRESS` (nats).

    Args:
        project: The project.
        store: Where its reports are.
        tracker: Who takes them.
        after: The last round that it was given before.

    Raises:
        StoreError: A report or a model is missing or corrupt.
    """
    losses, unit, last = losses_by_round(project, store), 10 ** project.token.decimals(), after
    for report in reports(project, store):
        if report.round > after:
            paid = sum(line.payout for line in report.players) + sum(e.payout for e in report.evaluators)
            values = {f"value/{line.address}": line.score / NANO for line in report.players}
            tracker.log(report.round, {"loss": losses[report.round], "paid": paid / unit, **values})
            last = report.round
    return last
