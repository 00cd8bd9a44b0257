import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.errors import StoreError
from chain.store import CorruptBlob, MissingBlob, Store, TooLarge
from valuation.errors import InputError

LIMIT = 1 << 20


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "file":
        yield Store.open(f"file://{tmp_path}/blobs")
    else:
        url = f"memory://{uuid4()}"
        yield Store.open(url)
        filesystem, root = fsspec.url_to_fs(url)
        if filesystem.exists(root):
            filesystem.rm(root, recursive=True)


def place(store: Store, name: str, data: bytes) -> None:
    """What someone with access to the filesystem could do behind the store's back."""
    filesystem, root = fsspec.url_to_fs(store.url)
    path = f"{root}/{name[:2]}/{name}"
    filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
    filesystem.pipe_file(path, data)


def names(store: Store) -> list[str]:
    filesystem, root = fsspec.url_to_fs(store.url)
    return sorted(path[len(root) :].lstrip("/") for path in filesystem.find(root))


@given(st.binary(max_size=5000))
def test_what_was_put_comes_back(data: bytes) -> None:
    store = Store.open("memory://properties")
    name = store.put(data)
    assert name == sha256(data).hexdigest()
    assert store.get(name, max_bytes=len(data)) == data
    assert store.get(bytes.fromhex(name), max_bytes=len(data)) == data


def test_a_blob_is_found_by_its_digest_alone(store: Store) -> None:
    name = store.put(b"one")
    assert names(store) == [f"{name[:2]}/{name}"]
    assert store.has(name)
    assert store.has(bytes.fromhex(name))
    assert not store.has(bytes(32))


def test_two_stores_at_one_place_share_and_at_two_places_do_not(store: Store) -> None:
    name = store.put(b"shared")
    assert Store.open(store.url).get(name, LIMIT) == b"shared"
    assert not Store.open(store.url + "/elsewhere").has(name)


def test_a_blob_that_is_not_there_is_missing(store: Store) -> None:
    with pytest.raises(MissingBlob, match="00" * 32):
        store.get(bytes(32), LIMIT)


@pytest.mark.parametrize("data", [b"", b"other", b"tru", b"truth and more"])
def test_tampered_bytes_are_never_returned(store: Store, data: bytes) -> None:
    name = store.put(b"truth")
    place(store, name, data)
    with pytest.raises(CorruptBlob, match=name):
        store.get(name, LIMIT)


def test_putting_a_blob_again_mends_it(store: Store) -> None:
    name = store.put(b"truth")
    place(store, name, b"")
    store.put(b"truth")
    assert store.get(name, LIMIT) == b"truth"


def test_a_reader_sets_the_size_that_it_takes(store: Store) -> None:
    name = store.put(bytes(100))
    assert len(store.get(name, max_bytes=100)) == 100
    with pytest.raises(TooLarge, match="99 bytes"):
        store.get(name, max_bytes=99)


def test_no_more_than_the_limit_is_read_of_an_endless_file(tmp_path: Path) -> None:
    # A sparse file of 8 TiB: reading it whole could not succeed.
    store = Store.open(f"file://{tmp_path}")
    name = "ab" * 32
    (tmp_path / "ab").mkdir()
    with (tmp_path / "ab" / name).open("wb") as file:
        file.truncate(1 << 43)
    with pytest.raises(TooLarge):
        store.get(name, max_bytes=1000)


def test_a_named_pipe_in_a_shared_folder_keeps_nobody_waiting(tmp_path: Path) -> None:
    name = "ab" * 32
    (tmp_path / "ab").mkdir()
    os.mkfifo(tmp_path / "ab" / name)
    outcome: list[str] = []

    def read() -> None:
        try:
            Store.open(f"file://{tmp_path}").get(name, LIMIT)
        except MissingBlob:
            outcome.append("missing")

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(timeout=20)
    assert outcome == ["missing"]


def test_a_folder_in_place_of_a_blob_is_not_a_blob(store: Store) -> None:
    name = sha256(b"blob").hexdigest()
    place(store, name + "/inside", b"")
    with pytest.raises(MissingBlob):
        store.get(name, LIMIT)


@pytest.mark.parametrize(
    "digest",
    [
        "",
        "..",
        "../" * 21 + "a",
        "/etc/passwd".ljust(64, "/"),
        "ab" * 31,
        "AB" * 32,
        "ab" * 32 + "\n",
        "0x" + "ab" * 31,
        "g" * 64,
        "١" * 64,
        b"",
        bytes(31),
        bytes(33),
        b"../../../../../../../etc/passwd",
    ],
)
def test_only_a_digest_names_a_blob(store: Store, digest: bytes | str) -> None:
    with pytest.raises(InputError, match="not a sha256 digest"):
        store.get(digest, LIMIT)
    with pytest.raises(InputError, match="not a sha256 digest"):
        store.has(digest)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "blobs",
        "/tmp/blobs",
        "file:/tmp/blobs",
        "file://",
        "file:///",
        "memory://",
        "http://",
        "file:///tmp/blobs ftp://example.org/blobs",
        "ftp://example.org/blobs",
        "simplecache::file:///tmp/blobs",
        "file:///tmp/a.zip::memory://b",
        "FILE:///tmp/blobs",
    ],
)
def test_a_store_is_a_url_of_a_known_kind(url: str) -> None:
    with pytest.raises(StoreError, match="not a store"):
        Store.open(url)


def test_a_relative_url_starts_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = Store.open("file://here/blobs").put(b"relative")
    assert (tmp_path / "here" / "blobs" / name[:2] / name).read_bytes() == b"relative"
    assert Store.open(f"file://{tmp_path}/here/blobs").get(name, LIMIT) == b"relative"


def test_opening_a_store_creates_nothing(tmp_path: Path) -> None:
    store = Store.open(f"file://{tmp_path}/new")
    assert not store.has(bytes(32))
    assert not (tmp_path / "new").exists()


def test_a_failed_write_leaves_nothing_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.open(f"file://{tmp_path}")

    def full_disk(draft: str, data: bytes, **_: Any) -> None:
        Path(draft).write_bytes(data[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.places[0].filesystem, "pipe_file", full_disk)
    with pytest.raises(StoreError, match="No space left"):
        store.put(b"too much")
    assert names(store) == []


def test_a_write_to_a_forbidden_place_says_so(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="cannot write blob"):
        Store.open(f"file://{tmp_path}/blobs").put(b"data")


def test_readers_see_a_whole_blob_or_none_while_others_write_it(tmp_path: Path) -> None:
    store = Store.open(f"file://{tmp_path}")
    data = os.urandom(1 << 20)
    name = store.put(data)
    with ThreadPoolExecutor(4) as pool:
        writes = [pool.submit(store.put, data) for _ in range(20)]
        reads = [pool.submit(store.get, name, LIMIT) for _ in range(20)]
        assert all(read.result() == data for read in reads)
        assert {write.result() for write in writes} == {name}
    assert names(store) == [f"{name[:2]}/{name}"]
