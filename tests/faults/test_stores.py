"""A store that loses, damages or withholds blobs keeps a payment waiting until a mirror has them; no more."""

import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from chain.roles.payouts import report_of
from chain.store import Store
from tests.support.payday import persist


@pytest.fixture
def store(ground: Any, tmp_path: Path) -> Path:
    """A copy of the store, to be damaged."""
    source = ground.payday.store.removeprefix("file://")
    return Path(shutil.copytree(source, tmp_path / "store"))


def damage(kind: str, path: Path) -> None:
    data = path.read_bytes()
    match kind:
        case "lost":
            path.unlink()
        case "emptied":
            path.write_bytes(b"")
        case "cut in half":
            path.write_bytes(data[: len(data) // 2])
        case "one bit flipped":
            path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
        case "swapped":
            other = next(p for p in sorted(path.parents[1].rglob("*")) if p.is_file() and p != path)
            path.write_bytes(other.read_bytes())
        case "swollen":
            path.write_bytes(data + bytes(10**6))
        case "a folder":
            path.unlink()
            path.mkdir()


KINDS = ["lost", "emptied", "cut in half", "one bit flipped", "swapped", "swollen", "a folder"]


def report_in(store: Path, ground: Any) -> Path:
    name = ground.payday.header.report_digest.hex()
    return store / name[:2] / name


@pytest.mark.parametrize("kind", KINDS)
def test_the_report_is_damaged_until_the_evaluator_puts_it_there_again(
    kind: str, ground: Any, store: Path, folder: Path
) -> None:
    data = report_in(store, ground).read_bytes()
    damage(kind, report_in(store, ground))

    def mend() -> None:
        if report_in(store, ground).is_dir():
            report_in(store, ground).rmdir()
        assert Store.open(f"file://{store}").put(data) == sha256(data).hexdigest()

    payday = replace(ground.payday, store=f"file://{store}")
    errors = persist(payday, ground.network, folder, between=mend)
    assert errors in (["MissingBlob"], ["CorruptBlob"])
    assert payday.outcome(ground.network) == ground.undisturbed


@pytest.mark.parametrize("kind", KINDS)
def test_a_mirror_has_what_the_first_store_has_not(kind: str, ground: Any, store: Path, folder: Path) -> None:
    damage(kind, report_in(store, ground))
    payday = replace(ground.payday, store=f"file://{store} {ground.payday.store}")
    assert persist(payday, ground.network, folder) == []
    assert payday.outcome(ground.network) == ground.undisturbed


def test_everything_is_gone_but_one_mirror(ground: Any, store: Path, folder: Path) -> None:
    shutil.rmtree(store)
    payday = replace(ground.payday, store=f"file://{store} http://127.0.0.1:9 {ground.payday.store}")
    assert persist(payday, ground.network, folder) == []
    assert payday.outcome(ground.network) == ground.undisturbed
    assert report_of(Store.open(payday.store), ground.payday.header).round == ground.payday.header.round
