"""A read-only HTTP gateway before a store, so that others can mirror it, by its names or those of IPFS."""

from __future__ import annotations

import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from chain.cid import digest_in
from chain.errors import StoreError
from chain.store import MissingBlob, Store, TooLarge
from valuation.errors import InputError

MOST_BYTES = 2**31


def gateway(
    store: Store, *, host: str = "127.0.0.1", port: int = 0, most: int = MOST_BYTES
) -> ThreadingHTTPServer:
    """A server for `/<two digits>/<sha256>` and `/ipfs/<CID>`; call its `serve_forever`.

    It answers GET and HEAD, reads nothing but verified blobs, lists nothing and writes nothing.

    Args:
        store: What is served.
        host: The interface; only this machine's own unless said otherwise.
        port: The port; 0 for any that is free, which `server_address` then tells.
        most: Larger blobs are not served.
    """

    class Handler(BaseHTTPRequestHandler):
        server_version = "weighhouse"
        protocol_version = "HTTP/1.1"
        timeout = 30.0
        wbufsize = -1  # head and body in one packet

        def do_GET(self) -> None:
            self._answer(body=True)

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def _answer(self, *, body: bool) -> None:
            status, data = _look_up(store, self.path, most)
            self.send_response(status)
            self.send_header("Content-Type", "application/vnd.ipld.raw" if status == 200 else "text/plain")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("X-Content-Type-Options", "nosniff")
            if status == 200:  # a name never comes to mean other bytes
                self.send_header("Cache-Control", "public, max-age=31536000, immutable")
            self.end_headers()
            if body:
                self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Says nothing: who reads what is nobody's business."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    return server


def _look_up(store: Store, path: str, most: int) -> tuple[int, bytes]:
    own = re.fullmatch(r"/([0-9a-f]{2})/(\1[0-9a-f]{62})", path)
    ipfs = re.fullmatch(r"/ipfs/([a-z2-7]{1,100})(\?format=raw)?", path)
    try:
        if own:
            digest = bytes.fromhex(own[2])
        elif ipfs:
            digest = digest_in(ipfs[1])
        else:
            return 404, b"no such address\n"
        return 200, store.get(digest, most)
    except InputError:
        return 404, b"no such name\n"
    except MissingBlob:
        return 404, b"no such blob\n"
    except TooLarge:
        return 413, b"too large\n"
    except StoreError:
        return 502, b"the store does not have what it should\n"
