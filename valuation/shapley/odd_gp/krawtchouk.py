"""Krawtchouk polynomials: how the interactions of one order look from a Hamming distance.

Over players in {-1, +1}, the products x_T y_T of all coalitions T of t players sum to K_t(d), with d the
number of players in which x and y differ. So every prior on games under which the interactions of one order
are independent and vary alike has a kernel that is a sum of Krawtchouk polynomials of the distance.
"""

from __future__ import annotations

from math import comb

import numpy as np
import numpy.typing as npt


def krawtchouk(order: int, distance: int, n: int) -> int:
    """Return K_t(d) = sum over j of (-1)^j C(d, j) C(n - d, t - j).

    That is the coefficient of z^t in (1 - z)^d (1 + z)^(n - d); MacWilliams and Sloane, "The Theory of
    Error-Correcting Codes" (1977), chapter 5, section 2.

    >>> [krawtchouk(1, distance, 4) for distance in range(5)]
    [4, 2, 0, -2, -4]
    """
    return sum((-1) ** j * comb(distance, j) * comb(n - distance, order - j) for j in range(order + 1))


def order_kernel(order: int, n: int) -> npt.NDArray[np.float64]:
    """Return K_t(d) / C(n, t) at the distances 0 to n, float64 (n + 1,): one order, of variance 1.

    >>> order_kernel(1, 4).tolist()
    [1.0, 0.5, 0.0, -0.5, -1.0]
    """
    whole = comb(n, order)
    # The division of two exact integers rounds once; their floats could overflow.
    return np.array([krawtchouk(order, distance, n) / whole for distance in range(n + 1)])


def order_value(order: int, n: int) -> npt.NDArray[np.float64]:
    """Return a player's value under that kernel, float64 (n,), by how many of the others are inside.

    As a game in x, the kernel's column at y gives player i the value sum over T with i of (2 / t) y_T / C(n,
    t), for odd t: a product x_T is shared equally by its players. That is y_i (2 / t) / C(n, t) times K_{t-1}
    of the n - 1 others, at the number of them with y_j = -1. Entry p is for y_i = +1 and p others with y_j =
    +1.

    >>> order_value(1, 4).tolist()
    [0.5, 0.5, 0.5, 0.5]
    """
    whole = comb(n, order) * order
    others = [2 * krawtchouk(order - 1, n - 1 - inside, n - 1) / whole for inside in range(n)]
    return np.array(others)
