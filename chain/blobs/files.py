"""Blobs in a folder, a bucket or this process's memory, through fsspec."""

from __future__ import annotations

import importlib
import secrets
from dataclasses import dataclass
from typing import Any

import fsspec
from fsspec import AbstractFileSystem

from chain.errors import ConfigError, StoreError

_S3 = {
    # A listing that was read before must not hide a blob that was written since.
    "use_listings_cache": False,
    "skip_instance_cache": True,
    "config_kwargs": {"connect_timeout": 5, "read_timeout": 20, "retries": {"max_attempts": 2}},
}
_S3_ERRORS = (
    ("botocore.exceptions", "BotoCoreError"),
    ("botocore.exceptions", "ClientError"),
    ("aiohttp", "ClientError"),
)


@dataclass(frozen=True)
class FileBlobs:
    """Blobs at `<root>/<first two digits>/<sha256 in hex>` of a filesystem."""

    shown: str
    filesystem: AbstractFileSystem
    root: str
    atomic: bool
    failures: tuple[type[Exception], ...]

    writable = True

    @classmethod
    def at(cls, url: str) -> FileBlobs:
        """The blobs below a `file://`, `memory://` or `s3://` URL.

        The credentials and the endpoint of S3 come from where its tools look for them: the environment, or
        `~/.aws`.

        Raises:
            ConfigError: `s3://` without the extra `s3`.
            StoreError: The filesystem refuses the URL.
        """
        scheme = url.partition("://")[0]
        failures: tuple[type[Exception], ...] = (OSError,)
        options: dict[str, Any] = {}
        if scheme == "s3":
            options = _S3
            try:
                extra = [getattr(importlib.import_module(m), name) for m, name in _S3_ERRORS]
                importlib.import_module("s3fs")
            except ImportError:
                raise ConfigError("s3:// needs a package: pip install 'weighhouse[s3]'") from None
            failures = (OSError, *extra)
        try:
            filesystem, root = fsspec.url_to_fs(url, **options)
        except failures as error:
            raise StoreError(f"not a store: {url!r}: {error}") from None
        return cls(url, filesystem, root, scheme == "s3", failures)

    def has(self, name: str) -> bool:
        """Whether there is a file of this name.

        Raises:
            StoreError: The place does not answer.
        """
        try:
            return bool(self.filesystem.isfile(self._path(name)))
        except self.failures as error:
            raise StoreError(f"cannot look for blob {name} in {self.shown}: {error}") from error

    def read(self, name: str, most: int) -> bytes | None:
        """At most so many bytes of a blob; None when there is none.

        Raises:
            StoreError: The place does not answer.
        """
        if not self.has(name):  # also keeps a reader from waiting on a named pipe in a shared folder
            return None
        try:
            return bytes(self.filesystem.cat_file(self._path(name), start=0, end=most))
        except FileNotFoundError:
            return None
        except self.failures as error:
            # An empty object has no range of bytes, and S3 says so.
            if self.atomic and getattr(error, "errno", None) == 22 and self._is_empty(name):
                return b""
            raise StoreError(f"cannot read blob {name} from {self.shown}: {error}") from error

    def write(self, name: str, data: bytes) -> None:
        """Writes a blob, so that readers see all of it or none.

        Raises:
            StoreError: It cannot be written there.
        """
        path = self._path(name)
        # An object appears in a bucket at once, and whole; a file does when it is moved into place.
        draft = path if self.atomic else f"{path}.{secrets.token_hex(8)}.part"
        try:
            if not self.atomic:
                self.filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
            try:
                self.filesystem.pipe_file(draft, data)
                if draft != path:
                    self.filesystem.mv(draft, path)
            finally:
                if draft != path and self.filesystem.exists(draft):
                    self.filesystem.rm_file(draft)
        except self.failures as error:
            raise StoreError(f"cannot write blob {name} to {self.shown}: {error}") from error

    def _is_empty(self, name: str) -> bool:
        return int(self.filesystem.info(self._path(name))["size"]) == 0

    def _path(self, name: str) -> str:
        return f"{self.root}/{name[:2]}/{name}"
