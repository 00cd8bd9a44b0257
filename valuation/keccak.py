"""The EVM's hash of many short messages at once.

What a contract draws from a seed has to be drawn here too, thousands of times a round. `hashlib` has SHA-3
but not Keccak as it was before the standard changed its padding, which is what the EVM kept.
"""

import numpy as np
import numpy.typing as npt

from valuation.errors import InputError

RATE = 136
"""Bytes that one permutation takes in; a message is shorter."""

_ROUNDS = 24
_BLOCK = 2**15


def keccak256(messages: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the keccak256 of each message, uint8 (m, 32), from messages of one length, uint8 (m, length).

    Bertoni, Daemen, Peeters and Van Assche, "The Keccak reference" 3.0, 2011: rate 1088, capacity 512, the
    original padding. O(m) time and memory.

    Raises:
        InputError: the messages are not bytes (m, length), or not shorter than 136.

    >>> keccak256(np.zeros((1, 0), dtype=np.uint8)).tobytes().hex()[:16]
    'c5d2460186f7233c'
    """
    if messages.dtype != np.uint8 or messages.ndim != 2 or messages.shape[1] >= RATE:
        raise InputError(f"messages of {messages.dtype} and shape {messages.shape}, not up to 135 bytes each")
    blocks = [_hashed(messages[start : start + _BLOCK]) for start in range(0, len(messages), _BLOCK)]
    return np.concatenate(blocks) if blocks else np.zeros((0, 32), dtype=np.uint8)


def _hashed(messages: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    m, length = messages.shape
    padded = np.zeros((m, RATE), dtype=np.uint8)
    padded[:, :length] = messages
    padded[:, length] ^= 0x01
    padded[:, -1] ^= 0x80
    lanes = np.zeros((25, m), dtype=np.uint64)
    lanes[: RATE // 8] = padded.view("<u8").T
    for constant in _CONSTANTS:
        lanes = _round(lanes, constant)
    return np.ascontiguousarray(lanes[:4].T).astype("<u8").view(np.uint8)


def _round(lanes: npt.NDArray[np.uint64], constant: np.uint64) -> npt.NDArray[np.uint64]:
    """One round of Keccak-f[1600] on many states, uint64 (25, m); lane x + 5 y is A[x, y]."""
    square = lanes.reshape(5, 5, -1)
    parity = np.bitwise_xor.reduce(square, axis=0)
    turned = np.roll(parity, -1, axis=0)
    mixed = np.roll(parity, 1, axis=0) ^ (turned << np.uint64(1) | turned >> np.uint64(63))
    moved = (square ^ mixed).reshape(25, -1)[_SOURCES]
    moved = moved << _LEFT | moved >> _RIGHT
    rows = moved.reshape(5, 5, -1)
    result = rows ^ (~np.roll(rows, -1, axis=1) & np.roll(rows, -2, axis=1))
    result[0, 0] ^= constant
    mixed_rows: npt.NDArray[np.uint64] = result.reshape(25, -1)
    return mixed_rows


def _constants() -> list[np.uint64]:
    """The constants of iota: bits of a linear feedback shift register at places 2^j - 1."""
    state, constants = 1, []
    for _ in range(_ROUNDS):
        constant = 0
        for j in range(7):
            constant |= (state & 1) << ((1 << j) - 1)
            state = state << 1 ^ (0x171 if state & 0x80 else 0)
        constants.append(np.uint64(constant))
    return constants


def _turns() -> tuple[npt.NDArray[np.intp], npt.NDArray[np.uint64]]:
    """Where each lane comes from under pi, and by how much rho has turned it."""
    x, y, turns = 1, 0, {0: 0}
    for t in range(24):
        turns[x + 5 * y] = (t + 1) * (t + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    sources = [0] * 25
    for y in range(5):
        for x in range(5):
            sources[y + 5 * ((2 * x + 3 * y) % 5)] = x + 5 * y
    return np.array(sources), np.array([turns[source] for source in sources], dtype=np.uint64)


_CONSTANTS = _constants()
_SOURCES, _BY = _turns()
_LEFT = _BY[:, None]
# A shift by 64 bits is undefined; a lane that is not turned may be or-ed with itself.
_RIGHT = (np.uint64(64) - _BY[:, None]) % np.uint64(64)
