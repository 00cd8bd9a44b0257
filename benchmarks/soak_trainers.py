"""The trainers of the soak in one process: each does its duty again and again, until somebody kills it."""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

from chain.accounts import dev_account
from chain.deployments import load_system
from chain.errors import ChainError
from chain.journal import Journal
from chain.network import connect
from chain.project import Project
from chain.roles.duties import train
from chain.roles.state import StateFolder
from chain.roles.trainer import Trainer
from chain.sender import Sender
from chain.store import Store
from valuation.errors import WeighhouseError

PAUSE = 0.2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", required=True)
    parser.add_argument("--store", required=True)
    parser.add_argument("--first", type=int, required=True, help="number of the first account")
    parser.add_argument("--count", type=int, required=True)
    chosen = parser.parse_args()
    while True:
        try:
            serve(chosen.network, chosen.store, range(chosen.first, chosen.first + chosen.count))
        except WeighhouseError as error:  # the connection is bad from the first request on
            say(error=type(error).__name__)
            time.sleep(PAUSE)


def serve(url: str, store: str, accounts: range) -> None:
    with connect(url, timeout=5) as network:
        folder = Path("deployments") / network.name
        system = load_system(network, folder)
        project = Project.at(network, system, 1).indexed(folder / "trainers.index.sqlite")
        journal = Journal(
            folder / "journal.sqlite", chain_id=network.chain_id, genesis_hash=network.genesis_hash
        )
        trainers = []
        for number in accounts:
            sender = Sender(network, dev_account(network, number), journal, resubmit=1.0, timeout=10.0)
            sender.recover()
            trainers.append(Trainer(project, sender, Store.open(store), StateFolder(Path("state"))))
        rng = np.random.default_rng()
        while True:
            done = [did(trainer, rng) for trainer in trainers]
            if not any(done):
                time.sleep(PAUSE)


def did(trainer: Trainer, rng: np.random.Generator) -> bool:
    try:
        return train(trainer, rng) is not None
    except ChainError as error:
        say(error=type(error).__name__, address=trainer.address)
        return False


def say(**fields: str) -> None:
    print(json.dumps(fields), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
