"""Content-addressed blobs: the bytes behind the digests on chain.

A store is not trusted. A blob's name is its sha256, so what is read is either what was asked for or a named
error, and nobody can make a reader take in more than it agreed to. Names are only ever made from 32 bytes: no
path that a stranger wrote is opened.

Example:
    >>> store = Store.open("memory://docs")
    >>> name = store.put(b"an update")
    >>> store.get(name, max_bytes=100)
    b'an update'
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

import fsspec
from fsspec import AbstractFileSystem

from chain.encoding import sha256
from chain.errors import StoreError
from valuation.errors import InputError

_SCHEMES = ("file", "memory")


class MissingBlob(StoreError):
    """The store has no blob of that name."""


class CorruptBlob(StoreError):
    """What the store holds under a name does not hash to it."""


class TooLarge(StoreError):
    """The blob is larger than the reader agreed to read."""


@dataclass(frozen=True)
class Store:
    """Blobs under one folder of a filesystem, at `<root>/<first two digits>/<sha256 in hex>`."""

    url: str
    _filesystem: AbstractFileSystem
    _root: str

    @classmethod
    def open(cls, url: str) -> Store:
        """Opens a store; creates nothing until the first blob is put.

        Args:
            url: `file:///absolute/folder`, `file://relative/folder`, or `memory://name` (this process only).

        Raises:
            StoreError: Not a URL of these kinds.
        """
        scheme, separator, path = url.partition("://")
        if scheme not in _SCHEMES or not separator or not path.strip("/") or "::" in path:
            raise StoreError(f"not a store: {url!r}; expected file://FOLDER or memory://NAME")
        filesystem, root = fsspec.url_to_fs(url)
        return cls(url, filesystem, root)

    def put(self, data: bytes) -> str:
        """Stores bytes and returns their name, the sha256 in hex. Readers see all of a blob or none of it.

        Putting a blob again replaces it, which also mends a damaged one.

        Raises:
            StoreError: The filesystem refuses.
        """
        name = sha256(data).hex()
        path = self._path(name)
        draft = f"{path}.{secrets.token_hex(8)}.part"
        try:
            self._filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
            try:
                self._filesystem.pipe_file(draft, data)
                self._filesystem.mv(draft, path)
            finally:
                if self._filesystem.exists(draft):
                    self._filesystem.rm_file(draft)
        except OSError as error:
            raise StoreError(f"cannot write blob {name} to {self.url}: {error}") from error
        return name

    def get(self, digest: bytes | str, max_bytes: int) -> bytes:
        """The bytes with this sha256 (32 bytes or hex), verified.

        Args:
            digest: What the chain says.
            max_bytes: Reads no more than this, whatever the store offers.

        Raises:
            MissingBlob: Not there, or not a file.
            TooLarge: Larger than `max_bytes`.
            CorruptBlob: Other bytes than were asked for.
            StoreError: The filesystem refuses.
            InputError: `digest` is not one.
        """
        name = _name(digest)
        if not self.has(name):  # also keeps a reader from waiting on a named pipe in a shared folder
            raise MissingBlob(f"{self.url} has no blob {name}")
        try:
            data = bytes(self._filesystem.cat_file(self._path(name), start=0, end=max_bytes + 1))
        except OSError as error:
            raise StoreError(f"cannot read blob {name} from {self.url}: {error}") from error
        if len(data) > max_bytes:
            raise TooLarge(f"blob {name} is larger than {max_bytes} bytes")
        found = sha256(data).hex()
        if found != name:
            raise CorruptBlob(f"{self.url} holds other bytes under {name}: their sha256 is {found}")
        return data

    def has(self, digest: bytes | str) -> bool:
        """Whether the store lists the blob; only `get` tells whether it is what it claims to be.

        Raises:
            InputError: `digest` is not one.
        """
        return bool(self._filesystem.isfile(self._path(_name(digest))))

    def _path(self, name: str) -> str:
        return f"{self._root}/{name[:2]}/{name}"


def _name(digest: bytes | str) -> str:
    if isinstance(digest, bytes) and len(digest) == 32:
        return digest.hex()
    if isinstance(digest, str) and re.fullmatch("[0-9a-f]{64}", digest):
        return digest
    raise InputError(f"not a sha256 digest (32 bytes, or 64 lower-case hexadecimal digits): {digest!r:.80}")
