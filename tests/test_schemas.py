"""The published schemas are those of the documents, and documents keep to them."""

import json
import sys
from pathlib import Path

import pytest

from chain.network import connect
from chain.roles.receipt import receipt_of, sign_receipt
from tests.support.world import build_world

jsonschema = pytest.importorskip("jsonschema")
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import schemas  # noqa: E402


def test_the_committed_schemas_are_up_to_date() -> None:
    committed = {
        path.name: json.loads(path.read_text()) for path in (ROOT / "docs" / "schemas").glob("*.json")
    }
    assert committed == schemas.documents()


def test_receipts_keep_to_their_schema_and_others_do_not(tmp_path: Path) -> None:
    validator = jsonschema.Draft202012Validator(schemas.documents()["receipt.json"])
    with connect("embedded") as network:
        world = build_world(network, tmp_path)
        world.play_round()
        for role in (world.trainers[0], world.evaluators[0]):
            bare = receipt_of(world.project, world.store, 1, role.address)
            for receipt in (bare, sign_receipt(bare, role.sender.account)):
                document = json.loads(receipt.to_bytes())
                assert list(validator.iter_errors(document)) == []
                for name in document:
                    others = ({**document, name: 1.5}, {k: v for k, v in document.items() if k != name})
                    assert all(list(validator.iter_errors(other)) for other in others), name
