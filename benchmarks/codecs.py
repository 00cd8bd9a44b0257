"""The formats of compressed updates: ratio, error and speed at a million and at ten million entries.

The updates are not noise: a random walk along each row of a matrix times a few per cent of noise, so that
neighbouring entries resemble each other, as DeMo supposes, with a few entries far larger than the rest, as
the sparse formats suppose. The error is the length of what is lost over the length of the update; that of
one byte is the price of having nothing but its mean right. EControl has no format of its own: its row is the
eighth message about one and the same update, and the error that is left after it.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from report import arguments, emit, seconds

from valuation.gradients import codec, econtrol, spsa
from valuation.gradients.compressor import Compressor, Vector
from valuation.gradients.demo import DeMo
from valuation.gradients.fedzip import FedZip
from valuation.gradients.layout import Layout
from valuation.gradients.sparseloco import SparseLoCo

SEED = bytes(32)
ETA = 0.1


def layout_of(side: int) -> Layout:
    return Layout(("weight", "bias"), ((side, side), (side,)))


def update_of(layout: Layout) -> Vector:
    rng = np.random.default_rng(0)
    side = layout.shapes[0][0]
    smooth = np.cumsum(rng.standard_normal((side, side), dtype=np.float32), axis=1) / np.sqrt(side)
    noisy = smooth * np.exp(rng.standard_normal((side, side), dtype=np.float32))
    return layout.flatten({"weight": 1e-3 * noisy, "bias": 1e-3 * rng.standard_normal(side)})


def formats(layout: Layout) -> dict[str, Compressor]:
    return {
        "DeMo, 32 of 4,096": DeMo(layout),
        "SparseLoCo, 1/64": SparseLoCo(layout),
        "FedZip, 3 clusters": FedZip(layout),
        "FedZip, 16 clusters": FedZip(layout, clusters=16),
    }


def row(
    name: str, update: Vector, blob: bytes, decoded: Vector, times: tuple[float, float]
) -> dict[str, Any]:
    megabytes = update.nbytes / 1e6
    return {
        "format": name,
        "entries": update.size,
        "bytes": len(blob),
        "ratio": update.nbytes / len(blob),
        "error": float(np.linalg.norm(decoded - update) / np.linalg.norm(update)),
        "encode MB/s": megabytes / times[0],
        "decode MB/s": megabytes / times[1],
    }


def measure(sides: Sequence[int], repeats: int) -> list[dict[str, Any]]:
    rows = []
    for side in sides:
        layout = layout_of(side)
        update = update_of(layout)
        for name, compressor in formats(layout).items():
            blob = compressor.encode(update)
            encoding = seconds(partial(compressor.encode, update), repeats)
            decoding = seconds(partial(compressor.decode, blob), repeats)
            rows.append(row(name, update, blob, compressor.decode(blob), (encoding, decoding)))
        rows += [econtrol_row(layout, update), top_k_row(layout, update, repeats), spsa_row(update, repeats)]
    return rows


def econtrol_row(layout: Layout, update: Vector) -> dict[str, Any]:
    """Return the row of EControl over SparseLoCo after eight messages."""
    compressor, gradient = SparseLoCo(layout), update.astype(np.float64)
    control, estimate = econtrol.Control.start(update.size), np.zeros(update.size)
    for _ in range(7):
        blob, control = econtrol.send(compressor, control, gradient, ETA)
        estimate = econtrol.receive(compressor, estimate, [blob])
    last = partial(econtrol.send, compressor, control, gradient, ETA)
    blob, _ = last()
    received = partial(econtrol.receive, compressor, estimate, [blob])
    times = seconds(last, 1), seconds(received, 1)
    return row("EControl, eighth SparseLoCo", update, blob, received().astype(np.float32), times)


def top_k_row(layout: Layout, update: Vector, repeats: int) -> dict[str, Any]:
    metadata = codec.Metadata("1:0x0", 0, "0x0", "00", layout.digest)

    def encode() -> bytes:
        return codec.encode(update, layout, metadata, density=1 / 64)

    def decode() -> Vector:
        return codec.decode(blob, layout, metadata, max_bytes=len(blob))

    blob = encode()
    times = seconds(encode, repeats), seconds(decode, repeats)
    return row("safetensors top-k, 1/64", update, blob, decode(), times)


def spsa_row(update: Vector, repeats: int) -> dict[str, Any]:
    """Return the row of one byte for the gradient: the slope along one direction, and its sign."""

    def encode() -> bytes:
        direction = spsa.directions(SEED, 1, update.size)[0]
        return spsa.encode(np.array([direction @ update.astype(np.float64)]))

    def decode() -> Vector:
        return spsa.decode(blob, SEED, samples=1, size=update.size)

    blob = encode()
    return row("SPSA, one byte", update, blob, decode(), (seconds(encode, repeats), seconds(decode, repeats)))


def main() -> None:
    options = arguments(__doc__.splitlines()[0]).parse_args()
    sides, repeats = ((100,), 1) if options.quick else ((1000, 3162), 3)
    emit({"codecs": measure(sides, repeats)}, options.json)


if __name__ == "__main__":
    main()
