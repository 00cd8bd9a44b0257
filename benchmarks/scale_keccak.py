"""keccak-256 of many short messages at once over NumPy arrays, to compare with a C library."""

import numpy as np
import numpy.typing as npt

_RATE_WORDS = 17
_ROUNDS = 24
_ROTATIONS = (
    (0, 36, 3, 41, 18),
    (1, 44, 10, 45, 2),
    (62, 6, 43, 15, 61),
    (28, 55, 25, 21, 56),
    (27, 20, 39, 8, 14),
)

Words = npt.NDArray[np.uint64]


def _constants() -> list[np.uint64]:
    """Return the round constants, from the shift register that defines them (FIPS 202, algorithm 5)."""
    register, constants = 1, []
    for _ in range(_ROUNDS):
        constant = 0
        for j in range(7):
            constant |= (register & 1) << ((1 << j) - 1)
            register = (register << 1) ^ (0x171 if register >> 7 else 0)
        constants.append(np.uint64(constant))
    return constants


_CONSTANTS = _constants()


def keccak_many(messages: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the digests, uint8 (m, 32), of m messages of one length below 136 bytes, uint8 (m, length)."""
    count, length = messages.shape
    block = np.zeros((count, 8 * _RATE_WORDS), dtype=np.uint8)
    block[:, :length] = messages
    block[:, length] ^= 0x01
    block[:, -1] ^= 0x80
    lanes: list[list[Words]] = [[np.zeros(count, dtype=np.uint64) for _ in range(5)] for _ in range(5)]
    words = block.view("<u8")
    for index in range(_RATE_WORDS):
        lanes[index % 5][index // 5] = np.ascontiguousarray(words[:, index])
    for constant in _CONSTANTS:
        lanes = _round(lanes, constant)
    digest = np.stack([lanes[x][0] for x in range(4)], axis=1)
    return np.ascontiguousarray(digest).view(np.uint8)


def _round(lanes: list[list[Words]], constant: np.uint64) -> list[list[Words]]:
    columns = [row[0] ^ row[1] ^ row[2] ^ row[3] ^ row[4] for row in lanes]
    turned: list[list[Words]] = [[columns[0]] * 5 for _ in range(5)]
    for x in range(5):
        mixed = columns[x - 1] ^ _rotated(columns[(x + 1) % 5], 1)
        for y in range(5):
            turned[y][(2 * x + 3 * y) % 5] = _rotated(lanes[x][y] ^ mixed, _ROTATIONS[x][y])
    result = [
        [turned[x][y] ^ (~turned[(x + 1) % 5][y] & turned[(x + 2) % 5][y]) for y in range(5)]
        for x in range(5)
    ]
    result[0][0] ^= constant
    return result


def _rotated(words: Words, by: int) -> Words:
    return words if by == 0 else (words << np.uint64(by)) | (words >> np.uint64(64 - by))
