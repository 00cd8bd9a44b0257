"""Blobs behind an HTTP address, for reading only: a web server over a store's folder, or an IPFS gateway."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

from chain.encoding import cid
from chain.errors import StoreError
from chain.networks.remote import redact

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 10.0
"""Longest wait for the next bytes."""
SLOWEST = 32 * 2**10
"""Bytes per second below which a source is given up, after the first seconds."""
_CHUNK = 2**16


@dataclass(frozen=True)
class HttpBlobs:
    """Blobs at `<url>/<first two digits>/<sha256 in hex>`; at `<url>/<CID>` when the path ends in /ipfs."""

    url: str = field(repr=False)
    shown: str
    silence: float = SILENCE_SECONDS

    writable = False

    @classmethod
    def at(cls, url: str) -> HttpBlobs:
        """The blobs below an `http://` or `https://` URL.

        Raises:
            StoreError: It names no host.
        """
        if not urlsplit(url).hostname:
            raise StoreError(f"not a store: {redact(url)!r}")
        return cls(url.rstrip("/"), redact(url))

    def has(self, name: str) -> bool:
        """Whether the address says that there is such a blob."""
        with self._asked("HEAD", name) as answer:
            return self._found(answer, name)

    def read(self, name: str, most: int) -> bytes | None:
        """At most so many bytes of a blob; None when there is none.

        Raises:
            StoreError: The gateway does not answer, or too slowly.
        """
        started, data = time.monotonic(), bytearray()
        with self._asked("GET", name) as answer:
            if not self._found(answer, name):
                return None
            try:
                for chunk in answer.iter_content(_CHUNK):
                    data += chunk
                    if len(data) >= most:
                        break
                    spent = time.monotonic() - started - self.silence
                    if spent > 0 and len(data) < SLOWEST * spent:
                        raise StoreError(f"{self.shown} is too slow: {len(data)} bytes of blob {name}")
            except (requests.RequestException, OSError) as error:
                raise self._failed(name, error) from None
        return bytes(data[:most])

    def write(self, name: str, data: bytes) -> None:
        """Refuses.

        Raises:
            StoreError: Always.
        """
        raise StoreError(f"{self.shown} is for reading only: cannot write {len(data)} bytes as blob {name}")

    def _asked(self, method: str, name: str) -> requests.Response:
        ipfs = self.url.endswith("/ipfs")
        path = cid(bytes.fromhex(name)) if ipfs else f"{name[:2]}/{name}"
        try:
            return requests.request(
                method,
                f"{self.url}/{path}",
                stream=True,
                timeout=(CONNECT_SECONDS, self.silence),
                headers={"Accept": "application/vnd.ipld.raw", "Accept-Encoding": "identity"},
            )
        except (requests.RequestException, OSError) as error:
            raise self._failed(name, error) from None

    def _found(self, answer: requests.Response, name: str) -> bool:
        if answer.status_code in (404, 410):
            return False
        if answer.status_code != 200:
            raise StoreError(f"cannot read blob {name} from {self.shown}: status {answer.status_code}")
        return True

    def _failed(self, name: str, error: Exception) -> StoreError:
        # The original names the whole address, with what may be a secret: its kind is all that may pass.
        return StoreError(f"cannot read blob {name} from {self.shown}: {type(error).__name__}")
