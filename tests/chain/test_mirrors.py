"""Blobs come from wherever they are whole: folders, buckets, gateways, one after the other."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from chain.blobs.http import HttpBlobs
from chain.encoding import cid
from chain.errors import StoreError
from chain.gateway import gateway
from chain.store import CorruptBlob, MissingBlob, Store, TooLarge

DATA = b"an update" * 1000
NAME = sha256(DATA).hexdigest()
LIMIT = 10**6


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def kept(tmp_path: Path) -> Store:
    store = Store.open(f"file://{tmp_path}/kept")
    store.put(DATA)
    return store


@pytest.fixture
def served(kept: Store) -> Iterator[str]:
    with serving(gateway(kept)) as url:
        yield url


def answering(reply: Callable[[BaseHTTPRequestHandler], None]) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reply(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    return server


def begin(handler: BaseHTTPRequestHandler, status: int = 200, length: int | None = None) -> None:
    handler.send_response(status)
    if length is not None:
        handler.send_header("Content-Length", str(length))
    handler.end_headers()


# The gateway


@pytest.mark.parametrize("path", ["", "/ipfs"])
def test_a_store_behind_a_gateway_is_a_store(path: str, served: str) -> None:
    store = Store.open(served + path)
    assert store.get(NAME, LIMIT) == DATA
    assert store.has(NAME)
    assert not store.has(bytes(32))
    with pytest.raises(MissingBlob):
        store.get(bytes(32), LIMIT)
    with pytest.raises(TooLarge):
        store.get(NAME, len(DATA) - 1)
    with pytest.raises(StoreError, match="reading only"):
        store.put(b"more")


def test_a_gateway_serves_blobs_and_nothing_else(kept: Store, served: str, tmp_path: Path) -> None:
    (tmp_path / "kept" / "secret").write_text("secret")
    good = [f"/{NAME[:2]}/{NAME}", f"/ipfs/{cid(bytes.fromhex(NAME))}"]
    for path in good:
        answer = requests.get(served + path, timeout=5)
        assert (answer.status_code, answer.content) == (200, DATA)
        assert requests.head(served + path, timeout=5).headers["Content-Length"] == str(len(DATA))
    other = "00" if NAME[:2] != "00" else "11"
    bad = ["/", "/secret", "/../kept/secret", f"/{other}/{NAME}", f"/{NAME[:2]}/", "/ipfs/", "/ipfs/b"]
    assert {requests.get(served + path, timeout=5).status_code for path in bad} == {404}
    for method in ("PUT", "POST", "DELETE"):
        assert requests.request(method, served + good[0], data=b"x", timeout=5).status_code == 501
    assert kept.get(NAME, LIMIT) == DATA


def test_a_gateway_serves_no_damaged_and_no_huge_blob(kept: Store, tmp_path: Path) -> None:
    with serving(gateway(kept, most=len(DATA) - 1)) as url:
        assert requests.get(f"{url}/{NAME[:2]}/{NAME}", timeout=5).status_code == 413
    (tmp_path / "kept" / NAME[:2] / NAME).write_bytes(b"other bytes")
    with serving(gateway(kept)) as url:
        assert requests.get(f"{url}/{NAME[:2]}/{NAME}", timeout=5).status_code == 502
        with pytest.raises(StoreError, match="502"):
            Store.open(url).get(NAME, LIMIT)


# Bad sources


def test_half_a_blob_is_never_returned() -> None:
    def half(handler: BaseHTTPRequestHandler) -> None:
        begin(handler, length=len(DATA))
        handler.wfile.write(DATA[:100])

    def cut(handler: BaseHTTPRequestHandler) -> None:
        begin(handler)
        handler.wfile.write(DATA[:100])

    for reply in (half, cut):
        with serving(answering(reply)) as url, pytest.raises(StoreError):
            Store.open(url).get(NAME, LIMIT)


def test_other_bytes_are_never_returned() -> None:
    def swapped(handler: BaseHTTPRequestHandler) -> None:
        begin(handler)
        handler.wfile.write(b"another update")

    with serving(answering(swapped)) as url, pytest.raises(CorruptBlob, match=NAME):
        Store.open(url).get(NAME, LIMIT)


def test_no_more_than_the_limit_is_taken_of_an_endless_answer() -> None:
    sent = [0]

    def endless(handler: BaseHTTPRequestHandler) -> None:
        begin(handler)
        while sent[0] < 10**9:
            handler.wfile.write(bytes(10**5))
            sent[0] += 10**5

    with serving(answering(endless)) as url, pytest.raises(TooLarge):
        Store.open(url).get(NAME, LIMIT)
    assert sent[0] < 10**9


def test_a_source_that_trickles_or_says_nothing_is_given_up() -> None:
    def trickle(handler: BaseHTTPRequestHandler) -> None:
        begin(handler)
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.02)

    def silent(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(1)

    for reply in (trickle, silent):
        with serving(answering(reply)) as url:
            impatient = replace(HttpBlobs.at(url), silence=0.2)
            with pytest.raises(StoreError):
                Store(url, (impatient,)).get(NAME, LIMIT)


@pytest.mark.parametrize("status", [301, 403, 429, 500, 503])
def test_a_refusal_is_named_by_its_status(status: int) -> None:
    with (
        serving(answering(lambda handler: begin(handler, status, 0))) as url,
        pytest.raises(StoreError, match=str(status)),
    ):
        Store.open(url).get(NAME, LIMIT)


def test_what_may_be_secret_in_an_address_is_not_told(served: str) -> None:
    gone = "http://user:PASSWORD@127.0.0.1:9/TOKEN"
    for url in (gone, gone.replace("http", "gopher")):
        with pytest.raises(StoreError) as caught:
            Store.open(url).get(NAME, LIMIT)
        told = str(caught.value) + repr(caught.value)
        assert "PASSWORD" not in told
        assert "TOKEN" not in told
    assert "PASSWORD" not in repr(Store.open(gone))


# Mirrors


def test_mirrors_are_tried_in_turn(kept: Store, served: str, tmp_path: Path, s3: str) -> None:
    empty, damaged = f"file://{tmp_path}/empty", f"file://{tmp_path}/damaged"
    (tmp_path / "damaged" / NAME[:2]).mkdir(parents=True)
    (tmp_path / "damaged" / NAME[:2] / NAME).write_bytes(b"damaged")
    bad = [empty, damaged, "http://127.0.0.1:9", "s3://no-such-bucket/x"]
    for good in (kept.url, served, f"{served}/ipfs"):
        assert Store.open(" ".join([*bad, good])).get(NAME, LIMIT) == DATA
    alone = Store.open(" ".join(bad))
    with pytest.raises(CorruptBlob):
        alone.get(NAME, LIMIT)
    with pytest.raises(MissingBlob):
        Store.open(f"{empty} {empty}2").get(NAME, LIMIT)


def test_a_blob_is_put_wherever_that_is_possible(tmp_path: Path, s3: str) -> None:
    (tmp_path / "file").write_text("no folder")
    first, bucket = f"file://{tmp_path}/first", "s3://blobs/mirrored"
    broken = f"file://{tmp_path}/file/inside"
    name = Store.open(" ".join([broken, first, "http://127.0.0.1:9", bucket])).put(DATA)
    assert Store.open(first).get(name, LIMIT) == DATA
    assert Store.open(bucket).get(name, LIMIT) == DATA
    for nowhere in (broken, f"{broken} http://127.0.0.1:9", "http://127.0.0.1:9"):
        with pytest.raises(StoreError):
            Store.open(nowhere).put(DATA)


def test_a_folder_whose_name_has_a_space_is_one_place(tmp_path: Path) -> None:
    store = Store.open(f"file://{tmp_path}/two words")
    assert len(store.places) == 1
    assert store.get(store.put(DATA), LIMIT) == DATA
    assert (tmp_path / "two words").is_dir()


def test_a_bucket_that_is_not_there_or_does_not_answer_is_a_named_error(
    s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StoreError):
        Store.open("s3://no-such-bucket/x").put(DATA)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StoreError) as caught:
        Store.open("s3://blobs/x").get(NAME, LIMIT)
    assert "S3-SECRET" not in str(caught.value)
