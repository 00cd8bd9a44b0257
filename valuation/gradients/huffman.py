"""Huffman coding of small alphabets, encoded and decoded many symbols at a time.

D. A. Huffman, "A method for the construction of minimum-redundancy codes", 1952; the codes are canonical,
so that their lengths say all. A code's bits can only be read one symbol after the other, so the symbols are
coded in blocks of 4,096 whose lengths are sent along, and all blocks are read in step.
"""

import heapq
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError
from valuation.gradients.frame import BadCode

BLOCK = 4096
MAX_SYMBOLS = 16
MAX_WIDTH = MAX_SYMBOLS - 1
"""Codes of 16 symbols have at most 15 bits, so that a block's length fits 16 bits."""

AT_A_TIME = 64 * BLOCK
"""Symbols encoded at a time, which stay in the processor's cache."""

Symbols = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Coded:
    """Symbols as bits.

    Args:
        stream: The blocks' bits, one after the other, the first bit the highest of its byte; filled up with
            zeros.
        lengths: How many bits each block has, uint16 (blocks,).
    """

    stream: bytes
    lengths: npt.NDArray[np.uint16]


def code_lengths(counts: npt.NDArray[np.int64]) -> Symbols:
    """Return the length in bits of each symbol's code, uint8 (symbols,); 0 for symbols that do not occur.

    No other prefix code takes fewer bits for these counts. If only one symbol occurs its length is 1 by
    convention; as there is nothing to say, no bits are sent.

    Raises:
        InputError: there are more than 16 symbols, a count is negative, or nothing occurs.

    >>> code_lengths(np.array([80, 12, 8])).tolist()
    [1, 2, 2]
    """
    if counts.ndim != 1 or not 1 <= counts.size <= MAX_SYMBOLS or counts.min() < 0 or not counts.any():
        raise InputError(f"from 1 to {MAX_SYMBOLS} counts, not negative and not all zero, are needed")
    lengths = np.zeros(counts.size, dtype=np.uint8)
    # The smallest symbol breaks ties, so that equal counts give equal codes.
    heap = [(int(count), symbol, [symbol]) for symbol, count in enumerate(counts) if count]
    heapq.heapify(heap)
    if len(heap) == 1:
        lengths[heap[0][1]] = 1
    while len(heap) > 1:
        (rare, first, left), (rarer, second, right) = heapq.heappop(heap), heapq.heappop(heap)
        lengths[left + right] += 1
        heapq.heappush(heap, (rare + rarer, min(first, second), left + right))
    return lengths


def canonical_codes(lengths: Symbols) -> npt.NDArray[np.int64]:
    """Return the codes that belong to lengths, int64 (symbols,), as numbers whose highest bit comes first.

    Shorter codes come before longer ones, and among equal lengths the smaller symbol's before the larger
    one's.

    Raises:
        BadCode: the lengths are not those of a code in which every string of bits means something (Kraft's
            sum is not 1), nor of a single symbol.

    >>> canonical_codes(np.array([1, 2, 2], dtype=np.uint8)).tolist()
    [0, 2, 3]
    """
    used = np.flatnonzero(lengths)
    space = 1 << MAX_WIDTH
    shares = np.zeros(lengths.size, dtype=np.int64)
    if used.size == 0 or lengths.size > MAX_SYMBOLS or lengths.max() > MAX_WIDTH:
        raise BadCode(f"code lengths {lengths.tolist()} are no code")
    shares[used] = space >> lengths[used].astype(np.int64)
    if shares.sum() != space and not is_single(lengths):
        raise BadCode(f"code lengths {lengths.tolist()} are no complete prefix code")
    order = used[np.argsort(lengths[used], kind="stable")]
    codes = np.zeros(lengths.size, dtype=np.int64)
    codes[order] = (np.cumsum(shares[order]) - shares[order]) >> (MAX_WIDTH - lengths[order].astype(np.int64))
    return codes


def is_single(lengths: Symbols) -> bool:
    """Return whether the lengths say that only one symbol occurs.

    >>> is_single(np.array([0, 1, 0], dtype=np.uint8))
    True
    """
    return int(lengths.sum()) == 1


def encode(symbols: Symbols, lengths: Symbols) -> Coded:
    """Return symbols, uint8 (n,), by the canonical code with these lengths. O(n times the longest code).

    Raises:
        InputError: a symbol has no code.
        BadCode: the lengths are not those of a complete prefix code.

    >>> encode(np.array([0, 1, 2, 0], dtype=np.uint8), np.array([1, 2, 2], dtype=np.uint8)).stream.hex()
    '58'
    """
    codes = canonical_codes(lengths)
    counts = np.bincount(symbols, minlength=lengths.size)
    if counts.size > lengths.size or counts[lengths == 0].any():
        raise InputError("a symbol has no code")
    if is_single(lengths) or not symbols.size:
        return Coded(b"", np.zeros(-(-symbols.size // BLOCK), dtype=np.uint16))
    bits = np.empty(int(counts @ lengths), dtype=np.uint8)
    table = _bits_of(codes, lengths)
    done, blocks = 0, []
    for start in range(0, symbols.size, AT_A_TIME):
        part = symbols[start : start + AT_A_TIME]
        written = table[part]
        # Every row holds a code's bits and then 2s, which are dropped.
        written = written[written < 2]
        bits[done : done + written.size] = written
        done += written.size
        blocks.append(np.add.reduceat(lengths[part], np.arange(0, part.size, BLOCK), dtype=np.uint16))
    return Coded(np.packbits(bits).tobytes(), np.concatenate(blocks))


def decode(coded: Coded, lengths: Symbols, count: int) -> Symbols:
    """Return the `count` symbols, uint8 (count,), that `encode` wrote. O(count).

    Raises:
        BadCode: the lengths are not those of a complete prefix code, a block does not end where it should,
            there are not the blocks that `count` symbols have, or there are bits or bytes beside them.

    >>> lengths = np.array([1, 2, 2], dtype=np.uint8)
    >>> decode(Coded(bytes.fromhex("58"), np.array([6], dtype=np.uint16)), lengths, count=4).tolist()
    [0, 1, 2, 0]
    """
    codes = canonical_codes(lengths)
    blocks = -(-count // BLOCK)
    ends = np.cumsum(coded.lengths, dtype=np.int64)
    total = int(coded.lengths.sum(dtype=np.int64))
    if coded.lengths.shape != (blocks,) or len(coded.stream) != (total + 7) // 8:
        raise BadCode(f"{len(coded.stream)} bytes in {coded.lengths.size} blocks do not hold {count} symbols")
    octets = np.frombuffer(coded.stream, dtype=np.uint8)
    if total % 8 and octets[-1] << (total % 8) & 0xFF:
        raise BadCode("a bit after the last symbol is set")
    if is_single(lengths):
        if total:
            raise BadCode("bits were sent where there is nothing to say")
        return np.full(count, np.argmax(lengths), dtype=np.uint8)
    longest = int(lengths.max())
    symbol_at, width_at = _table(codes, lengths, longest)
    stream = np.concatenate([octets, np.zeros(3, dtype=np.uint8)]).astype(np.uint32)
    position = ends - coded.lengths
    symbols = np.empty((blocks, BLOCK), dtype=np.uint8)
    active, last = blocks, count - (blocks - 1) * BLOCK
    for step in range(min(count, BLOCK)):
        if step == last:
            active -= 1
        here = np.minimum(position[:active], total)
        byte, offset = here >> 3, here & 7
        window = stream[byte] << 16 | stream[byte + 1] << 8 | stream[byte + 2]
        word = (window >> (24 - longest - offset).astype(np.uint32)) & ((1 << longest) - 1)
        symbols[:active, step] = symbol_at[word]
        position[:active] += width_at[word]
    if (position != ends).any():
        raise BadCode(f"block {int(np.argmax(position != ends))} does not end where it should")
    return symbols.reshape(-1)[:count]


def _bits_of(codes: npt.NDArray[np.int64], lengths: Symbols) -> Symbols:
    """Return each symbol's bits, uint8 (symbols, longest), its code followed by 2s."""
    place = np.arange(int(lengths.max()))
    shift = lengths.astype(np.int64)[:, None] - 1 - place
    return np.where(shift >= 0, codes[:, None] >> np.maximum(shift, 0) & 1, 2).astype(np.uint8)


def _table(codes: npt.NDArray[np.int64], lengths: Symbols, longest: int) -> tuple[Symbols, Symbols]:
    """Return which symbol begins each word of `longest` bits, and its code's length, uint8 (2^longest,)."""
    used = np.flatnonzero(lengths)
    order = used[np.argsort(codes[used] << (longest - lengths[used].astype(np.int64)))]
    spans = 1 << (longest - lengths[order].astype(np.int64))
    return np.repeat(order, spans).astype(np.uint8), np.repeat(lengths[order], spans)
