"""`weighhouse store`: let others read the blobs that this machine keeps."""

from __future__ import annotations

import sys

import click

from chain.cli.output import Output, json_option, lines, show
from chain.encoding import cid
from chain.errors import ConfigError
from chain.gateway import gateway
from chain.store import Store
from valuation.errors import InputError

_STORE = "file://.weighhouse/store"
_url = click.option("--store", default=_STORE, show_default=True, help="URL of the store.")


@click.group("store")
def store_commands() -> None:
    """Serve blobs, and name them as IPFS does."""


@store_commands.command("serve")
@_url
@click.option("--host", default="127.0.0.1", show_default=True, help="The interface to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8_470, show_default=True, help="0 for any.")
@json_option
def serve(store: str, host: str, port: int, output: Output) -> None:
    """Serve the store over HTTP, for reading only, until interrupted."""
    try:
        server = gateway(Store.open(store), host=host, port=port)
    except OSError as error:
        raise ConfigError(f"cannot listen on {host}:{port}: {error.strerror}") from None
    url = f"http://{host}:{server.server_address[1]}"
    document = {"url": url, "ipfs": f"{url}/ipfs"}
    show(output, document, lines(document))
    sys.stdout.flush()
    with server:
        server.serve_forever()


@store_commands.command("cid")
@click.argument("digest")
@json_option
def cid_command(digest: str, output: Output) -> None:
    """Print the IPFS name (CIDv1) of the blob with this sha256, in hex."""
    try:
        name = cid(bytes.fromhex(digest))
    except ValueError as error:
        raise InputError(f"not a sha256 digest: {error}") from None
    document = {"digest": digest, "cid": name}
    show(output, document, lines(document))
