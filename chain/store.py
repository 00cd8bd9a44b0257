"""Content-addressed blobs: the bytes behind the digests on chain.

A store is not trusted. A blob's name is its sha256, so what is read is either what was asked for or a named
error, and nobody can make a reader take in more than it agreed to. Names are only ever made from 32 bytes: no
path that a stranger wrote is opened. A store can have mirrors: what one of them lacks, or has other bytes of,
is read from the next.

Example:
    >>> store = Store.open("memory://docs")
    >>> name = store.put(b"an update")
    >>> store.get(name, max_bytes=100)
    b'an update'
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

from chain.blobs.files import FileBlobs
from chain.blobs.http import HttpBlobs
from chain.encoding import sha256
from chain.errors import StoreError
from chain.networks.remote import redact
from valuation.errors import InputError

_FILES, _HTTP = ("file", "memory", "s3"), ("http", "https")


class MissingBlob(StoreError):
    """The store has no blob of that name."""


class CorruptBlob(StoreError):
    """What the store holds under a name does not hash to it."""


class TooLarge(StoreError):
    """The blob is larger than the reader agreed to read."""


class Place(Protocol):
    """Where blobs are. What it says is not believed."""

    @property
    def shown(self) -> str:
        """What to call it in messages; holds no secret."""

    @property
    def writable(self) -> bool:
        """Whether blobs can be put there."""

    def has(self, name: str) -> bool:
        """Whether it claims to have a blob."""

    def read(self, name: str, most: int) -> bytes | None:
        """What it has under a name, no more than so many bytes; None when it has nothing."""

    def write(self, name: str, data: bytes) -> None:
        """Puts a blob there; readers see all of it or none."""


@dataclass(frozen=True)
class Store:
    """Blobs in one place, or in several that mirror each other."""

    url: str = field(repr=False)
    places: tuple[Place, ...]

    @classmethod
    def open(cls, url: str) -> Store:
        """Opens a store; creates nothing until the first blob is put.

        Args:
            url: One or several of these, separated by spaces: `file:///absolute/folder`,
                `file://relative/folder`, `s3://bucket/folder`, `memory://name` (this process only),
                `https://host/folder` and `https://host/ipfs` (for reading only). The first is the first to
                be asked; blobs are put wherever that is possible.

        Raises:
            StoreError: Not a URL of these kinds.
            ConfigError: A package is missing.
        """
        # A folder's name may hold a space; what comes after one is a mirror only if it is a URL.
        parts = re.split(r"\s+(?=\w+://)", url.strip())
        return cls(url, tuple(_place(part) for part in parts))

    @property
    def shown(self) -> str:
        """What to call it in messages; holds no secret."""
        return " and ".join(place.shown for place in self.places)

    def put(self, data: bytes) -> str:
        """Stores bytes and returns their name, the sha256 in hex. Readers see all of a blob or none of it.

        Putting a blob again replaces it, which also mends a damaged one. With mirrors it is enough that one
        of them takes it.

        Raises:
            StoreError: No place takes it.
        """
        name = sha256(data).hex()
        refusals: list[StoreError] = []
        targets = [place for place in self.places if place.writable]
        for place in targets:
            try:
                place.write(name, data)
            except StoreError as error:
                refusals.append(error)
        if len(refusals) == len(targets):
            raise refusals[0] if refusals else StoreError(f"{self.shown} is for reading only")
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
        problems: list[StoreError] = []
        for place in self.places:
            try:
                return _verified(place, name, max_bytes)
            except StoreError as error:
                problems.append(error)
        # That one place has nothing is the least that can be said, if another has something wrong.
        raise next((p for p in problems if not isinstance(p, MissingBlob)), problems[0])

    def has(self, digest: bytes | str) -> bool:
        """Whether the store lists the blob; only `get` tells whether it is what it claims to be.

        Raises:
            InputError: `digest` is not one.
            StoreError: No place can tell.
        """
        name = _name(digest)
        problems: list[StoreError] = []
        for place in self.places:
            try:
                if place.has(name):
                    return True
            except StoreError as error:
                problems.append(error)
        if len(problems) == len(self.places):
            raise problems[0]
        return False


def _verified(place: Place, name: str, max_bytes: int) -> bytes:
    data = place.read(name, max_bytes + 1)
    if data is None:
        raise MissingBlob(f"{place.shown} has no blob {name}")
    if len(data) > max_bytes:
        raise TooLarge(f"blob {name} is larger than {max_bytes} bytes")
    found = sha256(data).hex()
    if found != name:
        raise CorruptBlob(f"{place.shown} holds other bytes under {name}: their sha256 is {found}")
    return data


def _place(url: str) -> Place:
    scheme, separator, path = url.partition("://")
    if separator and path.strip("/") and "::" not in path:
        if scheme in _FILES:
            return FileBlobs.at(url)
        if scheme in _HTTP:
            return HttpBlobs.at(url)
    shown = repr(url) if "@" not in url and "?" not in url else redact(url)
    raise StoreError(
        f"not a store: {shown}; expected file://FOLDER, s3://BUCKET/FOLDER, https://HOST/FOLDER "
        "or memory://NAME"
    )


def _name(digest: bytes | str) -> str:
    if isinstance(digest, bytes) and len(digest) == 32:
        return digest.hex()
    if isinstance(digest, str) and re.fullmatch("[0-9a-f]{64}", digest):
        return digest
    raise InputError(f"not a sha256 digest (32 bytes, or 64 lower-case hexadecimal digits): {digest!r:.80}")
